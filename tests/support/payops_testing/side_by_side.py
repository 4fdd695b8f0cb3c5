"""How a run over several workers is divided: files side by side, each worker with its servers."""

from xdist.scheduler import LoadScopeScheduling

WHOLE_PLATFORMS = ("tests/browser/", "tests/e2e/", "tests/faults/", "local/tests/test_up.py")
"""What starts many processes comes one after another, in one worker: two platforms at once starve
each other's brokers. It takes longest, so first."""


class FilesSideBySide(LoadScopeScheduling):
    """A file's tests run in one worker, and so do all that start the same large thing."""

    def _split_scope(self, nodeid: str) -> str:
        return large(nodeid) or nodeid.partition("::")[0]


def large(nodeid: str) -> str:
    """The large thing that the test starts, or nothing."""
    return "whole platforms" if nodeid.startswith(WHOLE_PLATFORMS) else ""

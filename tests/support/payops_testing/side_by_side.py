"""How a run over several workers is divided: files side by side, each worker with its servers."""

from xdist.scheduler import LoadScopeScheduling

IN_ONE_WORKER = {
    "tests/faults/": "lanes of servers",
    "tests/e2e/": "whole platforms",
    "tests/browser/": "pages in a browser",
    "local/tests/test_up.py": "whole platforms",
}
"""What fills the machine comes one after another, by what it starts; it takes longest, so first."""


class FilesSideBySide(LoadScopeScheduling):
    """A file's tests run in one worker, and so do all that start the same large thing."""

    def _split_scope(self, nodeid: str) -> str:
        return large(nodeid) or nodeid.partition("::")[0]


def large(nodeid: str) -> str:
    """The large thing that the test starts, or nothing."""
    return next((what for path, what in IN_ONE_WORKER.items() if nodeid.startswith(path)), "")

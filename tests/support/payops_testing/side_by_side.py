"""How a run over several workers is divided: files side by side, each worker with its servers."""

from xdist.scheduler import LoadScopeScheduling

ONE_AFTER_ANOTHER = ("tests/faults/", "tests/e2e/", "local/tests/test_up.py")
"""They fill the machine by themselves: lanes of servers, whole platforms. The longest, so first."""


class FilesSideBySide(LoadScopeScheduling):
    """A file's tests run in one worker; those that fill the machine share one."""

    def _split_scope(self, nodeid: str) -> str:
        return "one after another" if fills_the_machine(nodeid) else nodeid.partition("::")[0]


def fills_the_machine(nodeid: str) -> bool:
    """Whether the test starts so much that no other such test may run beside it."""
    return nodeid.startswith(ONE_AFTER_ANOTHER)

"""Threads that write files take short turns, so that requests beside them hardly wait.

Python hands its lock over every 5 ms by default, and a request needs it a dozen times: a list
answered in 35 ms instead of 5 while a file was written, and in 6 with this.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

TURN_SECONDS = 0.0005


class _Turns:
    files = 0
    usual_seconds = 0.0


@contextmanager
def short_turns() -> Iterator[None]:
    """While any file is written. For the event loop's thread alone."""
    if _Turns.files == 0:
        _Turns.usual_seconds = sys.getswitchinterval()
        sys.setswitchinterval(min(TURN_SECONDS, _Turns.usual_seconds))
    _Turns.files += 1
    try:
        yield
    finally:
        _Turns.files -= 1
        if _Turns.files == 0:
            sys.setswitchinterval(_Turns.usual_seconds)

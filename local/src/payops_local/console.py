"""What `up` says while it works: lines that stay, and one live line below them on a terminal."""

from __future__ import annotations

import contextlib
import shutil
import sys
import threading

_CLEAR_LINE = "\r\x1b[K"


class Console:
    """Standard output shared by lines that stay and one that is rewritten in place."""

    def __init__(self) -> None:
        self._live = sys.stdout.isatty()
        self._shown = False
        self._turn = threading.Lock()

    def say(self, text: str) -> None:
        """A line that stays."""
        # A terminal that was closed must not keep the platform from stopping in order.
        with self._turn, contextlib.suppress(OSError):
            self._clear()
            print(text, flush=True)

    def show(self, text: str) -> None:
        """The live line; nothing where the output is not a terminal."""
        if not self._live:
            return
        width = shutil.get_terminal_size().columns - 1
        with self._turn, contextlib.suppress(OSError):
            print(f"{_CLEAR_LINE}{text[:width]}", end="", flush=True)
            self._shown = True

    def _clear(self) -> None:
        if self._shown:
            print(_CLEAR_LINE, end="")
            self._shown = False


def complain(text: str) -> None:
    """One sentence about what went wrong, to standard error."""
    print(f"payops: {text}", file=sys.stderr, flush=True)

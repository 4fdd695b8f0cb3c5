"""One line of progress on standard error: rewritten on a terminal, now and then elsewhere."""

from __future__ import annotations

import shutil
import sys
import time

TERMINAL_EVERY_S = 0.2
PLAIN_EVERY_S = 5.0
_CLEAR_LINE = "\r\x1b[K"


class Progress:
    """Call :meth:`show` as often as you like; what stands between two lines is dropped."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._every_s = TERMINAL_EVERY_S if self._terminal else PLAIN_EVERY_S
        self._shown_at = time.monotonic()
        self._open = False

    @property
    def due(self) -> bool:
        """Whether the next line would be shown; asking is cheaper than writing it."""
        return time.monotonic() - self._shown_at >= self._every_s

    def show(self, text: str) -> None:
        """Show the line when it is time for one."""
        if not self.due:
            return
        self._shown_at = time.monotonic()
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1
            print(f"{_CLEAR_LINE}{text[:width]}", end="", file=sys.stderr, flush=True)
            self._open = True
        else:
            print(text, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Take the line away, so that what is printed next stands alone."""
        if self._open:
            print(_CLEAR_LINE, end="", file=sys.stderr, flush=True)
            self._open = False

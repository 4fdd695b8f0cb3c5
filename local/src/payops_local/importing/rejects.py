"""The reject file: bad rows with line number and reason, ready to be mended and imported again.

Its columns are those of the file behind `rejected_line` and `rejected_reason`, which a mapping
does not name; so the same mapping reads it once the cells are right.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from payops_local.errors import PlatformError
from payops_local.importing.rows import Row

LINE, REASON = "rejected_line", "rejected_reason"


class RejectFile:
    """Written when the first row is rejected, over an older one; call :meth:`close`."""

    def __init__(self, path: Path, header: Sequence[str], delimiter: str) -> None:
        self.path = path
        self.count = 0
        self._header = [name for name in header if name not in {LINE, REASON}]
        self._keep = [index for index, name in enumerate(header) if name not in {LINE, REASON}]
        self._width = len(header)
        self._delimiter = delimiter
        self._file: TextIO | None = None
        self._writer: Any = None

    def add(self, row: Row, reason: str) -> None:
        """Note a bad row; raises PlatformError when the file cannot be written."""
        cells = row.cells
        if len(cells) == self._width:
            cells = [cells[index] for index in self._keep]
        try:
            if self._file is None:
                self._open()
            self._writer.writerow([row.line, reason, *cells])
        except OSError as error:
            raise _unwritable(self.path, error) from error
        self.count += 1

    def _open(self) -> None:
        # Bytes that are no UTF-8 stay as they were: escaped they would become somebody's id when
        # the file is imported again unmended.
        self._file = self.path.open("w", encoding="utf-8", errors="surrogateescape", newline="")
        self._writer = csv.writer(self._file, delimiter=self._delimiter)
        self._writer.writerow([LINE, REASON, *self._header])

    def close(self) -> None:
        """Put it on the disk; raises PlatformError when that is full."""
        if self._file is not None:
            try:
                self._file.close()
            except OSError as error:
                raise _unwritable(self.path, error) from error


def _unwritable(path: Path, error: OSError) -> PlatformError:
    return PlatformError(
        f"The rejected rows cannot be written to {path} ({error.strerror}): "
        "name another place with --rejects."
    )

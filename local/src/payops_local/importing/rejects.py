"""The reject file: bad rows with line number and reason, ready to be mended and imported again.

Its columns are those of the file behind `rejected_line` and `rejected_reason`, which a mapping
does not name; so the same mapping reads it once the cells are right. It is mended in
spreadsheets, so a quote stands before whatever could be a formula; the reader of such a file takes
it away again.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from payops_kernel.exports.cells import csv_line, csv_text
from payops_local.errors import PlatformError
from payops_local.importing.rows import LINE, REASON, Row


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

    def add(self, row: Row, reason: str) -> None:
        """Note a bad row; raises PlatformError when the file cannot be written."""
        cells = row.cells
        if len(cells) == self._width:
            cells = [cells[index] for index in self._keep]
        try:
            if self._file is None:
                self._file = self._open()
            self._file.write(self._line(str(row.line), reason, *cells))
        except OSError as error:
            raise _unwritable(self.path, error) from error
        self.count += 1

    def _open(self) -> TextIO:
        # Bytes that are no UTF-8 stay as they were: escaped they would become somebody's id when
        # the file is imported again unmended.
        file = self.path.open("w", encoding="utf-8", errors="surrogateescape", newline="")
        file.write(self._line(LINE, REASON, *self._header))
        return file

    def _line(self, *cells: str) -> str:
        return csv_line([csv_text(cell, self._delimiter) for cell in cells], self._delimiter)

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

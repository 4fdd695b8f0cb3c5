"""A CSV file as numbered rows, read line by line: bad rows come out marked, nothing is lost.

A row that a stray quote made swallow the following lines is given up with its first line only;
the lines behind it are read again as rows of their own.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from payops_kernel.exports.cells import plain
from payops_local.errors import PlatformError
from payops_local.importing.mapping import FileFormat

LINE_CHARS_MAX = 256 * 1024
ROW_LINES_MAX = 100
"""Lines that one row may span, by line ends within quotes."""
_LINE_ENDS = ("\n", "\r")
LINE, REASON = "rejected_line", "rejected_reason"
"""The first two columns of a reject file; the cells of one are as an export writes texts."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file. ``problem`` says why it is none; ``cells`` then hold what was there."""

    line: int
    """Number of its first line, from 1."""
    cells: list[str]
    problem: str | None = None


class RowTooLong(Exception):
    """A row spans more lines, or one of its lines is longer, than a row's may."""


class _Lines:
    """Lines of the file for csv's reader; those of the current row can be handed back."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._again: deque[str] = deque()
        self.row: list[str] = []
        self.first = 1

    def begin(self) -> None:
        """The next line begins a row."""
        self.first += len(self.row)
        self.row = []

    def hand_back(self) -> str:
        """Keep the row's first line as a row; the others will be read again."""
        first, *others = self.row
        self._again.extendleft(reversed(others))
        self.row = [first]
        return first

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self.row) >= ROW_LINES_MAX:
            raise RowTooLong
        line = self._again.popleft() if self._again else self._file.readline(LINE_CHARS_MAX)
        if not line:
            raise StopIteration
        self.row.append(line)
        if len(line) == LINE_CHARS_MAX and not line.endswith(_LINE_ENDS):
            self._skip_line()
            raise RowTooLong
        return line

    def _skip_line(self) -> None:
        while True:
            rest = self._file.readline(LINE_CHARS_MAX)
            if not rest or rest.endswith(_LINE_ENDS):
                return


class CsvFile:
    """An open CSV file: its header, then its rows."""

    def __init__(self, file: TextIO, layout: FileFormat, name: str) -> None:
        """Raises PlatformError for a file without a header line."""
        self._lines = _Lines(file)
        self._layout = layout
        self.header = list(layout.header) if layout.header else self._read_header(name)
        self._is_of_rejects = self.header[:2] == [LINE, REASON]
        if self._is_of_rejects:
            self.header = [plain(name) for name in self.header]

    def _read_header(self, name: str) -> list[str]:
        row = self._next()
        while row is not None and row.problem is None and not row.cells:
            row = self._next()
        if row is None:
            raise PlatformError(f"{name} is empty: its first line must name the columns.")
        if row.problem is not None or not_utf8(row.cells):
            raise PlatformError(
                f"The first line of {name}, which must name the columns, cannot be read: "
                f"{row.problem or 'it is not UTF-8'}."
            )
        return [cell.strip() for cell in row.cells]

    def rows(self) -> Iterator[Row]:
        """Every row behind the header; empty lines are none."""
        width = len(self.header)
        while (row := self._next()) is not None:
            if self._is_of_rejects:
                row = Row(row.line, [plain(cell) for cell in row.cells], row.problem)
            if row.problem is None and not row.cells:
                continue
            if row.problem is None and not_utf8(row.cells):
                row = Row(row.line, row.cells, "it is not UTF-8")
            elif row.problem is None and len(row.cells) != width:
                row = self._of_wrong_width(row, width)
            yield row

    def _next(self) -> Row | None:
        lines = self._lines
        lines.begin()
        reader = csv.reader(lines, delimiter=self._layout.delimiter, strict=True)
        try:
            cells = next(reader, None)
        except (csv.Error, RowTooLong) as error:
            if not lines.row:
                return None
            said = "a quote in it is not closed" if len(lines.row) > 1 else _why(error)
            return Row(lines.first, _cut(lines.hand_back(), self._layout.delimiter), said)
        return None if cells is None else Row(lines.first, cells)

    def _of_wrong_width(self, row: Row, width: int) -> Row:
        said = f"it has {len(row.cells)} columns, the header has {width}"
        if len(self._lines.row) == 1:
            return Row(row.line, row.cells, said)
        first = self._lines.hand_back()
        return Row(row.line, _cut(first, self._layout.delimiter), said)


def _why(error: Exception) -> str:
    if isinstance(error, RowTooLong):
        return f"it is longer than {LINE_CHARS_MAX:,} characters"
    if "field limit" in str(error):
        return f"a cell in it is longer than {csv.field_size_limit():,} characters"
    return "its quotes are not closed or not doubled"


def _cut(line: str, delimiter: str) -> list[str]:
    """The cells of a line that is no CSV, as they stand there."""
    return line.rstrip("\r\n").split(delimiter)


def not_utf8(cells: list[str]) -> bool:
    """Whether a cell holds bytes that were no UTF-8 (``surrogateescape`` kept them)."""
    return any(
        not cell.isascii() and any("\udc80" <= c <= "\udcff" for c in cell) for cell in cells
    )


def open_csv(path: Path) -> TextIO:
    """The file for reading, bytes that are no UTF-8 kept; raises PlatformError."""
    try:
        return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")
    except OSError as error:
        raise PlatformError(f"{path} cannot be read: {error.strerror}.") from error

"""CSV by RFC 4180 in UTF-8: CRLF, a header, quotes where anything could divide a cell."""

from collections.abc import Callable, Sequence
from typing import assert_never

from payops_kernel.exports.cells import (
    csv_line,
    csv_text,
    decimal_text,
    list_text,
    local_text,
)
from payops_kernel.exports.columns import Column, Document, Kind
from payops_kernel.exports.writers import CsvStyle

BOM = "\ufeff"

Cell = Callable[[Document], str]


class CsvWriter:
    """Satisfies ``TableWriter``."""

    def __init__(self, columns: Sequence[Column], style: CsvStyle, _title: str = "") -> None:
        self._labels = [csv_text(column.label) for column in columns]
        self._cells = [_cell(column) for column in columns]
        self._bom = BOM if style.bom else ""
        self._delimiter = style.delimiter.character

    def begin(self) -> bytes:
        """The header."""
        return (self._bom + csv_line(self._labels, self._delimiter)).encode()

    def rows(self, rows: Sequence[Document]) -> bytes:
        """A line a row."""
        cells, delimiter = self._cells, self._delimiter
        lines = [csv_line([cell(row) for cell in cells], delimiter) for row in rows]
        return "".join(lines).encode()

    def finish(self) -> bytes:
        """Nothing: the last line ended with its own CRLF."""
        return b""


def _cell(column: Column) -> Cell:
    read = column.read
    match column.kind:
        case Kind.TEXT:
            return _worded(column)
        case Kind.MONEY:
            currency = column.currency
            return lambda row: (
                "" if (value := read(row)) is None else decimal_text(value, currency(row))
            )
        case Kind.INSTANT:
            zone = column.zone
            return lambda row: "" if (value := read(row)) is None else local_text(value, zone)
        case Kind.NUMBER:
            return lambda row: "" if (value := read(row)) is None else str(int(value))
        case Kind.LIST:
            return lambda row: csv_text(list_text(read(row) or []))
        case _:
            assert_never(column.kind)


def _worded(column: Column) -> Cell:
    read = column.read
    # The few codes of a column are put into words once, everything else each time.
    words = {code: csv_text(text) for code, text in column.words.items()}

    def cell(row: Document) -> str:
        value = read(row)
        if value is None:
            return ""
        return words.get(value) or csv_text(str(value))

    return cell

"""CSV by RFC 4180 in UTF-8: CRLF, a header, quotes where they are needed."""

import csv
import io
from collections.abc import Callable, Sequence
from typing import assert_never

from payops_kernel.exports.cells import decimal_text, instant_text, list_text, neutral
from payops_kernel.exports.columns import Column, Document, Kind
from payops_kernel.exports.writers import CsvStyle

BOM = "\ufeff"

Cell = Callable[[Document], str]


class CsvWriter:
    """Satisfies ``TableWriter``."""

    def __init__(self, columns: Sequence[Column], style: CsvStyle, _title: str = "") -> None:
        self._labels = [neutral(column.label) for column in columns]
        self._cells = [_cell(column) for column in columns]
        self._bom = BOM if style.bom else ""
        self._text = io.StringIO(newline="")
        self._csv = csv.writer(
            self._text,
            delimiter=style.delimiter.character,
            lineterminator="\r\n",
            quoting=csv.QUOTE_MINIMAL,
        )

    def begin(self) -> bytes:
        """The header."""
        self._text.write(self._bom)
        self._csv.writerow(self._labels)
        return self._take()

    def rows(self, rows: Sequence[Document]) -> bytes:
        """A line a row."""
        cells = self._cells
        self._csv.writerows([[cell(row) for cell in cells] for row in rows])
        return self._take()

    def finish(self) -> bytes:
        """Nothing: the last line ended with its own CRLF."""
        return b""

    def _take(self) -> bytes:
        text = self._text.getvalue()
        self._text.seek(0)
        self._text.truncate()
        return text.encode()


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
            return lambda row: "" if (value := read(row)) is None else instant_text(value)
        case Kind.NUMBER:
            return lambda row: "" if (value := read(row)) is None else str(int(value))
        case Kind.LIST:
            return lambda row: neutral(list_text(read(row) or []))
        case _:
            assert_never(column.kind)


def _worded(column: Column) -> Cell:
    read = column.read
    # The few codes of a column are put into words once, everything else each time.
    words = {code: neutral(text) for code, text in column.words.items()}

    def cell(row: Document) -> str:
        value = read(row)
        if value is None:
            return ""
        return words.get(value) or neutral(str(value))

    return cell

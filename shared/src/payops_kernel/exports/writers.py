"""What every file format does: bytes out of rows, a part at a time, in constant memory."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from payops_kernel.exports.columns import Column, Document


class Delimiter(StrEnum):
    """What stands between the cells of a CSV line."""

    COMMA = "comma"
    SEMICOLON = "semicolon"

    @property
    def character(self) -> str:
        """The character itself."""
        return "," if self is Delimiter.COMMA else ";"


@dataclass(frozen=True, slots=True)
class CsvStyle:
    """How a CSV file is written; other formats pay it no heed."""

    delimiter: Delimiter = Delimiter.COMMA
    bom: bool = False
    """A byte order mark before the header, by which Excel knows UTF-8."""


class TableWriter(Protocol):
    """One file in the making. Every call gives the bytes that are ready; run it in a thread."""

    def begin(self) -> bytes:
        """What stands before the first row."""
        ...

    def rows(self, rows: Sequence[Document]) -> bytes:
        """More rows, as stored."""
        ...

    def finish(self) -> bytes:
        """What stands after the last row; the file is whole then."""
        ...


MakeWriter = Callable[[Sequence[Column], CsvStyle, str], TableWriter]
"""Columns, the style of a CSV, and the title that a sheet bears."""


@dataclass(frozen=True, slots=True)
class Format:
    """A file format."""

    name: str
    media_type: str
    extension: str
    make: MakeWriter
    streams: bool
    """Whether it is always answered directly, however many rows there are."""


class Taken(io.RawIOBase):
    """A file that forgets what was taken: where libraries write, and we take parts."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:
        """Keep a part until it is taken."""
        part = bytes(data)
        self._parts.append(part)
        return len(part)

    def take(self) -> bytes:
        """Everything written since the last call."""
        whole = b"".join(self._parts)
        self._parts.clear()
        return whole

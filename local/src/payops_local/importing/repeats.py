"""Has this row, or another about the same key, been in the file before? In constant memory.

What was seen lies in a temporary SQLite file, so that a file of any length fits.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from enum import Enum, auto
from hashlib import blake2b
from types import TracebackType
from typing import Self

from payops_local.importing.cells import BadRow
from payops_local.importing.kind import Imported

KEY_BYTES = 16
CACHE_KIB = 16 * 1024


class Novelty(Enum):
    """What a good row adds to the file."""

    NEW = auto()
    """The first about its key."""
    MORE = auto()
    """Another fact about a key, in a file of several rows a payment."""
    REPEATED = auto()
    """Word for word an earlier row."""


class Seen:
    """The rows of one file so far. Use it as a context manager: leaving it removes its file."""

    def __init__(self) -> None:
        # An empty name is a database in a temporary file of its own, which goes with it.
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        self._db.execute(
            "CREATE TABLE seen (key BLOB PRIMARY KEY, content BLOB, line INTEGER) WITHOUT ROWID"
        )
        self._db.execute("BEGIN")

    def add(self, row: Imported, line: int) -> Novelty:
        """Note the row. Raises BadRow when an earlier one says something else of the same key."""
        subject, content = _short(b"subject", row.key.encode()), _short(row.content)
        before = self._find(subject)
        if before is not None and before[0] != content:
            raise BadRow(f"line {before[1]} says something else of '{row.key[:60]}'")
        whole = _short(b"row", *row.events)
        if before is not None and self._find(whole) is not None:
            return Novelty.REPEATED
        if before is None:
            self._note(subject, content, line)
        self._note(whole, b"", line)
        return Novelty.NEW if before is None else Novelty.MORE

    def _find(self, key: bytes) -> tuple[bytes, int] | None:
        query = "SELECT content, line FROM seen WHERE key = ?"
        with closing(self._db.execute(query, (key,))) as found:
            first: tuple[bytes, int] | None = found.fetchone()
            return first

    def _note(self, key: bytes, content: bytes, line: int) -> None:
        self._db.execute("INSERT INTO seen VALUES (?, ?, ?)", (key, content, line))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()


def _short(*parts: bytes) -> bytes:
    digest = blake2b(digest_size=KEY_BYTES)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()

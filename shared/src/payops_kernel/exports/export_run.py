"""Rows in, bytes out: reads the next batch while a thread writes the last one.

Such threads take short turns, so that requests beside them hardly wait: Python hands its lock over
every 5 ms by default, and a request needs it a dozen times. A list answered in 35 ms instead of 5
while a file was written, and in 6 with this.
"""

import asyncio
import hashlib
import sys
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from typing import Any

from payops_kernel.exports.cells import decimal_text
from payops_kernel.exports.columns import Column, Document, Kind
from payops_kernel.exports.orders import ExportOrder
from payops_kernel.exports.reading import SnapshotReader
from payops_kernel.mongo import Database, Timestamp
from payops_kernel.ports import CommandContext

POSITIONS_MAX = 1_000
TURN_SECONDS = 0.0005
INT64_MAX = 2**63 - 1


class ExportRun:
    """One file in the making, and who asked for it."""

    def __init__(
        self,
        db: Database,
        export_id: str,
        order: ExportOrder,
        context: CommandContext,
        start: Timestamp | None = None,
    ) -> None:
        self.id = export_id
        self.order = order
        self.context = context
        self.reader = SnapshotReader(db, order.query, order.projection(), start)
        self.totals = ExportTotals(order.columns)
        self._first: Sequence[Document] = []

    async def begin(self) -> None:
        """Find the first rows, so that what cannot be found in time is refused before an answer.

        Raises ``QueryTooBroad``.
        """
        self._first = await self.reader.next()

    async def count_up_to(self, limit: int) -> int:
        """How many rows there will be, at least, counted no further than ``limit``."""
        query = self.order.query
        return await self.reader.snapshot.count_up_to(query.collection, query.filter, limit)

    async def positions(self) -> list[Document]:
        """What the consumers had applied at the instant that is read."""
        batch = await self.reader.snapshot.find(
            "positions", {}, sort=[("_id", 1)], limit=POSITIONS_MAX, projection={"next": 1}
        )
        return [{"position": row["_id"], "next": row["next"]} for row in batch.rows]

    async def parts(self) -> AsyncGenerator[bytes, None]:
        """The file's bytes; ``totals`` and ``reader.segments`` are whole after the last part."""
        with short_turns():
            async with aclosing(self._parts()) as parts:
                async for part in parts:
                    yield part

    async def _parts(self) -> AsyncGenerator[bytes, None]:
        writer = await asyncio.to_thread(self.order.writer)
        yield await asyncio.to_thread(self._made, writer.begin)
        rows, self._first = self._first, []
        upcoming: asyncio.Task[Sequence[Document]] | None = None
        try:
            while rows:
                upcoming = asyncio.create_task(self.reader.next())
                if part := await asyncio.to_thread(self._made, writer.rows, rows):
                    yield part
                rows = await upcoming
        finally:
            if upcoming is not None:
                upcoming.cancel()
        if part := await asyncio.to_thread(self._made, writer.finish):
            yield part

    def _made(self, make: Callable[..., bytes], *given: Sequence[Document]) -> bytes:
        for rows in given:
            self.totals.count(rows)
        part = make(*given)
        self.totals.wrote(part)
        return part


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


class ExportTotals:
    """Of a file: rows, sums by column and currency, bytes and their SHA-256; for its manifest."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.rows = 0
        self.bytes = 0
        self._digest = hashlib.sha256()
        self._money = [column for column in columns if column.kind is Kind.MONEY]
        self._sums: dict[str, dict[str, int]] = {c.name: defaultdict(int) for c in self._money}

    def count(self, rows: Sequence[Document]) -> None:
        """Take rows into account."""
        self.rows += len(rows)
        for column in self._money:
            read, currency, sums = column.read, column.currency, self._sums[column.name]
            for row in rows:
                value = read(row)
                if value is not None:
                    sums[currency(row)] += value

    def wrote(self, data: bytes) -> None:
        """Take a part of the file into account."""
        self.bytes += len(data)
        self._digest.update(data)

    @property
    def sha256(self) -> str:
        """Hex digest of everything written so far."""
        return self._digest.hexdigest()

    def sums(self) -> list[dict[str, Any]]:
        """A row a column and currency. A sum beyond 64 bits has its text alone."""
        return [
            {
                "column": column.name,
                "label": column.label,
                "currency": currency,
                "amount_minor": amount if abs(amount) <= INT64_MAX else None,
                "amount": decimal_text(amount, currency),
            }
            for column in self._money
            for currency, amount in sorted(self._sums[column.name].items())
        ]

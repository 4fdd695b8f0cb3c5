"""Rows in, bytes out: reads the next batch while a thread writes the last one."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from payops_kernel.exports.columns import Document
from payops_kernel.exports.orders import ExportOrder
from payops_kernel.exports.reading import SnapshotReader
from payops_kernel.exports.totals import ExportTotals
from payops_kernel.exports.turns import short_turns
from payops_kernel.exports.writers import TableWriter
from payops_kernel.mongo import Database, Timestamp

POSITIONS_MAX = 1_000


class ExportRun:
    """One file in the making."""

    def __init__(self, db: Database, order: ExportOrder, start: Timestamp | None = None) -> None:
        self.order = order
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
        writer, head = await asyncio.to_thread(self._open)
        yield head
        rows = self._first
        self._first = []
        upcoming: asyncio.Task[Sequence[Document]] | None = None
        try:
            while rows:
                upcoming = asyncio.create_task(self.reader.next())
                part = await asyncio.to_thread(self._write, writer, rows)
                if part:
                    yield part
                rows = await upcoming
        finally:
            if upcoming is not None:
                upcoming.cancel()
        part = await asyncio.to_thread(self._close, writer)
        if part:
            yield part

    def _open(self) -> tuple[TableWriter, bytes]:
        writer = self.order.writer()
        head = writer.begin()
        self.totals.wrote(head)
        return writer, head

    def _write(self, writer: TableWriter, rows: Sequence[Document]) -> bytes:
        self.totals.count(rows)
        part = writer.rows(rows)
        self.totals.wrote(part)
        return part

    def _close(self, writer: TableWriter) -> bytes:
        part = writer.finish()
        self.totals.wrote(part)
        return part

"""Contexts of the past, day by day, in blocks that are packed when they are first asked for.

Rows are what is true; a day's blocks are made of them and kept beside them, with the number of
changes that the day had seen. While it has seen no more, the blocks say what the rows say.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import NamedTuple

from checkout_rules.store.block_bytes import PastBlock, from_bytes, packed_past, to_bytes
from checkout_rules.store.contexts import BLOCKS, DAYS, INDEXES, ROWS, on_days, told_in
from payops_kernel.mongo import (
    ASCENDING,
    Binary,
    Collections,
    Document,
    Mongo,
    Session,
    in_transaction,
)
from payops_kernel.mongo.snapshots import Snapshot

ROWS_A_BLOCK = 20_000
DOCUMENTS_A_READ = 1_000
READ_TIME_MAX_MS = 15_000


class DayOfContexts(NamedTuple):
    """How many contexts a day of UTC has."""

    day: date
    rows: int


class PastContexts:
    """Reads what the consumer wrote."""

    indexes = INDEXES

    def __init__(self, db: Collections, mongo: Mongo) -> None:
        self._days, self._blocks = db[DAYS], db[BLOCKS]
        self._mongo = mongo

    async def days(self, first: date, last: date) -> list[DayOfContexts]:
        """The days of UTC that have any, oldest first."""
        rows: dict[str, int] = {}
        async for part in self._days.find({"_id": on_days(first, last)}).sort("_id", ASCENDING):
            day = part["_id"].partition("/")[0]
            rows[day] = rows.get(day, 0) + part["rows"]
        return [DayOfContexts(date.fromisoformat(day), n) for day, n in rows.items() if n]

    async def blocks(self, day: date) -> AsyncIterator[PastBlock]:
        """A day's contexts by their payments' ids, all as they are at one instant."""
        snapshot, of_day = Snapshot(self._mongo.db), on_days(day, day)
        counts = [each async for each in _every(snapshot, DAYS, of_day)]
        changes = sum(each["changes"] for each in counts)
        # One by one: a day may have more than memory should. All were written together.
        kept = await _part(snapshot, day, 0)
        if kept is not None and kept["changes"] == changes:
            yield await asyncio.to_thread(from_bytes, kept["data"])
            for number in range(1, kept["parts"]):
                part = await _part(snapshot, day, number)
                if part is None:
                    raise LookupError(f"part {number} of the blocks of {day} is missing")
                yield await asyncio.to_thread(from_bytes, part["data"])
            return
        data: list[bytes] = []
        of_rows = {"day": day.isoformat()}
        async for rows in _batches(snapshot, ROWS, of_rows, {}, ROWS_A_BLOCK, {"said": 1}):
            for block in await asyncio.to_thread(_packed, rows):
                # Compressed while it is looked at: both leave the other a core.
                written = asyncio.ensure_future(asyncio.to_thread(to_bytes, block))
                yield block
                data.append(await written)
        await self._keep(day, changes, data)

    async def _keep(self, day: date, changes: int, data: Sequence[bytes]) -> None:
        documents = [
            {
                "_id": _block_id(day, part),
                "changes": changes,
                "parts": len(data),
                "data": Binary(each),
            }
            for part, each in enumerate(data)
        ]

        async def replace(session: Session) -> None:
            await self._blocks.delete_many({"_id": on_days(day, day)}, session=session)
            if documents:
                await self._blocks.insert_many(documents, session=session)

        await in_transaction(self._mongo, replace)


def _block_id(day: date, part: int) -> str:
    return f"{day.isoformat()}/{part:06}"


async def _part(snapshot: Snapshot, day: date, number: int) -> Document | None:
    wanted = {"$eq": _block_id(day, number)}
    return await anext(_every(snapshot, BLOCKS, wanted), None)


async def _every(snapshot: Snapshot, name: str, ids: Document) -> AsyncIterator[Document]:
    async for rows in _batches(snapshot, name, {}, ids, DOCUMENTS_A_READ):
        for row in rows:
            yield row


async def _batches(
    snapshot: Snapshot,
    name: str,
    query: Document,
    ids: Document,
    limit: int,
    projection: Document | None = None,
) -> AsyncIterator[Sequence[Document]]:
    """Documents in the order of their ids; a batch is as much as mongod gives at once."""
    while True:
        found = await snapshot.find(
            name,
            {**query, "_id": ids} if ids else query,
            sort=[("_id", ASCENDING)],
            limit=limit,
            projection=projection,
            time_max_ms=READ_TIME_MAX_MS,
        )
        if found.rows:
            yield found.rows
        if not found.more:
            return
        ids = {**ids, "$gt": found.rows[-1]["_id"]}


def _packed(rows: Sequence[Document]) -> list[PastBlock]:
    return list(packed_past([row["_id"] for row in rows], told_in(rows)))

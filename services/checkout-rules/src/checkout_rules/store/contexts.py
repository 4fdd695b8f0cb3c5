"""Contexts of payments as they come in: a slim row each, and how many a day has.

Written by the consumer within its slice's transaction, so that each is there once. The days' counts
are a document for each partition that tells, since no two write one; they are summed when read.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

import orjson

from checkout_rules.domain.past import Learned, PastContext
from payops_kernel.mongo import (
    ASCENDING,
    Collections,
    Document,
    IndexModel,
    InsertOne,
    ReplaceOne,
    Session,
    UpdateOne,
    expect_counts,
)

ROWS, DAYS, BLOCKS = "payment_contexts", "context_days", "context_blocks"
INDEXES: dict[str, list[IndexModel]] = {
    ROWS: [IndexModel([("day", ASCENDING), ("_id", ASCENDING)], name="day")],
    DAYS: [],
    BLOCKS: [],
}
"""Days and blocks are found by ``_id``, which begins with the day."""


class ContextStore:
    """What the consumer writes."""

    indexes = INDEXES

    def __init__(self, db: Collections) -> None:
        self._rows, self._days = db[ROWS], db[DAYS]

    async def known(self, ids: Collection[str], session: Session) -> Mapping[str, PastContext]:
        """What is stored of some payments."""
        cursor = self._rows.find({"_id": {"$in": list(ids)}}, session=session)
        return {row["_id"]: context_of(row) for row in await cursor.to_list(length=None)}

    async def learn(self, learned: Learned, partition: int, session: Session) -> None:
        """Write what was not known, as the partition told it.

        mongod refuses what another transaction has changed since this one read it.
        """
        writes: list[InsertOne[Document] | ReplaceOne[Document]] = [
            InsertOne(_row(each)) for each in learned.appeared
        ]
        writes += [ReplaceOne({"_id": it.transaction_id}, _row(it)) for it in learned.moved]
        if not writes:
            return
        result = await self._rows.bulk_write(writes, ordered=False, session=session)
        expect_counts(result, inserted=len(learned.appeared), matched=len(learned.moved))
        days = [
            UpdateOne(
                {"_id": f"{day.isoformat()}/{partition}"},
                {"$inc": {"rows": learned.rows[day], "changes": changes}},
                upsert=True,
            )
            for day, changes in learned.changes.items()
            if changes
        ]
        await self._days.bulk_write(days, ordered=False, session=session)


def on_days(first: date, last: date) -> dict[str, Any]:
    """The condition on an ``_id`` that begins with a day; both days are included."""
    # "0" comes right behind "/", which is behind the day.
    return {"$gte": f"{first.isoformat()}/", "$lt": f"{last.isoformat()}0"}


def context_of(row: Document) -> PastContext:
    """A stored row."""
    return PastContext(row["_id"], row["n"], *orjson.loads(row["said"]))


def told_in(rows: Sequence[Document]) -> list[list[Any]]:
    """What stored rows tell, from ``PastContext.at_ms`` on."""
    told: list[list[Any]] = orjson.loads(b"[%b]" % b",".join(row["said"] for row in rows))
    return told


def _row(each: PastContext) -> Document:
    # The context as bytes: attributes have anybody's keys, and a simulation reads all of them.
    return {
        "_id": each.transaction_id,
        "day": each.day.isoformat(),
        "n": each.sequence,
        "said": orjson.dumps(each[2:]),
    }

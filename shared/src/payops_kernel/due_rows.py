"""The collection ``due``: a row with its exact ``due_at`` for each thing that is to be done."""

from collections.abc import Callable, Mapping, Sequence, Set
from datetime import datetime
from typing import Any
from uuid import uuid4

from payops_kernel.errors import Miswired
from payops_kernel.mongo import (
    AFTER,
    ASCENDING,
    Database,
    Document,
    IndexModel,
    ReplaceOne,
    Session,
)
from payops_kernel.ports import DueRow

COLLECTION = "due"
CLAIM_LEASE_MS = 30_000
PLANNED_MAX = 100
"""Rows that are read of what is planned about one thing."""

INDEXES: dict[str, list[IndexModel]] = {
    COLLECTION: [
        IndexModel(
            [("kind", ASCENDING), ("due_at", ASCENDING), ("_id", ASCENDING)], name="kind_due"
        ),
        IndexModel([("about", ASCENDING)], name="about", sparse=True),
    ]
}


class DueRows:
    """The ``due`` collection of a service's database."""

    def __init__(self, db: Database, kinds: Callable[[], Set[str]] | None = None) -> None:
        """``kinds`` are those that something handles."""
        self.collection = db[COLLECTION]
        self._kinds = kinds

    async def schedule_many(self, rows: Sequence[DueRow], session: Session) -> None:
        """Have things done when they are due; what is scheduled under its key is moved.

        Raises ``Miswired`` for what nothing would ever do.
        """
        if self._kinds and (unknown := {row.kind for row in rows} - self._kinds()):
            kinds = ", ".join(sorted(unknown))
            raise Miswired(
                f"nothing does due work of the kind {kinds}: "
                "name what does it with runtime.due.handle(kind, …) in bootstrap"
            )
        stored = {_row_id(row.kind, row.key): _stored(row) for row in rows}
        operations = [ReplaceOne({"_id": key}, row, upsert=True) for key, row in stored.items()]
        if operations:
            await self.collection.bulk_write(operations, ordered=False, session=session)

    async def cancel_many(self, kind: str, keys: Sequence[str], session: Session) -> None:
        """Forget those that are still there."""
        if keys:
            ids = [_row_id(kind, key) for key in keys]
            await self.collection.delete_many({"_id": {"$in": ids}}, session=session)

    async def about(self, subject: str) -> list[DueRow]:
        """What is planned about one thing, soonest first; at most :data:`PLANNED_MAX`."""
        found = self.collection.find({"about": subject}, sort=[("due_at", ASCENDING)])
        return [due_row(stored) for stored in await found.to_list(PLANNED_MAX)]

    async def put_off(
        self, claimed: Document, due_at: datetime, remember: Mapping[str, Any]
    ) -> None:
        """Give a claimed row back, due later; ``remember`` joins its payload."""
        await self.collection.update_one(
            {"_id": claimed["_id"], "claim": claimed["claim"]},
            {
                "$set": {"due_at": due_at, "payload": {**claimed["payload"], **remember}},
                "$inc": {"attempt": 1},
                "$unset": {"claim": "", "claimed_until": ""},
            },
        )

    async def claim(self, kind: str, now: datetime) -> Document | None:
        """The oldest row of a kind that is due and free, claimed for :data:`CLAIM_LEASE_MS`."""
        free = {"$lt": [{"$ifNull": ["$claimed_until", "$$NOW"]}, {"$add": ["$$NOW", 1]}]}
        claimed: Document | None = await self.collection.find_one_and_update(
            {"kind": kind, "due_at": {"$lte": now}, "$expr": free},
            [
                {
                    "$set": {
                        "claimed_until": {"$add": ["$$NOW", CLAIM_LEASE_MS]},
                        "claim": uuid4().hex,
                    }
                }
            ],
            sort=[("due_at", ASCENDING), ("_id", ASCENDING)],
            return_document=AFTER,
        )
        return claimed


def due_row(stored: Document) -> DueRow:
    """The row back from its document."""
    attempt, about = stored.get("attempt", 0), stored.get("about")
    return DueRow(
        stored["kind"], stored["key"], stored["due_at"], stored["payload"], attempt, about
    )


def _stored(row: DueRow) -> Document:
    document = {
        "_id": _row_id(row.kind, row.key),
        "kind": row.kind,
        "key": row.key,
        "due_at": row.due_at,
        "payload": dict(row.payload),
    }
    return document if row.about is None else document | {"about": row.about}


def _row_id(kind: str, key: str) -> str:
    return f"{kind}/{key}"

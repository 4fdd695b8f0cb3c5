"""The collection ``due``: a row with its exact ``due_at`` for each thing that is to be done."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from datetime import datetime
from typing import Any
from uuid import uuid4

from payops_kernel.errors import Miswired, Pointless
from payops_kernel.mongo import (
    AFTER,
    ASCENDING,
    Database,
    DeleteOne,
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

        It is forgotten for a row without ``due_at``; of rows with one key the last counts. Raises
        ``Miswired`` for what nothing would ever do.
        """
        if self._kinds and (unknown := {row.kind for row in rows} - self._kinds()):
            kinds = ", ".join(sorted(unknown))
            raise Miswired(
                f"nothing does due work of the kind {kinds}: "
                "name what does it with runtime.due.handle(kind, …) in bootstrap"
            )
        operations = list({_row_id(row.kind, row.key): _write(row) for row in rows}.values())
        if operations:
            await self.collection.bulk_write(operations, ordered=False, session=session)

    async def cancel_many(self, kind: str, keys: Sequence[str], session: Session) -> None:
        """Forget those that are still there."""
        if keys:
            ids = [_row_id(kind, key) for key in keys]
            await self.collection.delete_many({"_id": {"$in": ids}}, session=session)

    async def cancel_about(self, kind: str, subject: str, session: Session) -> None:
        """Forget those of a kind that are about one thing."""
        await self.collection.delete_many({"about": subject, "kind": kind}, session=session)

    async def about(self, subject: str) -> list[DueRow]:
        """What is planned about one thing, soonest first; at most :data:`PLANNED_MAX`."""
        planned = {"about": subject, "due_at": {"$exists": True}}
        found = self.collection.find(planned, sort=[("due_at", ASCENDING)])
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

    async def close(self, claimed: Document, why: str) -> None:
        """Put a claimed row aside: it is due no more, and says why, until it is scheduled anew."""
        await self.collection.update_one(
            {"_id": claimed["_id"], "claim": claimed["claim"]},
            {
                "$set": {"closed": why},
                "$rename": {"due_at": "was_due_at"},
                "$unset": {"claim": "", "claimed_until": ""},
            },
        )

    async def forget(self, claimed: Document, session: Session | None = None) -> bool:
        """Remove a claimed row; whether it was still there under its claim."""
        mine = {"_id": claimed["_id"], "claim": claimed["claim"]}
        return bool((await self.collection.delete_one(mine, session=session)).deleted_count)

    async def still(self, claimed: Sequence[Document], session: Session) -> set[str]:
        """Of rows that were claimed together the ids of those that are there under their claim."""
        found = self.collection.find(
            _under_claim(claimed), {"_id": 1}, hint="_id_", session=session,
            batch_size=len(claimed) + 1,
        )  # fmt: skip
        return {row["_id"] for row in await found.to_list(None)}

    async def forget_many(self, claimed: Sequence[Document], session: Session) -> None:
        """Remove rows that were claimed together; not what was scheduled under their keys since."""
        if claimed:
            await self.collection.delete_many(_under_claim(claimed), hint="_id_", session=session)

    async def kinds_due(self, kinds: Iterable[str], now: datetime) -> list[str]:
        """Of some kinds those with a row that is due and free, by one query more than those."""
        found: list[str] = []
        left = sorted(kinds)
        in_order = [("kind", ASCENDING), ("due_at", ASCENDING), ("_id", ASCENDING)]
        while left:
            row = await self.collection.find_one(_due(left, now), {"kind": 1}, sort=in_order)
            if row is None:
                break
            found.append(row["kind"])
            left = [kind for kind in left if kind > row["kind"]]
        return found

    async def claim(self, kind: str, now: datetime, most: int = 1) -> list[Document]:
        """The oldest rows of a kind that are due and free, claimed for :data:`CLAIM_LEASE_MS`.

        All under one claim. None when there are none, not because somebody else was faster.
        """
        due = _due([kind], now)
        order = [("due_at", ASCENDING), ("_id", ASCENDING)]
        claim = uuid4().hex
        taking = [{"$set": {"claimed_until": {"$add": ["$$NOW", CLAIM_LEASE_MS]}, "claim": claim}}]
        if most == 1:
            one: Document | None = await self.collection.find_one_and_update(
                due, taking, sort=order, return_document=AFTER
            )
            return [] if one is None else [one]
        while found := await self.collection.find(due, {"_id": 1}, sort=order, limit=most).to_list(
            most
        ):
            these = {"_id": {"$in": [row["_id"] for row in found]}}
            await self.collection.update_many(these | due, taking, hint="_id_")
            mine = self.collection.find(these | {"claim": claim}, hint="_id_", batch_size=most + 1)
            if claimed := await mine.to_list(None):
                return sorted(claimed, key=lambda row: (row["due_at"], row["_id"]))
        return []


def _due(kinds: Sequence[str], now: datetime) -> Document:
    free = {"$lt": [{"$ifNull": ["$claimed_until", "$$NOW"]}, {"$add": ["$$NOW", 1]}]}
    return {"kind": {"$in": list(kinds)}, "due_at": {"$lte": now}, "$expr": free}


def due_row(stored: Document) -> DueRow:
    """The row back from its document; raises ``Pointless`` for what no work can be read from."""
    try:
        kind, key, due_at, payload = (stored[part] for part in ("kind", "key", "due_at", "payload"))
        return DueRow(
            kind, key, due_at, dict(payload), stored.get("attempt", 0), stored.get("about")
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Pointless(f"it is no row of due work: {error!r}") from error


def _under_claim(claimed: Sequence[Document]) -> Document:
    return {"_id": {"$in": [row["_id"] for row in claimed]}, "claim": claimed[0]["claim"]}


def _write(row: DueRow) -> ReplaceOne[Document] | DeleteOne:
    row_id = _row_id(row.kind, row.key)
    if row.due_at is None:
        return DeleteOne({"_id": row_id})
    document = {
        "_id": row_id,
        "kind": row.kind,
        "key": row.key,
        "due_at": row.due_at,
        "payload": dict(row.payload),
    }
    if row.about is not None:
        document["about"] = row.about
    return ReplaceOne({"_id": row_id}, document, upsert=True)


def _row_id(kind: str, key: str) -> str:
    return f"{kind}/{key}"

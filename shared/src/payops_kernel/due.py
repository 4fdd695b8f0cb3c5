"""Work that is due at an instant: a row with its exact ``due_at``, claimed with a lease.

Never a timer in memory, never a delay topic: a restart finds every row again. Business time
(:class:`~payops_kernel.clock.Clock`) decides what is due; a claim's lease runs on server time.
Each kind has a loop of its own: a mail server that does not answer holds up mails and nothing else.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from datetime import datetime
from typing import Any
from uuid import uuid4

from payops_kernel.clock import Clock
from payops_kernel.logging import get_logger
from payops_kernel.mongo import (
    AFTER,
    ASCENDING,
    Database,
    Document,
    IndexModel,
    Mongo,
    ReplaceOne,
    Session,
    in_transaction,
    is_transient,
)
from payops_kernel.ports import DueRow, Later

COLLECTION = "due"
LOOK_SECONDS = 1.0
CLAIM_LEASE_MS = 30_000
CLAIMS_A_LOOK = 500
"""Rows of one kind, at most, before it rests for :data:`LOOK_SECONDS`."""

INDEXES: dict[str, list[IndexModel]] = {
    COLLECTION: [
        IndexModel(
            [("kind", ASCENDING), ("due_at", ASCENDING), ("_id", ASCENDING)], name="kind_due"
        )
    ]
}

log = get_logger(__name__)


AfterCommit = Callable[[], None]
DueHandler = Callable[[DueRow, Session], Awaitable[AfterCommit | None]]
"""Does the work in the transaction that removes the row; may run again until it commits.

What it returns is called behind the commit, at most once.
"""

OutsideCall = Callable[[DueRow], Awaitable[Any]]
"""Calls the outside before the transaction, at least once; raises ``Later`` to put it off."""
Settle = Callable[[DueRow, Any, Session], Awaitable[AfterCommit | None]]
"""Stores what the call gave, in the transaction that removes the row."""


class DueRows:
    """The ``due`` collection of a service's database."""

    def __init__(self, db: Database) -> None:
        self.collection = db[COLLECTION]

    async def schedule(
        self, kind: str, key: str, due_at: datetime, session: Session, **payload: Any
    ) -> None:
        """Have work of a kind about a key done at ``due_at``; a later call moves it."""
        await self.collection.replace_one(
            {"_id": _row_id(kind, key)},
            _stored(DueRow(kind, key, due_at, payload)),
            upsert=True,
            session=session,
        )

    async def cancel(self, kind: str, key: str, session: Session) -> None:
        """Forget it, if it is still there."""
        await self.collection.delete_one({"_id": _row_id(kind, key)}, session=session)

    async def schedule_many(self, rows: Sequence[DueRow], session: Session) -> None:
        """Have many things done; one that is scheduled already is moved."""
        operations = [
            ReplaceOne({"_id": _row_id(row.kind, row.key)}, _stored(row), upsert=True)
            for row in rows
        ]
        if operations:
            await self.collection.bulk_write(operations, ordered=False, session=session)

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


Held = Callable[[], Awaitable[object | None]]
"""Gives something while due work has to wait, for example why."""


async def never() -> None:
    """Nothing has to wait."""


class DueWork:
    """Runs what is due; any number of processes may run side by side."""

    def __init__(self, mongo: Mongo, clock: Clock, held: Held = never) -> None:
        """While ``held`` gives anything, nothing is done, however long it has been due."""
        self.rows = DueRows(mongo.db)
        self._held = held
        self._mongo = mongo
        self._clock = clock
        self._handlers: dict[str, DueHandler] = {}
        self._calls: dict[str, tuple[OutsideCall, Settle]] = {}

    def handle(self, kind: str, handler: DueHandler) -> None:
        """Name the handler of a kind; kinds without one wait for a process that has it."""
        self._handlers[kind] = handler

    def call(self, kind: str, outside: OutsideCall, settle: Settle) -> None:
        """Name the outside call of a kind, and what stores its result."""
        self._calls[kind] = (outside, settle)

    @property
    def has_handlers(self) -> bool:
        """Whether this service has any time-driven work."""
        return bool(self._kinds)

    @property
    def _kinds(self) -> Set[str]:
        return self._handlers.keys() | self._calls.keys()

    async def run(self) -> None:
        """Look for due rows until cancelled, for each kind by itself."""
        async with asyncio.TaskGroup() as group:
            for kind in self._kinds:
                group.create_task(self._run(kind))

    async def look(self) -> int:
        """Do what is due now, kinds side by side; return how many rows."""
        return sum(await asyncio.gather(*map(self._look, self._kinds)))

    async def _run(self, kind: str) -> None:
        while True:
            try:
                await self._look(kind)
            except Exception as error:
                if not is_transient(error):
                    log.error("due.failed", kind=kind, exc_info=error)
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self, kind: str) -> int:
        done = 0
        while done < CLAIMS_A_LOOK and await self._held() is None:
            claimed = await self.rows.claim(kind, self._clock.now())
            if claimed is None:
                break
            await self._do(claimed)
            done += 1
        return done

    async def _do(self, claimed: Document) -> None:
        row = DueRow(
            claimed["kind"],
            claimed["key"],
            claimed["due_at"],
            claimed["payload"],
            claimed.get("attempt", 0),
        )
        try:
            if row.kind in self._calls:
                await self._call(claimed, row)
            else:
                handler = self._handlers[row.kind]
                await self._settle(claimed, lambda session: handler(row, session))
        except Exception as error:
            log.error("due.row_failed", kind=row.kind, key=row.key, exc_info=error)

    async def _call(self, claimed: Document, row: DueRow) -> None:
        outside, settle = self._calls[row.kind]
        try:
            result = await outside(row)
        except Later as later:
            log.warning("due.put_off", kind=row.kind, key=row.key, error=str(later)[:200])
            due_at = self._clock.now() + later.after
            await self.rows.put_off(claimed, due_at, later.remember)
            return
        await self._settle(claimed, lambda session: settle(row, result, session))

    async def _settle(
        self, claimed: Document, work: Callable[[Session], Awaitable[AfterCommit | None]]
    ) -> None:
        async def body(session: Session) -> AfterCommit | None:
            mine = {"_id": claimed["_id"], "claim": claimed["claim"]}
            deleted = await self.rows.collection.delete_one(mine, session=session)
            return await work(session) if deleted.deleted_count else None

        after_commit = await in_transaction(self._mongo, body)
        if after_commit is not None:
            after_commit()


def _stored(row: DueRow) -> Document:
    return {
        "_id": _row_id(row.kind, row.key),
        "kind": row.kind,
        "key": row.key,
        "due_at": row.due_at,
        "payload": dict(row.payload),
    }


def _row_id(kind: str, key: str) -> str:
    return f"{kind}/{key}"

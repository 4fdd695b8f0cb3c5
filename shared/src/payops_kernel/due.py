"""Work that is due at an instant: a row with its exact ``due_at``, claimed with a lease.

Never a timer in memory, never a delay topic: a restart finds every row again. Business time
(:class:`~payops_kernel.clock.Clock`) decides what is due; a claim's lease runs on server time.
"""

import asyncio
from collections.abc import Awaitable, Callable
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
    PyMongoError,
    Session,
    in_transaction,
    is_transient,
)
from payops_kernel.ports import DueRow

COLLECTION = "due"
LOOK_SECONDS = 1.0
CLAIM_LEASE_MS = 30_000
CLAIMS_A_LOOK = 500

INDEXES: dict[str, list[IndexModel]] = {
    COLLECTION: [IndexModel([("due_at", ASCENDING), ("_id", ASCENDING)], name="due")]
}

log = get_logger(__name__)


DueHandler = Callable[[DueRow, Session], Awaitable[None]]
"""Does the work in the transaction that removes the row; may run again until it commits."""


class DueRows:
    """The ``due`` collection of a service's database."""

    def __init__(self, db: Database) -> None:
        self.collection = db[COLLECTION]

    async def schedule(
        self, kind: str, key: str, due_at: datetime, session: Session, **payload: Any
    ) -> None:
        """Have work of a kind about a key done at ``due_at``; a later call moves it."""
        row = {"kind": kind, "key": key, "due_at": due_at, "payload": payload}
        await self.collection.replace_one(
            {"_id": _row_id(kind, key)}, row, upsert=True, session=session
        )

    async def cancel(self, kind: str, key: str, session: Session) -> None:
        """Forget it, if it is still there."""
        await self.collection.delete_one({"_id": _row_id(kind, key)}, session=session)

    async def claim(self, now: datetime) -> Document | None:
        """The oldest row that is due and free, claimed for :data:`CLAIM_LEASE_MS`."""
        free = {"$lt": [{"$ifNull": ["$claimed_until", "$$NOW"]}, {"$add": ["$$NOW", 1]}]}
        claimed: Document | None = await self.collection.find_one_and_update(
            {"due_at": {"$lte": now}, "$expr": free},
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


class DueWork:
    """Runs what is due; any number of processes may run side by side."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self.rows = DueRows(mongo.db)
        self._mongo = mongo
        self._clock = clock
        self._handlers: dict[str, DueHandler] = {}

    def handle(self, kind: str, handler: DueHandler) -> None:
        """Name the handler of a kind; kinds without one wait for a process that has it."""
        self._handlers[kind] = handler

    @property
    def has_handlers(self) -> bool:
        """Whether this service has any time-driven work."""
        return bool(self._handlers)

    async def run(self) -> None:
        """Look for due rows until cancelled."""
        while True:
            try:
                await self.look()
            except PyMongoError as error:
                if not is_transient(error):
                    log.error("due.failed", exc_info=error)
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> int:
        """Do what is due now, at most :data:`CLAIMS_A_LOOK` rows; return how many."""
        done = 0
        while done < CLAIMS_A_LOOK:
            claimed = await self.rows.claim(self._clock.now())
            if claimed is None:
                break
            await self._do(claimed)
            done += 1
        return done

    async def _do(self, claimed: Document) -> None:
        row = DueRow(claimed["kind"], claimed["key"], claimed["due_at"], claimed["payload"])
        handler = self._handlers.get(row.kind)
        if handler is None:
            return  # its claim runs out, and another process may take it

        async def body(session: Session) -> None:
            mine = {"_id": claimed["_id"], "claim": claimed["claim"]}
            deleted = await self.rows.collection.delete_one(mine, session=session)
            if deleted.deleted_count:
                await handler(row, session)

        try:
            await in_transaction(self._mongo, body)
        except Exception as error:
            log.error("due.row_failed", kind=row.kind, key=row.key, exc_info=error)


def _row_id(kind: str, key: str) -> str:
    return f"{kind}/{key}"

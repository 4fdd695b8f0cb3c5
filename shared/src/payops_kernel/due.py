"""Work that is due at an instant: a row with its exact ``due_at``, claimed with a lease.

Never a timer in memory, never a delay topic: a restart finds every row again. Business time
(:class:`~payops_kernel.clock.Clock`) decides what is due; a claim's lease runs on server time.
Each kind has a loop of its own: a mail server that does not answer holds up mails and nothing else.
"""

import asyncio
from collections.abc import Awaitable, Callable, Set
from typing import Any

from payops_kernel.clock import Clock
from payops_kernel.due_rows import DueRows, due_row
from payops_kernel.logging import get_logger
from payops_kernel.mongo import (
    Document,
    Mongo,
    Session,
    in_transaction,
    is_transient,
)
from payops_kernel.ports import DueRow, Later, Work
from payops_kernel.work import Done, Works

LOOK_SECONDS = 1.0
CLAIMS_A_LOOK = 500
"""Rows of one kind, at most, before it rests for :data:`LOOK_SECONDS`."""

log = get_logger(__name__)


DueHandler = Callable[[Work, DueRow], Awaitable[None]]
"""Does the work in the transaction that removes the row; may run again until it commits."""

OutsideCall = Callable[[DueRow], Awaitable[Any]]
"""Calls the outside before the transaction, at least once; raises ``Later`` to put it off."""
Settle = Callable[[Work, DueRow, Any], Awaitable[None]]
"""Stores what the call gave, in the transaction that removes the row."""


Held = Callable[[], Awaitable[object | None]]
"""Gives something while due work has to wait, for example why."""


async def never() -> None:
    """Nothing has to wait."""


class DueWork:
    """Runs what is due; any number of processes may run side by side."""

    def __init__(
        self, mongo: Mongo, clock: Clock, rows: DueRows, works: Works, held: Held = never
    ) -> None:
        """While ``held`` gives anything, nothing is done, however long it has been due."""
        self.rows = rows
        self._works = works
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
    def kinds(self) -> Set[str]:
        """The kinds that this service does."""
        return self._handlers.keys() | self._calls.keys()

    async def run(self) -> None:
        """Look for due rows until cancelled, for each kind by itself."""
        async with asyncio.TaskGroup() as group:
            for kind in self.kinds:
                group.create_task(self._run(kind))

    async def look(self) -> int:
        """Do what is due now, kinds side by side; return how many rows."""
        return sum(await asyncio.gather(*map(self._look, self.kinds)))

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
        row = due_row(claimed)
        try:
            if row.kind in self._calls:
                await self._call(claimed, row)
            else:
                handler = self._handlers[row.kind]
                await self._settle(claimed, lambda work: handler(work, row))
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
        await self._settle(claimed, lambda work: settle(work, row, result))

    async def _settle(self, claimed: Document, body: Callable[[Work], Awaitable[None]]) -> None:
        async def transaction(session: Session) -> Done[None]:
            mine = {"_id": claimed["_id"], "claim": claimed["claim"]}
            deleted = await self.rows.collection.delete_one(mine, session=session)
            if not deleted.deleted_count:
                return Done(None)
            return await self._works.by_itself(session, body)

        (await in_transaction(self._mongo, transaction)).committed()

"""Work that is due at an instant: a row with its exact ``due_at``, claimed with a lease.

Never a timer in memory, never a delay topic: a restart finds every row again. Business time
(:class:`~payops_kernel.clock.Clock`) decides what is due; a claim's lease runs on server time.
Each kind has a loop of its own: a mail server that does not answer holds up mails and nothing else.
One look a second finds the kinds with something to do, so that an idle service asks once.
Rows of a kind that allows it share a transaction; what one of them raises touches that one alone.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence, Set
from typing import Any

from payops_kernel.clock import Clock
from payops_kernel.due_rows import DueRows, due_row
from payops_kernel.errors import PayOpsError, Pointless
from payops_kernel.logging import get_logger
from payops_kernel.mongo import (
    Document,
    Mongo,
    PyMongoError,
    Session,
    in_transaction,
    is_transient,
)
from payops_kernel.ports import DueRow, Later, Work
from payops_kernel.work import Done, Taken, Works

LOOK_SECONDS = 1.0
CLAIMS_A_LOOK = 500
"""Claims of one kind, at most, before it waits to be found due again."""
TOGETHER_MAX = 200
"""Rows that share a transaction, at most."""
SIDE_BY_SIDE = 2
"""Shared transactions of a kind: we work out one while mongod writes the other."""
TOGETHER_SECONDS = 3.0
"""How long a shared transaction is tried; then its rows are done one by one, within their lease."""

log = get_logger(__name__)


DueHandler = Callable[[Work, DueRow], Awaitable[None]]
"""Does the work in the transaction that removes the row; may run again until it commits.

Raises ``Pointless`` for a row that should not be there: it is closed, and the reason logged. When
there is merely nothing to be done it returns. After any other error the row is tried again when its
claim has run out.
"""

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
        self,
        mongo: Mongo,
        clock: Clock,
        rows: DueRows,
        works: Works,
        held: Held = never,
        closed: Callable[[str], None] = lambda _kind: None,
    ) -> None:
        """While ``held`` gives anything, nothing is done, however long it has been due.

        ``closed`` is told the kind of each row that was closed undone.
        """
        self.rows = rows
        self._works = works
        self._held = held
        self._closed = closed
        self._mongo = mongo
        self._clock = clock
        self._handlers: dict[str, DueHandler] = {}
        self._together: set[str] = set()
        self._calls: dict[str, tuple[OutsideCall, Settle]] = {}

    def handle(self, kind: str, handler: DueHandler, *, together: bool = False) -> None:
        """Name the handler of a kind; kinds without one wait for a process that has it.

        ``together``: up to :data:`TOGETHER_MAX` rows share a transaction. For a handler of which
        no two need to see what the other writes, but in an aggregate that they load: of those that
        load the same one only the first shares.
        """
        self._handlers[kind] = handler
        if together:
            self._together.add(kind)

    def call(self, kind: str, outside: OutsideCall, settle: Settle) -> None:
        """Name the outside call of a kind, and what stores its result."""
        self._calls[kind] = (outside, settle)

    @property
    def kinds(self) -> Set[str]:
        """The kinds that this service does."""
        return self._handlers.keys() | self._calls.keys()

    async def run(self) -> None:
        """Look for due rows until cancelled; each kind is done by itself."""
        wanted = {kind: asyncio.Event() for kind in self.kinds}
        async with asyncio.TaskGroup() as group:
            for kind, event in wanted.items():
                group.create_task(self._run(kind, event))
            while True:
                try:
                    for kind in await self.rows.kinds_due(wanted, self._clock.now()):
                        wanted[kind].set()
                except PyMongoError as error:
                    if not is_transient(error):
                        log.error("due.failed", exc_info=error)
                await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> int:
        """Do what is due now, kinds side by side; return how many rows."""
        return sum(await asyncio.gather(*map(self._look, self.kinds)))

    async def _run(self, kind: str, wanted: asyncio.Event) -> None:
        while True:
            await wanted.wait()
            wanted.clear()
            try:
                await self._look(kind)
            except Exception as error:
                if not is_transient(error):
                    log.error("due.failed", kind=kind, exc_info=error)

    async def _look(self, kind: str) -> int:
        turn = asyncio.Lock()
        if kind not in self._together:
            return await self._lane(kind, 1, turn)
        lanes = [self._lane(kind, TOGETHER_MAX, turn) for _ in range(SIDE_BY_SIDE)]
        done = await asyncio.gather(*lanes, return_exceptions=True)
        for each in done:
            if isinstance(each, BaseException):
                raise each
        return sum(each for each in done if isinstance(each, int))

    async def _lane(self, kind: str, most: int, turn: asyncio.Lock) -> int:
        done = 0
        for _ in range(CLAIMS_A_LOOK):
            if await self._held() is not None:
                break
            async with turn:  # two that look at once would see the same rows
                claimed = await self.rows.claim(kind, self._clock.now(), most)
            if not claimed:
                break
            alone = claimed if len(claimed) == 1 else await self._share(kind, claimed)
            for each in alone:
                await self._do(each)
            done += len(claimed)
        return done

    async def _share(self, kind: str, claimed: Sequence[Document]) -> Sequence[Document]:
        """Do rows in one transaction; give those that have to be done alone, each as if it were."""

        async def transaction(session: Session) -> list[tuple[Document, Done[None]]]:
            still = await self.rows.still(claimed, session)
            mine = [each for each in claimed if each["_id"] in still]
            asked = [(None, _sharing(self._handlers[kind], each)) for each in mine]
            done = list(zip(mine, await self._works.together(session, asked), strict=True))
            over = [each for each, outcome in done if not outcome.refused]
            await self.rows.forget_many(over, session)
            return done

        try:
            done = await in_transaction(self._mongo, transaction, deadline_seconds=TOGETHER_SECONDS)
        except Exception as error:  # noqa: BLE001 - each row alone will say it
            log.info("due.alone", kind=kind, count=len(claimed), error=str(error)[:200])
            return claimed
        for _, outcome in done:
            if not outcome.refused:
                outcome.committed()
        return [each for each, outcome in done if outcome.refused]

    async def _do(self, claimed: Document) -> None:
        kind, row_id = claimed["kind"], claimed["_id"]
        try:
            row = due_row(claimed)
            if kind in self._calls:
                await self._call(claimed, row)
            else:
                handler = self._handlers[kind]
                await self._settle(claimed, lambda work: handler(work, row))
        except Pointless as why:
            log.error("due.closed", kind=kind, row=row_id, why=str(why)[:200])
            await self.rows.close(claimed, str(why))
            self._closed(kind)
        except Exception as error:
            log.error("due.row_failed", kind=kind, row=row_id, exc_info=error)

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
            if not await self.rows.forget(claimed, session):
                return Done(None)
            return await self._works.by_itself(session, body)

        (await in_transaction(self._mongo, transaction)).committed()


class _Alone(PayOpsError):
    """A row that would break what others share with it."""

    code = "due_row_alone"


def _sharing(handler: DueHandler, claimed: Document) -> Callable[[Work], Awaitable[None]]:
    """The row's work; whatever it raises leaves the others alone, but for the database's errors."""

    async def body(work: Work) -> None:
        try:
            await handler(work, due_row(claimed))
        except Exception as error:
            if isinstance(error, (PayOpsError, PyMongoError)) and not isinstance(error, Taken):
                raise
            raise _Alone(str(error)) from error

    return body

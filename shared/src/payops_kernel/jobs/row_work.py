"""Work over rows: each exactly once, its outcome stored in the transaction of its effect.

A row costs half a dozen round trips and a wait for the journal when it is alone; fifty together
cost hardly more than one. Each row's effect still stands or falls with its own outcome.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Protocol

from payops_kernel.errors import PayOpsError
from payops_kernel.jobs.job import RowState
from payops_kernel.jobs.row_loop import PlansRows, RowLoop
from payops_kernel.jobs.row_store import JobRow, RowOutcome
from payops_kernel.jobs.store import Jobs
from payops_kernel.jobs.work import RunningJob
from payops_kernel.logging import get_logger
from payops_kernel.mongo import Mongo, PyMongoError, Session, in_transaction
from payops_kernel.mongo.transactions import run_once
from payops_kernel.ports import CommandContext, Work
from payops_kernel.work import Asked, Done, Works

ROWS_TOGETHER = 50
"""Rows of one transaction. What fails one of them costs the others a second try, one by one."""
TRANSACTIONS_AT_ONCE = 4
"""Transactions of one job that run side by side."""

log = get_logger(__name__)


class RowHandler(PlansRows, Protocol):
    """What a kind of job does with its rows."""

    def context(self, row: JobRow) -> CommandContext:
        """Who asked for the row, and why; its ``row_key`` is :attr:`JobRow.idempotency_key`."""
        ...

    async def do(self, work: Work, row: JobRow) -> RowOutcome:
        """The row's effect, within ``work`` and nowhere else.

        May run several times until it commits. A ``PayOpsError`` is the row's refusal, with its
        code and message; a retryable one is tried again.
        """
        ...


class _Settled(Exception):
    """The row has its outcome already."""


class RowWork(RowLoop):
    """Satisfies ``JobHandler``: many rows in each transaction, one by one when that does not work
    out.
    """

    def __init__(
        self,
        mongo: Mongo,
        works: Works,
        jobs: Jobs,
        handler: RowHandler,
        *,
        rows_together: int = ROWS_TOGETHER,
        transactions_at_once: int = TRANSACTIONS_AT_ONCE,
    ) -> None:
        super().__init__(mongo, jobs, handler, lanes=transactions_at_once)
        self._works = works
        self._handler = handler
        self._rows_together = rows_together

    async def _lane(self, running: RunningJob, queue: Iterator[JobRow]) -> None:
        while rows := list(islice(queue, self._rows_together)):
            if running.cancelled:
                return
            states = await self._try_together(rows) if len(rows) > 1 else None
            if states is None:
                await super()._lane(running, iter(rows))
                continue
            running.done += len(states)
            running.counts.update(state.value for state in states)

    async def _try_together(self, rows: Sequence[JobRow]) -> Sequence[RowState] | None:
        """One try; None when it came to nothing, or when nobody knows what it came to.

        Alone, a row that was committed after all is found settled and left as it is.
        """
        asked = [self._asked(row) for row in rows]

        async def body(session: Session) -> tuple[list[Done[RowOutcome]], list[RowOutcome]]:
            done = await self._works.together(session, asked)
            outcomes = [_outcome(each) for each in done]
            await self._rows.settle_many(list(zip(rows, outcomes, strict=True)), session)
            return done, outcomes

        try:
            done, outcomes = await run_once(self._mongo, body)
        except (PayOpsError, PyMongoError) as error:
            why = f"{type(error).__name__}: {error}"[:200]
            log.info("job.rows_alone", job=rows[0].job.id, first=rows[0].number, error=why)
        except Exception as error:
            log.error("job.rows_defect", job=rows[0].job.id, first=rows[0].number, exc_info=error)
        else:
            for each in done:
                if not each.refused:
                    each.committed()
            return [outcome.state for outcome in outcomes]
        return None

    async def _try(self, row: JobRow) -> RowState | None:
        context, do = self._asked(row)

        async def body(session: Session) -> Done[RowOutcome]:
            done = await self._works.by_itself(session, do, context)
            if not await self._rows.settle(row, done.result(), session):
                raise _Settled  # by a process that had the job before: its effect stands alone
            return done

        try:
            return (await in_transaction(self._mongo, body)).committed().state
        except _Settled:
            return None

    def _asked(self, row: JobRow) -> Asked[RowOutcome]:
        return self._handler.context(row), lambda work: self._handler.do(work, row)


def _outcome(done: Done[RowOutcome]) -> RowOutcome:
    """A refusal is the row's own; one that another try may escape has it tried alone."""
    if isinstance(refusal := done.outcome, PayOpsError):
        if refusal.retryable:
            raise refusal
        return RowOutcome.refused(refusal)
    return refusal

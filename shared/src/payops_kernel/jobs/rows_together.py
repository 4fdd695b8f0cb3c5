"""Rows whose effects are alike: many in one transaction, one by one when that does not work out.

A row costs half a dozen round trips and a wait for the journal when it is alone; fifty together
cost hardly more than one. Each row's effect still stands or falls with its own outcome.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Protocol

from payops_kernel.errors import PayOpsError
from payops_kernel.jobs.row_store import JobRow, RowOutcome
from payops_kernel.jobs.row_work import RowHandler, RowWork
from payops_kernel.jobs.store import Jobs
from payops_kernel.jobs.work import RunningJob
from payops_kernel.logging import get_logger
from payops_kernel.mongo import Mongo, PyMongoError, Session
from payops_kernel.mongo.transactions import run_once

ROWS_TOGETHER = 50
"""Rows of one transaction. What fails one of them costs the others a second try, one by one."""
TRANSACTIONS_AT_ONCE = 4
"""Transactions of one job that run side by side."""

log = get_logger(__name__)


class ManyRowsHandler(RowHandler, Protocol):
    """A kind of job that can do several of its rows at once."""

    async def do_many(self, rows: Sequence[JobRow], session: Session) -> Sequence[RowOutcome]:
        """The effects of these rows, in ``session``'s transaction; an outcome for each, in order.

        A row that is refused gives the outcome ``REFUSED`` and leaves nothing behind. Whatever is
        raised undoes all of them: each is then done alone, by ``do``.
        """
        ...


class RowsTogether(RowWork):
    """Satisfies ``Work`` as :class:`RowWork` does, with many rows in each transaction."""

    def __init__(
        self,
        mongo: Mongo,
        jobs: Jobs,
        handler: ManyRowsHandler,
        *,
        rows_together: int = ROWS_TOGETHER,
        transactions_at_once: int = TRANSACTIONS_AT_ONCE,
    ) -> None:
        super().__init__(mongo, jobs, handler, rows_at_once=transactions_at_once)
        self._many = handler
        self._rows_together = rows_together

    async def _lane(self, running: RunningJob, queue: Iterator[JobRow]) -> None:
        while rows := list(islice(queue, self._rows_together)):
            if running.cancelled:
                return
            outcomes = await self._try_together(rows)
            if outcomes is None:
                await super()._lane(running, iter(rows))
                continue
            running.done += len(outcomes)
            running.counts.update(outcome.state.value for outcome in outcomes)

    async def _try_together(self, rows: Sequence[JobRow]) -> Sequence[RowOutcome] | None:
        """One try; None when it came to nothing, or when nobody knows what it came to.

        Alone, a row that was committed after all is found settled and left as it is.
        """

        async def body(session: Session) -> Sequence[RowOutcome]:
            outcomes = await self._many.do_many(rows, session)
            await self._rows.settle_many(list(zip(rows, outcomes, strict=True)), session)
            return outcomes

        try:
            return await run_once(self._mongo, body)
        except (PayOpsError, PyMongoError) as error:
            why = f"{type(error).__name__}: {error}"[:200]
            log.info("job.rows_alone", job=rows[0].job.id, first=rows[0].number, error=why)
        except Exception as error:
            log.error("job.rows_defect", job=rows[0].job.id, first=rows[0].number, exc_info=error)
        return None

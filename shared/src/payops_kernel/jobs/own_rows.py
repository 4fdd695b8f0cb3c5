"""Work over rows whose effect has transactions of its own and happens once by itself.

For effects that take too long for an open transaction, such as laying out a document. The row's
outcome is stored behind the effect: a process that dies between the two has the row tried again,
and the handler finds what it made before.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from payops_kernel.jobs.job import Job, RowState
from payops_kernel.jobs.row_store import JobRow, PlannedRow, RowOutcome
from payops_kernel.jobs.row_work import ROWS_AT_ONCE, RowWork
from payops_kernel.jobs.store import Jobs
from payops_kernel.mongo import Mongo, Session


class OwnRowHandler(Protocol):
    """What such a kind of job does with its rows."""

    def plan(self, job: Job) -> AsyncIterator[Sequence[PlannedRow]]:
        """All rows, in batches. Runs again from the start when it was not finished."""
        ...

    async def do(self, row: JobRow) -> RowOutcome:
        """The row's effect, the same however often it runs.

        A ``PayOpsError`` is the row's refusal, with its code and message; a retryable one is tried
        again, an ``Unavailable`` until it goes away.
        """
        ...


class OwnRowWork(RowWork):
    """Satisfies ``Work`` as :class:`RowWork` does, with no transaction open while a row is done."""

    def __init__(
        self,
        mongo: Mongo,
        jobs: Jobs,
        handler: OwnRowHandler,
        *,
        rows_at_once: int = ROWS_AT_ONCE,
    ) -> None:
        super().__init__(mongo, jobs, _WithoutSession(handler), rows_at_once=rows_at_once)
        self._own = handler

    async def _try(self, row: JobRow) -> RowState | None:
        return await self._settle(row, await self._own.do(row))


class _WithoutSession:
    """Satisfies ``RowHandler``: what the rows are is the same."""

    def __init__(self, handler: OwnRowHandler) -> None:
        self._handler = handler

    def plan(self, job: Job) -> AsyncIterator[Sequence[PlannedRow]]:
        return self._handler.plan(job)

    async def do(self, row: JobRow, session: Session) -> RowOutcome:
        return await self._handler.do(row)

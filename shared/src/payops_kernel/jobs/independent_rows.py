"""Work over rows whose effect has transactions of its own and happens once by itself.

For effects that take too long for an open transaction, such as laying out a document. The row's
outcome is stored behind the effect: a process that dies between the two has the row tried again,
and the handler finds what it made before.
"""

from typing import Protocol

from payops_kernel.jobs.job import RowState
from payops_kernel.jobs.row_loop import PlansRows, RowLoop
from payops_kernel.jobs.row_store import JobRow, RowOutcome
from payops_kernel.jobs.store import Jobs
from payops_kernel.mongo import Mongo

ROWS_AT_ONCE = 8


class OwnRowHandler(PlansRows, Protocol):
    """What such a kind of job does with its rows."""

    async def do(self, row: JobRow) -> RowOutcome:
        """The row's effect, the same however often it runs.

        A ``PayOpsError`` is the row's refusal, with its code and message; a retryable one is tried
        again, an ``Unavailable`` until it goes away.
        """
        ...


class IndependentRowWork(RowLoop):
    """Satisfies ``JobHandler``, with no transaction open while a row is done."""

    def __init__(
        self,
        mongo: Mongo,
        jobs: Jobs,
        handler: OwnRowHandler,
        *,
        rows_at_once: int = ROWS_AT_ONCE,
    ) -> None:
        super().__init__(mongo, jobs, handler, lanes=rows_at_once)
        self._handler = handler

    async def _try(self, row: JobRow) -> RowState | None:
        return await self._settle(row, await self._handler.do(row))

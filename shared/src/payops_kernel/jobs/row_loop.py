"""The rows of a job, planned once and then each done until it has an outcome."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, Protocol

from payops_kernel.errors import PayOpsError, Unavailable
from payops_kernel.jobs.job import Job, RowState
from payops_kernel.jobs.row_store import JobRow, JobRows, PlannedRow, RowOutcome
from payops_kernel.jobs.store import Jobs
from payops_kernel.jobs.work import RunningJob
from payops_kernel.logging import get_logger
from payops_kernel.mongo import Mongo, PyMongoError, is_transient
from payops_kernel.mongo.abandoned import end_abandoned_transactions
from payops_kernel.mongo.transactions import retry_delay, until_done

ROWS_A_READ = 500
REFUSAL_TRIES_MAX = 5
"""How often a row is tried whose handler says "later"; a database that is down does not count."""

log = get_logger(__name__)


class PlansRows(Protocol):
    """Knows the rows of a job."""

    def plan(self, job: Job) -> AsyncIterator[Sequence[PlannedRow]]:
        """All rows, in batches. Runs again from the start when it was not finished."""
        ...


class RowLoop(ABC):
    """Plan once, then every row that has no outcome yet, in lanes side by side."""

    def __init__(self, mongo: Mongo, jobs: Jobs, plans: PlansRows, *, lanes: int) -> None:
        self._mongo = mongo
        self._jobs = jobs
        self._rows = JobRows(mongo.db)
        self._plans = plans
        self._lanes = lanes

    @abstractmethod
    async def _try(self, row: JobRow) -> RowState | None:
        """The row's outcome, stored with its effect; None when another process had settled it."""

    async def run(self, running: RunningJob) -> Mapping[str, Any]:
        """Do the rows; the result is empty, for the outcomes are with the rows."""
        if running.job.attempt > 1:
            # Of the process that died: they would hold its rows for a minute.
            await end_abandoned_transactions(self._mongo)
        if not running.job.planned:
            await self._plan(running)
        await self._recount(running)
        try:
            await self._do_all(running)
        finally:
            await self._recount(running)
        return {}

    async def take_back(self, running: RunningJob) -> None:
        """What is done stays done; rows that were not begun are cancelled."""
        await self._rows.cancel_waiting(running.job)
        await self._recount(running)

    async def _plan(self, running: RunningJob) -> None:
        await self._rows.forget(running.job)
        total = 0
        async for batch in self._plans.plan(running.job):
            running.go_on()
            await self._rows.plan(running.job, total + 1, batch)
            total += len(batch)
        running.total = total
        await self._jobs.planned(running.job, total)

    async def _recount(self, running: RunningJob) -> None:
        counts = await self._rows.counts(running.job)
        running.total = sum(counts.values())
        running.done = running.total - counts.pop(RowState.WAITING.value, 0)
        running.counts = counts

    async def _do_all(self, running: RunningJob) -> None:
        after = 0
        while rows := await self._rows.waiting(running.job, after, ROWS_A_READ):
            after = rows[-1].number
            queue = iter(rows)
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self._lanes, len(rows))):
                    group.create_task(self._lane(running, queue))
            running.go_on()

    async def _lane(self, running: RunningJob, queue: Iterator[JobRow]) -> None:
        for row in queue:
            if running.cancelled:
                return
            state = await self._do(row)
            if state is not None:
                running.done += 1
                running.counts[state.value] += 1

    async def _do(self, row: JobRow) -> RowState | None:
        """The row's outcome, stored; None when another process had settled it."""
        refusals = attempt = 0
        while True:
            try:
                return await self._try(row)
            except Unavailable:
                log.warning("job.row_waits", job=row.job.id, row=row.number)
            except PayOpsError as refusal:
                refusals += 1
                if not refusal.retryable or refusals == REFUSAL_TRIES_MAX:
                    return await self._settle(row, RowOutcome.refused(refusal))
            except PyMongoError as error:
                if not is_transient(error):
                    return await self._settle_defect(row, error)
            except Exception as error:  # noqa: BLE001 - logged, and the row says so
                return await self._settle_defect(row, error)
            await asyncio.sleep(retry_delay(attempt))
            attempt += 1

    async def _settle_defect(self, row: JobRow, error: Exception) -> RowState | None:
        log.error("job.row_defect", job=row.job.id, row=row.number, exc_info=error)
        reason = "The row could not be done because of a defect."
        return await self._settle(row, RowOutcome(RowState.FAILED, "unexpected", reason))

    async def _settle(self, row: JobRow, outcome: RowOutcome) -> RowState | None:
        settled = await until_done(lambda: self._rows.settle(row, outcome, None))
        return outcome.state if settled else None

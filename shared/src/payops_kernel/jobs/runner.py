"""Runs jobs in the worker role: any number of processes, each job in one of them at a time."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from payops_kernel.ending import end
from payops_kernel.errors import Miswired, PayOpsError
from payops_kernel.jobs.job import Job, JobState, job_of
from payops_kernel.jobs.store import Jobs
from payops_kernel.jobs.work import CancelRequested, JobHandler, RunningJob
from payops_kernel.logging import get_logger
from payops_kernel.mongo import PyMongoError, is_transient
from payops_kernel.mongo.transactions import retry_delay, until_done
from payops_kernel.ports import Work

LOOK_SECONDS = 1.0
RENEW_SECONDS = 1.0
"""How soon another process's cancel is noticed and progress is seen; well under the lease."""
JOBS_AT_ONCE = 2
"""Jobs that one process runs side by side."""
ATTEMPTS_MAX = 20
"""A job that took so many processes down, or failed so often, is given up."""

log = get_logger(__name__)


class JobRunner:
    """Claims and runs the jobs whose kinds have work registered."""

    def __init__(self, jobs: Jobs, *, renew_seconds: float = RENEW_SECONDS) -> None:
        self.jobs = jobs
        self._work: dict[str, JobHandler] = {}
        self._running: set[RunningJob] = set()
        self._woken = asyncio.Event()
        self.renew_seconds = renew_seconds

    def handle(self, kind: str, work: JobHandler) -> None:
        """Name the work of a kind; jobs of other kinds wait for a process that has it."""
        self._work[kind] = work

    def submit(
        self, unit: Work, kind: str, request: Mapping[str, Any], *, total: int | None = None
    ) -> Job:
        """A queued job of whoever asked for the unit of work; it exists once that is committed.

        Raises ``Miswired`` for a kind that nothing does.
        """
        if kind not in self._work:
            raise Miswired(
                f"nothing does jobs of the kind {kind}: "
                "name what does them with runtime.bulk or jobs.handle in bootstrap"
            )
        queued = self.jobs.queued(kind, unit.context.actor.subject, request, total)
        unit.write(lambda session: self.jobs.collection.insert_one(queued, session=session))
        unit.after_commit(self.wake)
        return job_of(queued)

    def wake(self) -> None:
        """Look for jobs now: one was submitted in this process."""
        self._woken.set()

    def tell_cancelled(self, job_id: str) -> None:
        """Let a job that runs in this process know at once; others notice as they renew."""
        for running in self._running:
            if running.job.id == job_id:
                running.cancel()

    async def run(self) -> None:
        """Run jobs until cancelled; what runs then is given back for another process."""
        async with asyncio.TaskGroup() as group:
            for _ in range(JOBS_AT_ONCE):
                group.create_task(self._lane())

    async def _lane(self) -> None:
        while True:
            try:
                job = await self.jobs.claim(list(self._work))
                if job is not None:
                    await self.run_claimed(job)
                    continue
            except PyMongoError as error:
                log.warning("jobs.database", error=str(error)[:200])
            self._woken.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._woken.wait()

    async def run_claimed(self, job: Job) -> None:
        """Run a job that :meth:`Jobs.claim` gave; its end is stored unless the lease was lost."""
        running = RunningJob(job)
        self._running.add(running)
        log.info("job.started", job=job.id, kind=job.kind, attempt=job.attempt)
        working = asyncio.create_task(self._run(running))
        keeping = asyncio.create_task(self._keep(running))
        try:
            await asyncio.wait({working, keeping}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                log.warning("job.lease_lost", job=job.id)
        except asyncio.CancelledError:
            await end([working])
            with suppress(PyMongoError):
                await asyncio.shield(self.jobs.release(job))
            raise
        finally:
            await end([keeping, working])
            self._running.discard(running)

    async def _run(self, running: RunningJob) -> None:
        job = running.job
        if job.attempt > ATTEMPTS_MAX:
            await self._fail(running, "attempts_exhausted", f"Given up after {ATTEMPTS_MAX} tries.")
            return
        work = self._work[job.kind]
        try:
            result = await work.run(running)
            await self._finish(running, JobState.DONE, result=result)
        except CancelRequested:
            await until_done(lambda: work.take_back(running))
            await self._finish(running, JobState.CANCELLED)
        except PayOpsError as error:
            if error.retryable:
                await self._later(running, error)
            else:
                await self._fail(running, error.code, str(error))
        except PyMongoError as error:
            if is_transient(error):
                await self._later(running, error)
            else:
                await self._defect(running, error)
        except Exception as error:  # noqa: BLE001 - logged, and the job says so
            await self._defect(running, error)

    async def _keep(self, running: RunningJob) -> None:
        """Renew the lease until it is lost: then whatever we would write is not wanted."""
        loop = asyncio.get_running_loop()
        renewed_at = loop.time()
        while loop.time() - renewed_at < self.jobs.lease_ms / 1000:
            await asyncio.sleep(self.renew_seconds)
            asked_at = loop.time()
            try:
                kept = await self.jobs.renew(running)
            except PyMongoError as error:
                log.debug("job.not_renewed", job=running.job.id, error=str(error)[:200])
                continue
            if kept is None:
                return
            renewed_at = asked_at
            if kept.cancel_requested:
                running.cancel()

    async def _later(self, running: RunningJob, error: Exception) -> None:
        log.warning("job.waits", job=running.job.id, error=str(error)[:200])
        await asyncio.sleep(retry_delay(running.job.attempt))
        await self.jobs.release(running.job)

    async def _defect(self, running: RunningJob, error: Exception) -> None:
        log.error("job.defect", job=running.job.id, kind=running.job.kind, exc_info=error)
        await self._fail(running, "unexpected", "The job could not be done because of a defect.")

    async def _fail(self, running: RunningJob, code: str, detail: str) -> None:
        await self._finish(running, JobState.FAILED, error={"code": code, "detail": detail})

    async def _finish(
        self,
        running: RunningJob,
        state: JobState,
        result: Mapping[str, Any] | None = None,
        error: dict[str, str] | None = None,
    ) -> None:
        ours = await until_done(lambda: self.jobs.finish(running, state, result, error))
        log.info("job.ended" if ours else "job.lost", job=running.job.id, state=state)

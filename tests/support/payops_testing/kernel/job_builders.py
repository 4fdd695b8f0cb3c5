"""Jobs over rows that leave a trace each: how often a row's effect happened can be counted."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.clock import PlatformClock
from payops_kernel.errors import PayOpsError
from payops_kernel.jobs.job import Job
from payops_kernel.jobs.row_store import JobRow, JobRows, PlannedRow, RowOutcome
from payops_kernel.jobs.row_work import RowHandler, RowWork
from payops_kernel.jobs.runner import JobRunner
from payops_kernel.jobs.store import INDEXES, Jobs
from payops_kernel.messaging.outbox import INDEXES as OUTBOX_INDEXES
from payops_kernel.mongo import Mongo, ensure_collections
from payops_kernel.ports import CommandContext, Work
from payops_kernel.testing.works import submitted, works_on

KIND = "bulk-refund"
EFFECTS = "effects"
RENEW_SECONDS = 0.05
PLAN_BATCH = 20


class TooMuch(PayOpsError):
    """A refusal."""

    code = "too_much"


class Busy(PayOpsError):
    """Something that goes away."""

    code = "busy"
    retryable = True


class Tracing:
    """A ``RowHandler`` whose effect is one more trace of the row's key."""

    def __init__(self, mongo: Mongo, before: Callable[[JobRow], Any] = lambda row: None) -> None:
        self._effects = mongo.db[EFFECTS]
        self._before = before
        self.begun = 0

    async def plan(self, job: Job) -> AsyncIterator[Sequence[PlannedRow]]:
        """As many rows as the request says."""
        keys = [f"t-{n}" for n in range(job.request["rows"])]
        for start in range(0, len(keys), PLAN_BATCH):
            yield [PlannedRow(key, {"amount": 5}) for key in keys[start : start + PLAN_BATCH]]

    def context(self, row: JobRow) -> CommandContext:
        """Whoever asked for the job."""
        asked = Principal.of(row.job.owner, "Ada", [UserRole.OPERATOR], "")
        return CommandContext(asked, row_key=row.idempotency_key)

    async def do(self, work: Work, row: JobRow) -> RowOutcome:
        """One trace, in the row's transaction."""
        self.begun += 1
        waited = self._before(row)
        if asyncio.iscoroutine(waited):
            await waited
        trace = {"key": row.key, "idempotency_key": work.context.idempotency_key}
        work.write(lambda session: self._effects.insert_one(trace, session=session))
        return RowOutcome(data={"refund_id": f"rf-{row.number}"})


def a_row_work(
    mongo: Mongo,
    jobs: Jobs,
    handler: RowHandler,
    *,
    rows_together: int = 1,
    transactions_at_once: int = 4,
) -> RowWork:
    """Rows in transactions; each in one of its own unless told otherwise."""
    return RowWork(
        mongo,
        works_on(mongo, PlatformClock()),
        jobs,
        handler,
        rows_together=rows_together,
        transactions_at_once=transactions_at_once,
    )


async def a_runner(
    mongo: Mongo, handler: Tracing, *, lease_ms: int = 10_000, rows_at_once: int = 4
) -> JobRunner:
    """A runner with the handler, on collections that exist."""
    await ensure_collections(mongo.db, {**INDEXES, **OUTBOX_INDEXES, EFFECTS: []})
    runner = JobRunner(
        Jobs(mongo.db, "transactions", lease_ms=lease_ms), renew_seconds=RENEW_SECONDS
    )
    work = a_row_work(mongo, runner.jobs, handler, transactions_at_once=rows_at_once)
    runner.handle(KIND, work)
    return runner


async def a_planned_job(mongo: Mongo, runner: JobRunner, handler: RowHandler, *, rows: int) -> Job:
    """A claimed job whose rows are planned, and none of them begun."""
    await submitted(runner.jobs, KIND, "ada", {"rows": rows})
    job = await runner.jobs.claim([KIND])
    assert job is not None
    planned = [row async for batch in handler.plan(job) for row in batch]
    await JobRows(mongo.db).plan(job, 1, planned)
    await runner.jobs.planned(job, len(planned))
    found = await runner.jobs.get(job.id)
    assert found is not None
    return found


async def run_one(runner: JobRunner) -> Job:
    """Claim the next job and run it to its end."""
    job = await runner.jobs.claim([KIND])
    assert job is not None
    await runner.run_claimed(job)
    ended = await runner.jobs.get(job.id)
    assert ended is not None
    return ended


async def traces(mongo: Mongo) -> list[str]:
    """The keys of all effects, with repetitions, in order."""
    return sorted([row["key"] async for row in mongo.db[EFFECTS].find()])


def all_keys(rows: int) -> list[str]:
    """What :func:`traces` gives when every row happened once."""
    return sorted(f"t-{n}" for n in range(rows))

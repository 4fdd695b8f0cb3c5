"""Many rows in one transaction, on a real mongod: each happens once, and comes out as if alone."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from payops_kernel.errors import PayOpsError
from payops_kernel.jobs.job import Job, JobState, RowState
from payops_kernel.jobs.row_store import JobRow, JobRows, RowOutcome
from payops_kernel.jobs.rows_together import RowsTogether
from payops_kernel.jobs.runner import JobRunner
from payops_kernel.jobs.work import CancelRequested, RunningJob
from payops_kernel.mongo import Mongo, Session
from payops_testing.kernel.job_builders import (
    EFFECTS,
    KIND,
    TooMuch,
    Tracing,
    a_runner,
    all_keys,
    run_one,
    traces,
)

TOGETHER = 10


class TracingMany(Tracing):
    """A ``ManyRowsHandler``; ``spoil`` may refuse a row or break a whole transaction."""

    def __init__(self, mongo: Mongo, spoil: Callable[[JobRow], object] = lambda row: None) -> None:
        super().__init__(mongo, spoil)
        self.together: list[int] = []

    async def do_many(self, rows: Sequence[JobRow], session: Session) -> Sequence[RowOutcome]:
        """A trace for each row that is not refused."""
        self.together.append(len(rows))
        outcomes: list[RowOutcome] = []
        for row in rows:
            try:
                self._before(row)
            except PayOpsError as refusal:
                outcomes.append(RowOutcome(RowState.REFUSED, refusal.code, str(refusal)))
            else:
                outcomes.append(RowOutcome(data={"refund_id": f"rf-{row.number}"}))
                await self._effects.insert_one({"key": row.key}, session=session)
        return outcomes


async def a_runner_of_many(mongo: Mongo, handler: TracingMany) -> JobRunner:
    runner = await a_runner(mongo, handler)
    work = RowsTogether(mongo, runner.jobs, handler, rows_together=TOGETHER, transactions_at_once=2)
    runner.handle(KIND, work)
    return runner


async def states_of(mongo: Mongo, job: Job) -> list[str]:
    rows = JobRows(mongo.db).collection.find({"job": job.id}, sort=[("number", 1)])
    return [row["state"] async for row in rows]


async def test_rows_go_together_and_a_refused_one_is_refused_alone(own_mongo: Mongo) -> None:
    def refuse_some(row: JobRow) -> None:
        if row.number % 10 == 0:
            raise TooMuch("More than is left.")

    handler = TracingMany(own_mongo, refuse_some)
    runner = await a_runner_of_many(own_mongo, handler)
    await runner.jobs.submit(KIND, "ada", {"rows": 55})
    job = await run_one(runner)
    assert (job.state, job.done, job.total) == (JobState.DONE, 55, 55)
    assert job.counts == {"SUCCEEDED": 50, "REFUSED": 5}
    assert (handler.together, handler.begun) == ([10] * 5 + [5], 0)
    states = await states_of(own_mongo, job)
    assert [n for n, state in enumerate(states, 1) if state == "REFUSED"] == [10, 20, 30, 40, 50]
    assert (
        len(set(await traces(own_mongo))) == await own_mongo.db[EFFECTS].count_documents({}) == 50
    )


async def test_a_defect_costs_its_row_alone_and_the_others_happen_once(own_mongo: Mongo) -> None:
    def break_one(row: JobRow) -> None:
        if row.number == 13:
            raise ZeroDivisionError

    handler = TracingMany(own_mongo, break_one)
    runner = await a_runner_of_many(own_mongo, handler)
    await runner.jobs.submit(KIND, "ada", {"rows": 30})
    job = await run_one(runner)
    assert (job.state, job.counts) == (JobState.DONE, {"SUCCEEDED": 29, "FAILED": 1})
    assert (await states_of(own_mongo, job))[12] == "FAILED"
    assert handler.begun == TOGETHER  # those that went with it were done again, alone
    assert await traces(own_mongo) == sorted(set(all_keys(30)) - {"t-12"})


async def test_rows_that_another_process_has_settled_are_not_done_again(own_mongo: Mongo) -> None:
    handler = TracingMany(own_mongo)
    runner = await a_runner_of_many(own_mongo, handler)
    await runner.jobs.submit(KIND, "ada", {"rows": 60})
    job = await runner.jobs.claim([KIND])
    assert job is not None
    planned = [row async for batch in handler.plan(job) for row in batch]
    await JobRows(own_mongo.db).plan(job, 1, planned)
    await runner.jobs.planned(job, len(planned))
    job = await runner.jobs.get(job.id)
    assert job is not None
    hands = [RowsTogether(own_mongo, runner.jobs, handler, rows_together=n) for n in (10, 7)]
    await asyncio.gather(*(hand.run(RunningJob(job)) for hand in hands))
    assert await traces(own_mongo) == all_keys(60)
    assert set(await states_of(own_mongo, job)) == {"SUCCEEDED"}


async def test_a_cancel_stops_between_two_transactions(own_mongo: Mongo) -> None:
    handler = TracingMany(own_mongo)
    runner = await a_runner_of_many(own_mongo, handler)
    await runner.jobs.submit(KIND, "ada", {"rows": 60})
    job = await runner.jobs.claim([KIND])
    assert job is not None
    running = RunningJob(job)

    def cancel_at_the_twelfth(row: JobRow) -> None:
        if row.number == 12:
            running.cancel()

    doing = TracingMany(own_mongo, cancel_at_the_twelfth)
    work = RowsTogether(
        own_mongo, runner.jobs, doing, rows_together=TOGETHER, transactions_at_once=1
    )
    with pytest.raises(CancelRequested):
        await work.run(running)
    assert running.counts == {"SUCCEEDED": 20, "CANCELLED": 40}
    assert len(await traces(own_mongo)) == 20

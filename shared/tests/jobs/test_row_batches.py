"""Many rows in one transaction, on a real mongod: each happens once, and comes out as if alone."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from payops_kernel.jobs.job import Job, JobState
from payops_kernel.jobs.row_store import JobRow, JobRows
from payops_kernel.jobs.runner import JobRunner
from payops_kernel.jobs.work import CancelRequested, RunningJob
from payops_kernel.mongo import Mongo, Session
from payops_kernel.testing.works import submitted
from payops_kernel.work import Done, Works
from payops_testing.kernel.job_builders import (
    EFFECTS,
    KIND,
    Busy,
    TooMuch,
    Tracing,
    a_planned_job,
    a_row_work,
    a_runner,
    all_keys,
    run_one,
    traces,
)

TOGETHER = 10


async def a_runner_of_batches(
    mongo: Mongo, handler: Tracing, monkeypatch: pytest.MonkeyPatch
) -> tuple[JobRunner, list[int]]:
    """A runner, and how many rows it has tried in one transaction, each time."""
    runner, sizes = await a_runner(mongo, handler), list[int]()
    work = a_row_work(mongo, runner.jobs, handler, rows_together=TOGETHER, transactions_at_once=2)
    together = Works.together

    async def counted(works: Works, session: Session, asked: Sequence[Any]) -> list[Done[Any]]:
        sizes.append(len(asked))
        return await together(works, session, asked)

    monkeypatch.setattr(Works, "together", counted)
    runner.handle(KIND, work)
    return runner, sizes


async def states_of(mongo: Mongo, job: Job) -> list[str]:
    rows = JobRows(mongo.db).collection.find({"job": job.id}, sort=[("number", 1)])
    return [row["state"] async for row in rows]


async def test_rows_go_together_and_a_refused_one_is_refused_alone(
    own_mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse_some(row: JobRow) -> None:
        if row.number % 10 == 0:
            raise TooMuch("More than is left.")

    handler = Tracing(own_mongo, refuse_some)
    runner, sizes = await a_runner_of_batches(own_mongo, handler, monkeypatch)
    await submitted(runner.jobs, KIND, "ada", {"rows": 55})
    job = await run_one(runner)
    assert (job.state, job.done, job.total) == (JobState.DONE, 55, 55)
    assert job.counts == {"SUCCEEDED": 50, "REFUSED": 5}
    assert sizes == [10] * 5 + [5]
    states = await states_of(own_mongo, job)
    assert [n for n, state in enumerate(states, 1) if state == "REFUSED"] == [10, 20, 30, 40, 50]
    assert (
        len(set(await traces(own_mongo))) == await own_mongo.db[EFFECTS].count_documents({}) == 50
    )


async def test_a_defect_costs_its_row_alone_and_the_others_happen_once(
    own_mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_one(row: JobRow) -> None:
        if row.number == 13:
            raise ZeroDivisionError

    handler = Tracing(own_mongo, break_one)
    runner, sizes = await a_runner_of_batches(own_mongo, handler, monkeypatch)
    await submitted(runner.jobs, KIND, "ada", {"rows": 30})
    job = await run_one(runner)
    assert (job.state, job.counts) == (JobState.DONE, {"SUCCEEDED": 29, "FAILED": 1})
    assert (await states_of(own_mongo, job))[12] == "FAILED"
    # Those that went with it were done again, alone.
    assert sorted(sizes) == [1] * TOGETHER + [TOGETHER] * 3
    assert await traces(own_mongo) == sorted(set(all_keys(30)) - {"t-12"})


async def test_rows_that_another_process_has_settled_are_not_done_again(own_mongo: Mongo) -> None:
    handler = Tracing(own_mongo)
    runner = await a_runner(own_mongo, handler)
    job = await a_planned_job(own_mongo, runner, handler, rows=60)
    hands = [a_row_work(own_mongo, runner.jobs, handler, rows_together=n) for n in (10, 7)]
    await asyncio.gather(*(hand.run(RunningJob(job)) for hand in hands))
    assert await traces(own_mongo) == all_keys(60)
    assert set(await states_of(own_mongo, job)) == {"SUCCEEDED"}


async def test_a_cancel_stops_between_two_transactions(own_mongo: Mongo) -> None:
    handler = Tracing(own_mongo)
    runner = await a_runner(own_mongo, handler)
    await submitted(runner.jobs, KIND, "ada", {"rows": 60})
    job = await runner.jobs.claim([KIND])
    assert job is not None
    running = RunningJob(job)

    def cancel_at_the_twelfth(row: JobRow) -> None:
        if row.number == 12:
            running.cancel()

    doing = Tracing(own_mongo, cancel_at_the_twelfth)
    work = a_row_work(own_mongo, runner.jobs, doing, rows_together=TOGETHER, transactions_at_once=1)
    with pytest.raises(CancelRequested):
        await work.run(running)
    await work.take_back(running)
    assert running.counts == {"SUCCEEDED": 20, "CANCELLED": 40}
    assert len(await traces(own_mongo)) == 20


async def test_a_row_that_is_to_come_again_is_tried_alone_until_it_goes_through(
    own_mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = iter(range(3))

    def busy_at_first(row: JobRow) -> None:
        if row.number == 13 and next(tries, None) is not None:
            raise Busy("Later.")

    handler = Tracing(own_mongo, busy_at_first)
    runner, _ = await a_runner_of_batches(own_mongo, handler, monkeypatch)
    await submitted(runner.jobs, KIND, "ada", {"rows": 20})
    assert (await run_one(runner)).counts == {"SUCCEEDED": 20}
    assert await traces(own_mongo) == all_keys(20)

"""Jobs over rows on a real mongod: each row once, through crashes, cancels and doubles."""

import asyncio
import signal
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from payops_kernel.clock import PlatformClock
from payops_kernel.jobs.job import JobEnded, JobState, RowState
from payops_kernel.jobs.row_store import JobRow, JobRows
from payops_kernel.jobs.row_work import RowWork
from payops_kernel.jobs.runner import JobRunner
from payops_kernel.jobs.work import RunningJob
from payops_kernel.mongo import Mongo
from payops_kernel.mongo.abandoned import end_abandoned_transactions
from payops_kernel.testing import eventually
from payops_kernel.testing.works import submitted, works_on
from payops_testing.kernel.job_builders import (
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

DOOMED = "payops_testing.kernel.doomed_job"
NEVER = 3_600.0


async def test_every_row_is_done_once_and_counted_by_its_outcome(own_mongo: Mongo) -> None:
    def refuse_some(row: JobRow) -> None:
        if row.number % 10 == 0:
            raise TooMuch("More than is left.")

    runner = await a_runner(own_mongo, Tracing(own_mongo, refuse_some))
    await submitted(runner.jobs, KIND, "ada", {"rows": 50})
    job = await run_one(runner)
    assert (job.state, job.done, job.total) == (JobState.DONE, 50, 50)
    assert job.counts == {"SUCCEEDED": 45, "REFUSED": 5}
    assert len(await traces(own_mongo)) == len(set(await traces(own_mongo))) == 45
    refused = await JobRows(own_mongo.db).collection.find_one({"job": job.id, "number": 10})
    assert refused is not None
    assert (refused["key"], refused["code"], refused["reason"]) == (
        "t-9", "too_much", "More than is left.",
    )  # fmt: skip


async def test_what_goes_away_is_tried_again_and_a_defect_fails_its_row_alone(
    own_mongo: Mongo,
) -> None:
    tries: Counter[int] = Counter()

    def stumble(row: JobRow) -> None:
        tries[row.number] += 1
        if row.number == 1 and tries[1] < 3:
            raise Busy("Later.")
        if row.number == 2:
            raise Busy("Never.")
        if row.number == 3:
            raise ZeroDivisionError

    runner = await a_runner(own_mongo, Tracing(own_mongo, stumble))
    await submitted(runner.jobs, KIND, "ada", {"rows": 4})
    job = await run_one(runner)
    assert (job.state, job.counts) == (JobState.DONE, {"SUCCEEDED": 2, "FAILED": 2})
    rows = [row async for row in JobRows(own_mongo.db).collection.find(sort=[("number", 1)])]
    assert [row["code"] for row in rows] == [None, "busy", "unexpected", None]
    assert rows[2]["reason"] == "The row could not be done because of a defect."


@pytest.mark.faults
@pytest.mark.parametrize("where", ["inside", "behind"])
async def test_a_process_that_is_killed_leaves_a_job_that_another_finishes(
    own_mongo: Mongo, mongo_uri: str, where: str
) -> None:
    runner = await a_runner(own_mongo, Tracing(own_mongo))
    job = await submitted(runner.jobs, KIND, "ada", {"rows": 40})
    doomed = await asyncio.create_subprocess_exec(
        sys.executable, "-m", DOOMED, mongo_uri, own_mongo.db.name, where, "17"
    )
    assert await doomed.wait() == -signal.SIGKILL
    # The runner does so too, for what was idle longer than this test has time.
    await end_abandoned_transactions(own_mongo, idle_seconds=0)
    done_before = len(await traces(own_mongo))
    assert 0 < done_before < 40
    claimed = await eventually(lambda: runner.jobs.claim([KIND]))
    assert claimed is not None
    assert (claimed.id, claimed.attempt) == (job.id, 2)
    await runner.run_claimed(claimed)
    ended = await runner.jobs.get(job.id)
    assert ended is not None
    assert (ended.state, ended.counts) == (JobState.DONE, {"SUCCEEDED": 40})
    assert await traces(own_mongo) == all_keys(40)


async def test_a_job_in_two_hands_at_once_does_each_row_once(own_mongo: Mongo) -> None:
    handler = Tracing(own_mongo)
    runner = await a_runner(own_mongo, handler)
    job = await a_planned_job(own_mongo, runner, handler, rows=60)
    hands = [a_row_work(own_mongo, runner.jobs, handler).run(RunningJob(job)) for _ in range(2)]
    await asyncio.gather(*hands)
    assert await traces(own_mongo) == all_keys(60)


async def test_a_cancel_stops_between_two_rows(own_mongo: Mongo) -> None:
    arrived, gate = asyncio.Event(), asyncio.Event()

    async def wait_at_the_third(row: JobRow) -> None:
        if row.number >= 3:
            arrived.set()
            await gate.wait()

    handler = Tracing(own_mongo, wait_at_the_third)
    runner = await a_runner(own_mongo, handler, rows_at_once=1)
    job = await submitted(runner.jobs, KIND, "ada", {"rows": 30})
    running = asyncio.create_task(runner.run())
    await eventually(arrived.is_set)
    asked = await runner.jobs.cancel(job.id)  # as another process does
    assert (asked.state, asked.cancel_requested) == (JobState.RUNNING, True)
    # This one has heard of it once it renewed its lease, began to behind the cancel.
    for _ in range(2):
        until = await lease_end(runner, job.id)
        await eventually(lambda until=until: lease_moved(runner, job.id, until))  # type: ignore[misc]
    gate.set()
    ended = await eventually(
        lambda: runner.jobs.get(job.id), until=lambda found: found is not None and found.state.ended
    )
    assert ended is not None
    assert (ended.state, ended.counts) == (
        JobState.CANCELLED, {"SUCCEEDED": 3, RowState.CANCELLED: 27},
    )  # fmt: skip
    assert await traces(own_mongo) == ["t-0", "t-1", "t-2"]
    with pytest.raises(JobEnded):
        await runner.jobs.cancel(job.id)
    running.cancel()
    await asyncio.wait({running})


async def test_a_job_that_is_cancelled_behind_its_last_row_is_never_done(own_mongo: Mongo) -> None:
    runner = await a_runner(own_mongo, Tracing(own_mongo))
    runner.renew_seconds = NEVER

    class CancelledAtLast(RowWork):
        async def run(self, running: RunningJob) -> Mapping[str, Any]:
            result = await super().run(running)
            await runner.jobs.cancel(running.job.id)
            return result

    works = works_on(own_mongo, PlatformClock())
    runner.handle(KIND, CancelledAtLast(own_mongo, works, runner.jobs, Tracing(own_mongo)))
    await submitted(runner.jobs, KIND, "ada", {"rows": 3})
    ended = await run_one(runner)
    assert (ended.state, ended.counts, ended.result) == (
        JobState.CANCELLED, {"SUCCEEDED": 3}, None,
    )  # fmt: skip


async def test_a_job_that_nobody_runs_is_cancelled_at_once(own_mongo: Mongo) -> None:
    runner = await a_runner(own_mongo, Tracing(own_mongo))
    job = await submitted(runner.jobs, KIND, "ada", {"rows": 3})
    assert (await runner.jobs.cancel(job.id)).state == JobState.CANCELLED
    assert await runner.jobs.claim([KIND]) is None


async def test_a_process_that_stops_in_order_hands_its_job_over_at_once(own_mongo: Mongo) -> None:
    gate = asyncio.Event()

    async def wait(_row: JobRow) -> None:
        await gate.wait()

    handler = Tracing(own_mongo, wait)
    runner = await a_runner(own_mongo, handler)
    job = await submitted(runner.jobs, KIND, "ada", {"rows": 5})
    running = asyncio.create_task(runner.run())
    await eventually(lambda: handler.begun == 4)
    running.cancel()
    await asyncio.wait({running})
    other = await a_runner(own_mongo, Tracing(own_mongo))
    ended = await run_one(other)
    assert (ended.id, ended.state, ended.attempt) == (job.id, JobState.DONE, 1)
    assert await traces(own_mongo) == all_keys(5)


async def test_several_processes_share_the_jobs_and_run_none_twice(own_mongo: Mongo) -> None:
    runners = [await a_runner(own_mongo, Tracing(own_mongo)) for _ in range(3)]
    jobs = [await submitted(runners[0].jobs, KIND, "ada", {"rows": 4}) for _ in range(6)]
    running = [asyncio.create_task(runner.run()) for runner in runners]
    for job in jobs:
        await eventually(
            lambda job=job: runners[0].jobs.get(job.id),  # type: ignore[misc]
            until=lambda found: found is not None and found.state == JobState.DONE,
        )
    for task in running:
        task.cancel()
    await asyncio.wait(running)
    assert await traces(own_mongo) == sorted(all_keys(4) * 6)


async def test_a_row_keeps_one_idempotency_key_however_often_it_is_tried(own_mongo: Mongo) -> None:
    seen: list[str] = []

    def stumble(row: JobRow) -> None:
        seen.append(row.idempotency_key)
        if len(seen) < 3:
            raise Busy("Later.")

    runner = await a_runner(own_mongo, Tracing(own_mongo, stumble))
    job = await submitted(runner.jobs, KIND, "ada", {"rows": 1})
    await run_one(runner)
    assert seen == [f"{job.id}:1"] * 3


async def lease_end(runner: JobRunner, job_id: str) -> datetime:
    """When the job's lease ends, unless it is renewed."""
    found = await runner.jobs.collection.find_one({"_id": job_id})
    assert found is not None
    until: datetime = found["lease"]["until"]
    return until


async def lease_moved(runner: JobRunner, job_id: str, since: datetime) -> bool:
    """Whether it was renewed since."""
    return await lease_end(runner, job_id) > since

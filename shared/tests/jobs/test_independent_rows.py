"""Rows whose effect has transactions of its own: tried outside of any, settled behind it."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClientSession

from payops_kernel.errors import Unavailable
from payops_kernel.jobs import row_loop
from payops_kernel.jobs.independent_rows import IndependentRowWork
from payops_kernel.jobs.job import Job, JobState
from payops_kernel.jobs.row_store import JobRow, JobRows, PlannedRow, RowOutcome
from payops_kernel.jobs.runner import JobRunner
from payops_kernel.jobs.store import INDEXES, Jobs
from payops_kernel.mongo import Mongo, ensure_collections
from payops_kernel.testing.works import submitted
from payops_testing.kernel.job_builders import KIND, Busy, TooMuch, run_one


class Stumbling:
    """Rows that are refused, fail, break or come late, by their number."""

    def __init__(self) -> None:
        self.tries: Counter[int] = Counter()

    async def plan(self, job: Job) -> AsyncIterator[Sequence[PlannedRow]]:
        """Six rows."""
        yield [PlannedRow(f"t-{number}", {}) for number in range(6)]

    async def do(self, row: JobRow) -> RowOutcome:
        """Every way to come out."""
        self.tries[row.number] += 1
        match row.number:
            case 2:
                raise TooMuch("More than is left.")
            case 3:
                raise Busy("Never.")
            case 4:
                raise ZeroDivisionError
            case 5 if self.tries[5] < 2 * row_loop.REFUSAL_TRIES_MAX:
                raise Unavailable("Away for a while.")
        return RowOutcome(data={"made": row.key})


async def test_every_row_is_tried_outside_of_transactions_and_has_its_outcome(
    own_mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_is_opened(*_: Any) -> None:
        raise AssertionError("a transaction was open while a row was done")

    monkeypatch.setattr(AsyncIOMotorClientSession, "start_transaction", none_is_opened)
    await ensure_collections(own_mongo.db, INDEXES)
    rows = Stumbling()
    runner = JobRunner(Jobs(own_mongo.db, "transactions"))
    runner.handle(KIND, IndependentRowWork(own_mongo, runner.jobs, rows))
    await submitted(runner.jobs, KIND, "ada", {})
    job = await run_one(runner)
    assert (job.state, job.counts) == (
        JobState.DONE, {"SUCCEEDED": 3, "REFUSED": 1, "FAILED": 2},
    )  # fmt: skip
    stored = [row async for row in JobRows(own_mongo.db).collection.find(sort=[("number", 1)])]
    assert [(row["state"], row["code"]) for row in stored] == [
        ("SUCCEEDED", None),
        ("REFUSED", "too_much"),
        ("FAILED", "busy"),
        ("FAILED", "unexpected"),
        ("SUCCEEDED", None),
        ("SUCCEEDED", None),
    ]
    assert stored[0]["data"] == {"made": "t-0"}
    assert rows.tries[5] == 2 * row_loop.REFUSAL_TRIES_MAX

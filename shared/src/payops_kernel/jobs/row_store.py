"""The collection ``job_rows``: what a job does one by one, and how each came out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from payops_kernel.errors import PayOpsError
from payops_kernel.jobs.job import Job, RowState
from payops_kernel.jobs.store import KEPT_DAYS, ROWS_COLLECTION
from payops_kernel.mongo import (
    Collection,
    Database,
    Document,
    InsertOne,
    Session,
    UpdateOne,
    expect_counts,
)

NUMBER_DIGITS = 9


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """Something to do: ``key`` is what it is about, as people name it."""

    key: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JobRow:
    """A planned row of a job."""

    job: Job
    number: int
    """From 1, in the order of the plan."""
    key: str
    payload: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Its ``_id``."""
        return _row_id(self.job.id, self.number)

    @property
    def idempotency_key(self) -> str:
        """``job:row``: the same however often the row is tried."""
        return f"{self.job.id}:{self.number}"


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """How a row came out. ``code`` and ``reason`` say why it was refused or failed."""

    state: RowState = RowState.SUCCEEDED
    code: str | None = None
    reason: str | None = None
    data: Mapping[str, Any] | None = None
    """What the row made, such as an id; shown with the row."""

    @classmethod
    def refused(cls, refusal: PayOpsError) -> "RowOutcome":
        """A rule said no; or, of what another try might have escaped, no try did."""
        state = RowState.FAILED if refusal.retryable else RowState.REFUSED
        return cls(state, refusal.code, str(refusal))


class JobRows:
    """The rows of all jobs of a service."""

    def __init__(self, db: Database) -> None:
        self.collection: Collection = db[ROWS_COLLECTION]

    async def forget(self, job: Job) -> None:
        """Delete a plan that was not finished: none of its rows was begun."""
        await self.collection.delete_many({"job": job.id})

    async def plan(self, job: Job, first_number: int, rows: Sequence[PlannedRow]) -> None:
        """Store planned rows."""
        expires_at = datetime.now(UTC) + timedelta(days=KEPT_DAYS)
        await self.collection.bulk_write(
            [
                InsertOne(
                    {
                        "_id": _row_id(job.id, number),
                        "job": job.id,
                        "number": number,
                        "key": row.key,
                        "state": RowState.WAITING.value,
                        "payload": dict(row.payload),
                        "expires_at": expires_at,
                    }
                )
                for number, row in enumerate(rows, first_number)
            ],
            ordered=False,
        )

    async def waiting(self, job: Job, after: int, limit: int) -> list[JobRow]:
        """The next rows without an outcome, behind a number."""
        found = self.collection.find(
            {"job": job.id, "state": RowState.WAITING.value, "number": {"$gt": after}},
            sort=[("number", 1)],
            limit=limit,
        )
        return [JobRow(job, row["number"], row["key"], row["payload"]) async for row in found]

    async def settle(self, row: JobRow, outcome: RowOutcome, session: Session | None) -> bool:
        """Give a waiting row its outcome; False when it has one.

        In the transaction of the row's effect: two that try one row at once conflict here.
        """
        changed = await self.collection.update_one(*_settling(row, outcome), session=session)
        return bool(changed.matched_count)

    async def settle_many(
        self, settled: Sequence[tuple[JobRow, RowOutcome]], session: Session
    ) -> None:
        """Give waiting rows their outcomes; raises ``VersionConflict`` when one has its own."""
        changed = await self.collection.bulk_write(
            [UpdateOne(*_settling(row, outcome)) for row, outcome in settled],
            ordered=False,
            session=session,
        )
        expect_counts(changed, inserted=0, matched=len(settled))

    async def cancel_waiting(self, job: Job) -> None:
        """Give all rows that were not begun the outcome *cancelled*."""
        await self.collection.update_many(
            {"job": job.id, "state": RowState.WAITING.value},
            {"$set": {"state": RowState.CANCELLED.value, "done_at": datetime.now(UTC)}},
        )

    async def counts(self, job: Job) -> Counter[str]:
        """How many rows are in each state."""
        found = self.collection.aggregate(
            [
                {"$match": {"job": job.id}},
                {"$group": {"_id": "$state", "rows": {"$sum": 1}}},
            ]
        )
        return Counter({row["_id"]: row["rows"] async for row in found})


def _settling(row: JobRow, outcome: RowOutcome) -> tuple[Document, Document]:
    changes = {
        "state": outcome.state.value,
        "code": outcome.code,
        "reason": outcome.reason,
        "data": None if outcome.data is None else dict(outcome.data),
        "done_at": datetime.now(UTC),
    }
    return {"_id": row.id, "state": RowState.WAITING.value}, {"$set": changes}


def _row_id(job_id: str, number: int) -> str:
    return f"{job_id}/{number:0{NUMBER_DIGITS}d}"

"""The collection ``jobs``: claims by compare-and-set, leases on server time (``$$NOW``)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from payops_kernel.jobs.ids import time_ordered_id
from payops_kernel.jobs.job import Job, JobEnded, JobState, job_of
from payops_kernel.jobs.work import CancelRequested, RunningJob
from payops_kernel.mongo import (
    AFTER,
    ASCENDING,
    Collection,
    Database,
    Document,
    IndexModel,
    Session,
)

COLLECTION = "jobs"
ROWS_COLLECTION = "job_rows"
LEASE_MS = 10_000
KEPT_DAYS = 30
"""How long a job and its rows can be looked up."""

INDEXES: dict[str, list[IndexModel]] = {
    COLLECTION: [
        IndexModel([("state", ASCENDING), ("_id", ASCENDING)], name="state"),
        IndexModel([("owner", ASCENDING), ("_id", ASCENDING)], name="owner"),
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    ],
    ROWS_COLLECTION: [
        IndexModel([("job", ASCENDING), ("number", ASCENDING)], name="number"),
        IndexModel(
            [("job", ASCENDING), ("state", ASCENDING), ("number", ASCENDING)], name="state_number"
        ),
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    ],
}

_OPEN = [JobState.QUEUED.value, JobState.RUNNING.value]
_FREE = {"$lt": [{"$ifNull": ["$lease.until", "$$NOW"]}, {"$add": ["$$NOW", 1]}]}


class Jobs:
    """A service's jobs."""

    def __init__(self, db: Database, service: str, *, lease_ms: int = LEASE_MS) -> None:
        self.collection: Collection = db[COLLECTION]
        self.service = service
        self.lease_ms = lease_ms

    def queued(
        self, kind: str, owner: str, request: Mapping[str, Any], total: int | None = None
    ) -> Document:
        """A job that nobody has begun, as it is to be stored."""
        now = datetime.now(UTC)
        return {
            "_id": time_ordered_id(self.service),
            "kind": kind,
            "owner": owner,
            "state": JobState.QUEUED.value,
            "request": dict(request),
            "progress": {"done": 0, "total": total},
            "counts": {},
            "created_at": now,
            "expires_at": now + timedelta(days=KEPT_DAYS),
        }

    async def get(self, job_id: str) -> Job | None:
        """The job with this id."""
        found = await self.collection.find_one({"_id": job_id})
        return None if found is None else job_of(found)

    async def look(self, job_id: str, session: Session | None = None) -> Job | None:
        """The same without its request, which may name many thousands of rows: for who polls."""
        found = await self.collection.find_one({"_id": job_id}, {"request": 0}, session=session)
        return None if found is None else job_of(found)

    async def cancel(self, job_id: str, session: Session | None = None) -> Job:
        """Ask for the end of an open job: at once when nobody runs it, else between two rows.

        Raises :class:`JobEnded`.
        """
        waiting = {"$eq": ["$state", JobState.QUEUED.value]}
        found = await self.collection.find_one_and_update(
            {"_id": job_id, "state": {"$in": _OPEN}},
            [
                {
                    "$set": {
                        "cancel_requested": True,
                        "finished_at": {"$cond": [waiting, "$$NOW", "$finished_at"]},
                        "state": {"$cond": [waiting, JobState.CANCELLED.value, "$state"]},
                    }
                }
            ],
            return_document=AFTER,
            session=session,
        )
        if found is None:
            raise JobEnded("The job has ended; there is nothing left to cancel.")
        return job_of(found)

    async def cancel_all(self, session: Session) -> None:
        """End every open job: at once when no living process runs it."""
        await self.collection.update_many(
            {"state": {"$in": _OPEN}, "$expr": _FREE},
            [
                {
                    "$set": {
                        "cancel_requested": True,
                        "finished_at": "$$NOW",
                        "state": JobState.CANCELLED.value,
                    }
                }
            ],
            session=session,
        )
        await self.collection.update_many(
            {"state": {"$in": _OPEN}}, {"$set": {"cancel_requested": True}}, session=session
        )

    async def claim(self, kinds: Sequence[str]) -> Job | None:
        """The oldest open job of these kinds that no living process runs, now ours."""
        found = await self.collection.find_one_and_update(
            {"state": {"$in": _OPEN}, "kind": {"$in": list(kinds)}, "$expr": _FREE},
            [
                {
                    "$set": {
                        "state": JobState.RUNNING.value,
                        "attempt": {"$add": [{"$ifNull": ["$attempt", 0]}, 1]},
                        "started_at": {"$ifNull": ["$started_at", "$$NOW"]},
                        "lease": {
                            "claim": uuid4().hex,
                            "until": {"$add": ["$$NOW", self.lease_ms]},
                        },
                    }
                }
            ],
            sort=[("_id", ASCENDING)],
            return_document=AFTER,
        )
        return None if found is None else job_of(found)

    async def renew(self, running: RunningJob) -> Job | None:
        """Keep the lease and write the progress; None when the job is no longer ours."""
        # Every second: without the request, which may name many thousands of rows.
        found = await self.collection.find_one_and_update(
            _ours(running.job),
            [
                {
                    "$set": {
                        "lease.until": {"$add": ["$$NOW", self.lease_ms]},
                        **_literals(_progress(running)),
                    }
                }
            ],
            projection={"request": 0},
            return_document=AFTER,
        )
        return None if found is None else job_of(found | {"request": running.job.request})

    async def release(self, job: Job) -> None:
        """Give the lease back, so that another process can take the job up at once.

        The attempt does not count: only those that took their process down do.
        """
        # Without its claim no renewal matches that a cancelled task still had on its way: it
        # would take the lease back for the process that has just let go of it.
        given_back = {
            "lease.claim": None,
            "lease.until": "$$NOW",
            "attempt": {"$subtract": ["$attempt", 1]},
        }
        await self.collection.update_one(_ours(job), [{"$set": given_back}])

    async def planned(self, job: Job, total: int) -> bool:
        """Note that all rows are there; False when the job is no longer ours."""
        changed = await self.collection.update_one(
            _ours(job), {"$set": {"planned": True, "progress.total": total}}
        )
        return bool(changed.matched_count)

    async def finish(
        self,
        running: RunningJob,
        state: JobState,
        result: Mapping[str, Any] | None = None,
        error: Mapping[str, str] | None = None,
    ) -> bool:
        """End the job; False when it is no longer ours, and nothing was changed.

        Raises :class:`CancelRequested` for one that was cancelled and would be done.
        """
        ended = {
            "state": state.value,
            "result": None if result is None else dict(result),
            "error": None if error is None else dict(error),
            **_progress(running),
        }
        going_on = {"cancel_requested": {"$ne": True}} if state is JobState.DONE else {}
        changed = await self.collection.update_one(
            _ours(running.job) | going_on,
            [{"$set": {"finished_at": "$$NOW", **_literals(ended)}}],
        )
        if going_on and not changed.matched_count and await self.renew(running) is not None:
            raise CancelRequested
        return bool(changed.matched_count)


def _ours(job: Job) -> Document:
    return {"_id": job.id, "state": JobState.RUNNING.value, "lease.claim": job.claim}


def _progress(running: RunningJob) -> Document:
    progress = {"done": running.done, "total": running.total}
    return {"progress": progress, "counts": dict(running.counts)}


def _literals(fields: Mapping[str, Any]) -> Document:
    # A text that begins with $ would be read as an expression.
    return {name: {"$literal": value} for name, value in fields.items()}

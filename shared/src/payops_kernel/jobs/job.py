"""A job as everybody sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from payops_kernel.errors import NotFound, PayOpsError


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    """Every row has an outcome, refusals among them."""
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def ended(self) -> bool:
        """Whether nothing more happens to the job."""
        return self not in {JobState.QUEUED, JobState.RUNNING}


class RowState(StrEnum):
    """How a row of a job came out."""

    WAITING = "WAITING"
    SUCCEEDED = "SUCCEEDED"
    REFUSED = "REFUSED"
    """A rule said no; the reason says why."""
    FAILED = "FAILED"
    """It could not be tried to the end; the reason says why."""
    CANCELLED = "CANCELLED"
    """The job was cancelled before the row was begun."""


class JobNotFound(NotFound):
    """There is no such job, or it is somebody else's."""

    code = "job_not_found"


class JobEnded(PayOpsError):
    """The job cannot be cancelled any more."""

    code = "job_ended"
    title = "The job has ended"
    status = 409


@dataclass(frozen=True, slots=True)
class Job:
    """One job. ``request`` is frozen when it is submitted."""

    id: str
    kind: str
    owner: str
    """Subject of the principal who asked for it."""
    state: JobState
    request: Mapping[str, Any]
    done: int
    total: int | None
    """Rows to do; None while that is not known."""
    counts: Mapping[str, int]
    """Rows by outcome."""
    cancel_requested: bool
    attempt: int
    """How often a worker began or took up the job."""
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    result: Mapping[str, Any] | None
    error: Mapping[str, str] | None
    planned: bool
    claim: str | None


def job_of(document: Mapping[str, Any]) -> Job:
    """The job in its stored document, which may have been read without its request."""
    return Job(
        id=document["_id"],
        kind=document["kind"],
        owner=document["owner"],
        state=JobState(document["state"]),
        request=document.get("request", {}),
        done=document["progress"]["done"],
        total=document["progress"]["total"],
        counts=document.get("counts", {}),
        cancel_requested=document.get("cancel_requested", False),
        attempt=document.get("attempt", 0),
        created_at=document["created_at"],
        started_at=document.get("started_at"),
        finished_at=document.get("finished_at"),
        result=document.get("result"),
        error=document.get("error"),
        planned=document.get("planned", False),
        claim=(document.get("lease") or {}).get("claim"),
    )


_INNER = {"id", "request", "done", "total", "attempt", "planned", "claim"}


def job_body(job: Job) -> dict[str, Any]:
    """As the routes of jobs answer it, a ``JobOut``."""
    progress = {"done": job.done, "total": job.total}
    return {"job_id": job.id, "progress": progress} | {
        each.name: getattr(job, each.name) for each in fields(job) if each.name not in _INNER
    }

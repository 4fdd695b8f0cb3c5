"""Looking a job up and cancelling it: its owner and admins may, for others it does not exist."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.http.lists import COUNT_CAP as LIST_COUNT_CAP
from payops_kernel.http.lists import ListResource, Page, PageRequest, SortField
from payops_kernel.jobs.job import Job, JobNotFound, job_body
from payops_kernel.jobs.runner import JobRunner
from payops_kernel.jobs.store import ROWS_COLLECTION, Jobs
from payops_kernel.lists.reads import page_of
from payops_kernel.mongo import Session, count_up_to, find_rows
from payops_kernel.ports import CommandAnswer, Work

JOBS = ListResource("jobs", {"created_at": SortField("_id")}, "-created_at")
"""Ids are in the order of time."""
JOB_ROWS = ListResource("job_rows", {"number": SortField("number")}, "number")
COUNT_CAP = 200_000
ROWS_A_READ = 500
ROW_FIELDS = dict.fromkeys(("number", "key", "state", "code", "reason", "data", "done_at"), 1)


def may_see(caller: Principal, owner: str) -> bool:
    """Whether something that somebody asked for is this caller's to look at."""
    return caller.subject == owner or caller.may(UserRole.ADMIN)


@dataclass(frozen=True, slots=True)
class JobsAsked:
    """Which jobs of a list a caller asks for."""

    conditions: Mapping[str, Any]
    caller: Principal
    mine: bool
    """The caller's own alone, for admins too."""
    older_than: str | None
    """What an id has behind its service's name."""
    newer_than: str | None

    def query(self, service: str) -> dict[str, Any]:
        """As MongoDB takes it: nobody but admins sees what others asked for."""
        own = self.mine or not self.caller.may(UserRole.ADMIN)
        places = {"$lt": self.older_than, "$gt": self.newer_than}
        bounds = {op: f"{service}-{at}" for op, at in places.items() if at is not None}
        return {
            **self.conditions,
            **({"owner": self.caller.subject} if own else {}),
            **({"_id": bounds} if bounds else {}),
        }


class JobReads:
    """The use case behind the routes that look jobs up."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._rows = jobs.collection.database[ROWS_COLLECTION]

    async def one(self, job_id: str, caller: Principal, session: Session | None = None) -> Job:
        """The job less its request; raises :class:`JobNotFound`, for other people's jobs too."""
        job = await self._jobs.look(job_id, session)
        if job is None or not may_see(caller, job.owner):
            raise JobNotFound(f"There is no job '{job_id}' of yours.")
        return job

    async def page(self, asked: JobsAsked, page: PageRequest) -> Page:
        """A page of jobs without their requests."""
        jobs, query = self._jobs.collection, asked.query(self._jobs.service)

        async def count() -> int | None:
            return await count_up_to(jobs, query, LIST_COUNT_CAP + 1)

        return await page_of(jobs, page, query, {"request": 0}, count)

    async def rows(self, job: Job, asked: Mapping[str, Any], page: PageRequest) -> Page:
        """A page of the job's rows that meet the conditions asked for."""
        query = {"job": job.id, **asked}

        async def count() -> int | None:
            # A job's rows are counted to the last: there are as many as were selected.
            return await count_up_to(self._rows, query, COUNT_CAP + 1)

        return await page_of(self._rows, page, query, ROW_FIELDS, count, cap=COUNT_CAP)

    async def every_row(self, job: Job) -> AsyncIterator[list[dict[str, Any]]]:
        """All rows of the job, in its order, in batches: for a file about them."""
        after = 0
        while rows := await find_rows(
            self._rows,
            {"job": job.id, "number": {"$gt": after}},
            sort=[("number", 1)],
            limit=ROWS_A_READ,
            projection=ROW_FIELDS,
        ):
            yield rows
            after = rows[-1]["number"]


class CancelJob:
    """The use case behind ``DELETE /v1/jobs/{id}``: a person's write, with its audit record."""

    def __init__(self, runner: JobRunner) -> None:
        self._runner = runner
        self._reads = JobReads(runner.jobs)

    async def __call__(self, work: Work, job_id: str) -> CommandAnswer:
        """202 and the job, its end asked for; asking again changes and records nothing.

        Raises ``JobNotFound`` or ``JobEnded``.
        """
        actor = work.context.actor
        before = await work.read(lambda session: self._reads.one(job_id, actor, session))
        after = before
        if not before.cancel_requested:
            # mongod's clock says when it ended. Written at once, which is sound here: the command
            # is about no subject, so it is alone in its transaction, and a refusal aborts that.
            after = await work.read(lambda session: self._runner.jobs.cancel(job_id, session))
            work.after_commit(lambda: self._runner.tell_cancelled(job_id))
            work.audit("job.cancel", "job", job_id, before=_told(before), after=_told(after))
        return CommandAnswer(HTTPStatus.ACCEPTED, job_body(after))


def _told(job: Job) -> dict[str, Any]:
    return {"state": job.state, "cancel_requested": job.cancel_requested}

"""``GET /v1/jobs``, one job, its rows, ``DELETE`` to cancel, and the answer 202 that names one.

A job belongs to whoever asked for it: its owner and admins see and cancel it, for others it does
not exist (404).
"""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from payops_kernel.auth.dependencies import ViewerCaller
from payops_kernel.http.announcing import refusals
from payops_kernel.http.commands import command_response, keyless_context
from payops_kernel.http.cursors import CursorCodec
from payops_kernel.http.given import OrAbsent, Yes, seen
from payops_kernel.http.paths import PathId
from payops_kernel.http.queries import ListQuery, PageOut
from payops_kernel.http.responses import JsonResponse
from payops_kernel.jobs.job import JobState, RowState, job_body, job_of
from payops_kernel.jobs.reads import (
    JOB_ROWS,
    JOBS,
    ROW_FIELDS,
    CancelJob,
    JobReads,
    JobsAsked,
)
from payops_kernel.jobs.runner import JobRunner
from payops_kernel.jobs.store import Jobs
from payops_kernel.lists.filters import Filters, Several
from payops_kernel.ports import CommandAnswer, RunsCommands


class Progress(BaseModel):
    """How far a job is."""

    done: int
    total: int | None = Field(description="Null while that is not known.")


class JobError(BaseModel):
    """Why a job failed."""

    code: str
    detail: str


class JobOut(BaseModel):
    """A job on the wire."""

    job_id: str
    kind: str
    owner: str = Field(description="Subject of the token that asked for it.")
    state: JobState
    progress: Progress
    counts: dict[str, int] = Field(description="Rows by outcome.")
    cancel_requested: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    result: dict[str, Any] | None = Field(description="What the job made, once it is done.")
    error: JobError | None


class JobRowOut(BaseModel):
    """A row of a job on the wire."""

    number: int
    key: str = Field(description="What the row is about, such as a transaction ID.")
    state: RowState
    code: str | None = Field(description="Why the row was refused or failed.")
    reason: str | None
    data: dict[str, Any] | None = Field(description="What the row made.")
    done_at: datetime | None


JobNumber = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]


class JobFilters(Filters):
    """Which jobs; several values of one filter are alternatives, several filters all hold."""

    kind: Several[Annotated[str, seen(64)]] = Field(default_factory=list)
    state: Several[JobState] = Field(default_factory=list)
    mine: Annotated[
        OrAbsent[Yes], Field(description="The caller's own; all but admins see no others anyway.")
    ] = None


class JobQuery(JobFilters, ListQuery):
    """Which page of a service's jobs."""

    older_than: Annotated[
        OrAbsent[JobNumber], Field(description="What an ID has behind its service's name.")
    ] = None
    newer_than: Annotated[OrAbsent[JobNumber], Field(description="The same, the other way.")] = None


class JobRowQuery(Filters, ListQuery):
    """Which rows."""

    state: Several[RowState] = Field(default_factory=list)


def job_accepted(answer: CommandAnswer) -> Response:
    """The answer of a command that submitted a job, and where the job can be looked at."""
    response = command_response(answer)
    response.headers["Location"] = f"/v1/jobs/{answer.body['job_id']}"
    return response


def job_list_routes(jobs: Jobs, cursors: CursorCodec) -> APIRouter:
    """The list of a service's jobs."""
    reads = JobReads(jobs)
    router = APIRouter(prefix="/v1", tags=["jobs"])

    @router.get("/jobs", response_model=PageOut[JobOut])
    async def list_jobs(caller: ViewerCaller, query: Annotated[JobQuery, Query()]) -> Response:
        """Jobs, newest first: the caller's own, and everybody's for admins."""
        page = JOBS.open(
            cursors,
            filters=query.filters(),
            limit=query.limit,
            sort=query.sort,
            cursor=query.cursor,
        )
        asked = JobsAsked(
            query.condition(), caller, query.mine is not None, query.older_than, query.newer_than
        )
        found = await reads.page(asked, page)
        return JsonResponse(found.body(lambda row: job_body(job_of(row))))

    return router


def job_routes(
    runner: JobRunner, commands: RunsCommands, cursors: CursorCodec, own_ids: str = ""
) -> APIRouter:
    """The routes of one job. ``own_ids`` as :func:`id_made_by` says, where others' pass through."""
    reads, cancel = JobReads(runner.jobs), CancelJob(runner)
    router = APIRouter(prefix="/v1", tags=["jobs"], include_in_schema=not own_ids)
    one = f"/jobs/{{job_id{own_ids}}}"

    @router.get(one, response_model=JobOut)
    async def get_job(job_id: PathId, caller: ViewerCaller) -> JsonResponse:
        """A job's state and progress; its owner's and admins' only."""
        return JsonResponse(job_body(await reads.one(job_id, caller)))

    @router.get(one + "/rows", response_model=PageOut[JobRowOut])
    async def list_job_rows(
        job_id: PathId, caller: ViewerCaller, query: Annotated[JobRowQuery, Query()]
    ) -> Response:
        """What became of each row of a job, in the order of the job."""
        job = await reads.one(job_id, caller)
        page = JOB_ROWS.open(
            cursors,
            filters={"job": job.id, **query.filters()},
            limit=query.limit,
            sort=query.sort,
            cursor=query.cursor,
        )
        found = await reads.rows(job, query.condition(), page)
        return JsonResponse(found.body(_row_body))

    @router.delete(
        one,
        response_model=JobOut,
        status_code=HTTPStatus.ACCEPTED,
        responses=refusals(409),
    )
    async def cancel_job(job_id: PathId, caller: ViewerCaller) -> Response:
        """Cancel a job: what is done stays done, rows that were not begun are left alone."""
        context = keyless_context(caller)
        return command_response(await commands.run(context, lambda work: cancel(work, job_id)))

    return router


def _row_body(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row.get(name) for name in ROW_FIELDS}

"""``GET /v1/jobs``: the jobs of every service as one list, and whose are missing."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from gateway.api.admission import Admission
from gateway.clients.parts import Missing, ask, part
from gateway.clients.services import ServiceClient
from gateway.use_cases.merge_jobs import (
    MERGED_JOBS,
    AskedOfEach,
    asked_of_each,
    merged,
    shown,
    with_totals,
)
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.http.announcing import refusals
from payops_kernel.http.cursors import CursorCodec
from payops_kernel.http.queries import ListQuery, PageOut
from payops_kernel.http.responses import JsonResponse
from payops_kernel.jobs.job import job_body, job_of
from payops_kernel.jobs.reads import JOBS, JobReads, JobsAsked
from payops_kernel.jobs.routes import JobFilters, JobOut

JOBS_PATH = "/v1/jobs"


class AllJobsQuery(JobFilters, ListQuery):
    """Which page of them."""


class MissingOut(BaseModel):
    """A service that did not give its part."""

    service: str
    detail: str


class AllJobsOut(PageOut[JobOut]):
    """Jobs of every service that answered."""

    missing: list[MissingOut] = Field(description="Services whose jobs are not in here.")


class AllJobs:
    """Asks each service that has jobs, the gateway itself among them."""

    def __init__(
        self, services: Mapping[str, ServiceClient], own: JobReads, name: str, cursors: CursorCodec
    ) -> None:
        """``name`` is the gateway's own."""
        self._services = services
        self._own = own
        self._name = name
        self._cursors = cursors

    async def body(self, query: AllJobsQuery, caller: Principal) -> dict[str, Any]:
        """A page of all jobs, an ``AllJobsOut``."""
        page = MERGED_JOBS.open(
            self._cursors,
            filters=query.filters(),
            limit=query.limit,
            sort=query.sort,
            cursor=query.cursor,
        )
        each = asked_of_each(page)
        found = await self._parts(query, each, caller)
        missing = [one for one in found if isinstance(one, Missing)]
        parts = [one for one in found if not isinstance(one, Missing)]
        counted = parts
        if page.cursor is not None:  # what lies before the page counts too
            again = await self._parts(query, AskedOfEach(each.sort, 1), caller)
            counted = [one for one in again if not isinstance(one, Missing)]
        whole = with_totals(merged(page, parts), counted)
        return {**whole.body(shown), "missing": [asdict(one) for one in missing]}

    async def _parts(
        self, query: AllJobsQuery, each: AskedOfEach, caller: Principal
    ) -> list[dict[str, Any] | Missing]:
        asked = list(_parameters(query.filters() | each.query()))
        parts = [part(self._name, self._own_part(query, each, caller))]
        for name, service in self._services.items():
            parts.append(part(name, ask(service, JOBS_PATH, asked, caller)))
        return await asyncio.gather(*parts)

    async def _own_part(
        self, query: AllJobsQuery, each: AskedOfEach, caller: Principal
    ) -> dict[str, Any]:
        asked = JobsAsked(
            query.condition(), caller, query.mine is not None, each.older_than, each.newer_than
        )
        page = JOBS.open(self._cursors, filters={}, limit=each.limit, sort=each.sort)
        return (await self._own.page(asked, page)).body(lambda row: job_body(job_of(row)))


def all_job_routes(admit: Admission, jobs: AllJobs) -> APIRouter:
    """The merged list."""
    routes = APIRouter(prefix="/v1", tags=["jobs"])

    @routes.get("/jobs", response_model=AllJobsOut, responses=refusals(429))
    async def list_all_jobs(
        query: Annotated[AllJobsQuery, Query()],
        caller: Annotated[Principal, Depends(admit(UserRole.VIEWER))],
    ) -> Response:
        """Jobs of every service, newest first: the caller's own, and everybody's for admins."""
        return JsonResponse(await jobs.body(query, caller))

    return routes


def _parameters(asked: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = []
    for name, value in asked.items():
        for each in value if isinstance(value, list) else [value]:
            found.append((name, "true" if each is True else str(each)))
    return found

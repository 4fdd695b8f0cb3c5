"""Records of the services, and of the gateway's own lists, as a search finds them."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

from gateway.clients.parts import Missing, ask, part
from gateway.clients.services import ServiceClient
from gateway.use_cases.search import SHOWN_MAX, Found, Unanswered
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.errors import NotFound
from payops_kernel.http.cursors import CursorCodec
from payops_kernel.http.paths import encoded_id
from payops_kernel.jobs.ids import service_of
from payops_kernel.jobs.job import job_body
from payops_kernel.jobs.reads import JobReads
from payops_kernel.lists.declared import DeclaredList
from payops_kernel.lists.reads import ListReads


class OfAService:
    """Rows of a service's list, by its filters ``q`` and ``row_id``."""

    role = UserRole.VIEWER

    def __init__(self, kind: str, row_id: str, service: ServiceClient) -> None:
        self.kind, self.row_id = kind, row_id
        self._service = service

    async def by_text(self, text: str, caller: Principal) -> Found | Unanswered:
        """As the list finds it."""
        return await self.rows([("q", text), ("limit", str(SHOWN_MAX))], caller)

    async def by_ids(self, ids: Sequence[str], caller: Principal) -> Found | Unanswered:
        """Exactly these."""
        asked = [(self.row_id, each) for each in ids]
        return await self.rows([*asked, ("limit", str(len(ids)))], caller)

    async def rows(
        self, query: list[tuple[str, str]], caller: Principal, until: float | None = None
    ) -> Found | Unanswered:
        """A page of the list."""
        asked = ask(self._service, f"/v1/{self.kind}", query, caller)
        return _found(await part(self._service.name, asked, until))


class OfOwnList:
    """Rows of a list that lies in the gateway's own database."""

    def __init__(
        self, name: str, declared: DeclaredList, reads: ListReads, row_id: str, path: str,
        cursors: CursorCodec,
    ) -> None:  # fmt: skip
        """``name`` is the gateway's; ``path`` is where a row's ``row_id`` is stored."""
        self.kind, self.row_id, self.role = declared.name, row_id, declared.role
        self._name, self._list, self._reads = name, declared, reads
        self._path, self._cursors = path, cursors

    async def by_text(self, text: str, caller: Principal) -> Found | Unanswered:
        """As the list finds it."""
        asked = self._list.filters.model_validate({"q": text})
        return _found(await part(self._name, self._page(asked.condition(), SHOWN_MAX)))

    async def by_ids(self, ids: Sequence[str], caller: Principal) -> Found | Unanswered:
        """Exactly these; the newest of each, for an id may have many rows."""
        asked = [part(self._name, self._page({self._path: each}, 1)) for each in ids]
        answers = await asyncio.gather(*asked)
        missing = next((each for each in answers if isinstance(each, Missing)), None)
        if missing is not None:
            return _found(missing)
        rows = [row for each in answers if not isinstance(each, Missing) for row in each["items"]]
        return Found(rows, len(rows))

    async def _page(self, conditions: dict[str, Any], limit: int) -> dict[str, Any]:
        asked = self._list.open(self._cursors, filters={"found by": conditions}, limit=limit)
        return (await self._reads.page(conditions, asked)).body(self._list.present)


class OfJobs:
    """Jobs, by their ids alone: they are the caller's own, or an admin's to see."""

    kind, row_id, role = "jobs", "job_id", UserRole.VIEWER

    def __init__(self, name: str, own: JobReads, services: Mapping[str, ServiceClient]) -> None:
        """``name`` is the gateway's, ``services`` are those that have jobs."""
        self._name, self._own, self._services = name, own, services

    async def by_text(self, text: str, caller: Principal) -> Found | Unanswered:
        """The job with this id."""
        return await self.by_ids([text], caller)

    async def by_ids(self, ids: Sequence[str], caller: Principal) -> Found | Unanswered:
        """Those of the ids that are of jobs."""
        asked = [
            part(service_of(each), question)
            for each in ids
            if (question := self._question(each, caller)) is not None
        ]
        rows = []
        for answer in await asyncio.gather(*asked):
            if isinstance(answer, Missing):
                return Unanswered(answer.service, answer.detail)
            if answer is not None:
                rows.append(answer)
        return Found(rows, len(rows))

    def _question(self, job_id: str, caller: Principal) -> Awaitable[Any] | None:
        name = service_of(job_id)
        if name == self._name:
            return self._own_job(job_id, caller)
        if name in self._services:
            return ask(self._services[name], f"/v1/jobs/{encoded_id(job_id)}", (), caller)
        return None

    async def _own_job(self, job_id: str, caller: Principal) -> dict[str, Any] | None:
        try:
            return job_body(await self._own.one(job_id, caller))
        except NotFound:
            return None


def _found(answer: Mapping[str, Any] | Missing | None) -> Found | Unanswered:
    if isinstance(answer, Missing):
        return Unanswered(answer.service, answer.detail)
    if answer is None:
        return Found([], 0)
    return Found(answer["items"], answer["total"], answer["total_is_capped"])

"""The tray of jobs in the top bar: what somebody began, how far it is, and what came out of it.

Which jobs it shows is kept in a cookie: those that were begun in this browser, the latest first.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.errors import Refused, ServiceAway
from backoffice.pages import htmx
from backoffice.pages.page import Area, Page
from backoffice.pages.visit import Visit, Visiting
from backoffice.words import Words, word
from payops_kernel.http.paths import PathId, encoded_id

COOKIE = "payops_jobs"
SHOWN_MAX = 8
KEPT_S = 7 * 24 * 3600
RUNNING = frozenset({"QUEUED", "RUNNING"})
TRAY = Page("job-tray", "/jobs/tray", word("Your jobs"))
JOB = Page("job", "/jobs/{job_id}", word("Job"), parent=TRAY)
ROWS_SHOWN_MAX = 200
NAMES = {
    "bulk-refund": word("Refunds"),
    "bulk-invoice": word("Invoices"),
    "export": word("Export"),
}

routes = APIRouter()


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as the tray shows it."""

    job: Mapping[str, Any]
    words: Words

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.job["job_id"])

    @property
    def name(self) -> str:
        """What it does."""
        kind = str(self.job["kind"])
        return self.words(NAMES.get(kind, kind))

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self.job["state"] in RUNNING

    @property
    def state(self) -> str:
        """Where it stands; one that is done says whether every row was."""
        state = str(self.job["state"])
        return "DONE_WITH_FAILURES" if state == "DONE" and self._unlucky else state

    @property
    def done(self) -> int:
        """Rows with an outcome."""
        return int(self.job["progress"]["done"])

    @property
    def total(self) -> int | None:
        """Rows to do; None while that is not known."""
        total = self.job["progress"]["total"]
        return None if total is None else int(total)

    @property
    def said(self) -> str:
        """``120 of 500; 3 refused``."""
        words = self.words
        total = words("%(done)s of %(total)s", done=self.done, total=self.total)
        parts = [str(self.done) if self.total is None else total]
        for outcome, text in _OUTCOMES.items():
            if self.job["counts"].get(outcome):
                parts.append(words(text, count=self.job["counts"][outcome]))
        return "; ".join(parts)

    @property
    def file(self) -> str | None:
        """Where its file is fetched, once it is there."""
        result = self.job["result"] or {}
        return f"/jobs/{encoded_id(self.id)}/file" if result.get("file") else None

    @property
    def failure(self) -> str:
        """Why it failed as a whole."""
        return str((self.job["error"] or {}).get("detail", ""))

    @property
    def _unlucky(self) -> bool:
        return any(self.job["counts"].get(outcome) for outcome in ("REFUSED", "FAILED"))


_OUTCOMES = {
    "REFUSED": word("%(count)s refused"),
    "FAILED": word("%(count)s failed"),
    "CANCELLED": word("%(count)s cancelled"),
}


def job_begun(visit: Visit, job: Mapping[str, Any], back: str) -> Response:
    """The answer when a job was begun: back to the list, whose tray shows it.

    Of a dialog it closes; without script the job's own page is next.
    """
    response: Response
    if htmx.is_htmx(visit.request):
        told = htmx.events(dialog_close=True, job_begun={"id": job["job_id"]}, rows_done=True)
        response = Response(status_code=204, headers=told)
    else:
        response = visit.see_other(f"/jobs/{encoded_id(str(job['job_id']))}")
    _keep(response, [str(job["job_id"]), *_kept(visit)])
    return response


@routes.get(TRAY.path)
async def tray(visit: Visiting) -> Response:
    """The jobs of this browser, in the tray or as a page."""
    found = await asyncio.gather(*(_job(visit, each) for each in _kept(visit)))
    return visit.page("pages/tray.html", TRAY, jobs=[each for each in found if each])


@routes.post("/jobs/tray/clear")
async def clear(visit: Visiting) -> Response:
    """Take those that ended out of the tray."""
    await visit.form()
    found = await asyncio.gather(*(_job(visit, each) for each in _kept(visit)))
    running = [each.id for each in found if each and each.running]
    response = visit.see_other(TRAY.path) if not htmx.is_htmx(visit.request) else Response()
    _keep(response, running)
    return response


@routes.get(JOB.path)
async def job_page(job_id: PathId, visit: Visiting) -> Response:
    """A job, and what became of each of its rows."""
    job = JobView(await visit.gateway.get(_resource(job_id)), visit.words)
    state = [value for name, value in visit.query if name == "state"]
    query = [("limit", ROWS_SHOWN_MAX), *[("state", each) for each in state]]
    cursor = dict(visit.query).get("cursor")
    rows = await visit.gateway.get(_resource(job_id, "/rows"), [*query, ("cursor", cursor)])
    return visit.page("pages/job.html", JOB, crumb=job.name, job=job, rows=rows, state=state)


@routes.post("/jobs/{job_id}/cancel")
async def cancel(job_id: PathId, visit: Visiting) -> Response:
    """Cancel a job: what is done stays done."""
    await visit.form()
    await visit.gateway.delete(_resource(job_id))
    if htmx.is_htmx(visit.request):
        return Response(status_code=204, headers=htmx.events(job_begun={"id": job_id}))
    return visit.see_other(f"/jobs/{encoded_id(job_id)}")


@routes.get("/jobs/{job_id}/file")
async def file(job_id: PathId, visit: Visiting) -> Response:
    """The file that a job made."""
    from backoffice.pages.lists.exporting import passed_on  # noqa: PLC0415

    job = await visit.gateway.get(_resource(job_id))
    return await passed_on(visit, str((job["result"] or {}).get("file", "")))


def _resource(job_id: str, below: str = "") -> str:
    return f"/v1/jobs/{encoded_id(job_id)}{below}"


def _kept(visit: Visit) -> Sequence[str]:
    kept = visit.request.cookies.get(COOKIE, "").split(".")
    return list(dict.fromkeys(each for each in kept if each))[:SHOWN_MAX]


def _keep(response: Response, ids: Sequence[str]) -> None:
    kept = ".".join(list(dict.fromkeys(ids))[:SHOWN_MAX])
    response.set_cookie(
        COOKIE, kept, max_age=KEPT_S if kept else 0, path="/", samesite="lax", httponly=True
    )


async def _job(visit: Visit, job_id: str) -> JobView | None:
    """A job of the cookie; None when it is not this person's, or cannot be read now."""
    try:
        return JobView(await visit.gateway.get(_resource(job_id)), visit.words)
    except (Refused, ServiceAway):
        return None


TRAY_AREA = Area(
    pages=(TRAY, JOB), routes=routes, scripts=("job-tray.js",), topbar=("components/job_tray.html",)
)

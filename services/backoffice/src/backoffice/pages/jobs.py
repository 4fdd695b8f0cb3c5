"""Jobs: the tray in the top bar, the list, and a page for each with what became of its rows."""

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.components.job_view import JobView
from backoffice.pages import htmx
from backoffice.pages.files import passed_on
from backoffice.pages.page import Page, Section
from backoffice.pages.visit import Visiting
from backoffice.words import word
from payops_contracts.labels import JOB_ROW_STATE
from payops_kernel.http.paths import PathId, encoded_id

RESOURCE = "/v1/jobs"
TRAY_JOBS = 8
ROWS_A_PAGE = 100
JOBS = Page("jobs", "/jobs", word("Jobs"), icon="list-checks", section=Section.OPERATIONS, key="j")
TRAY = Page("job-tray", "/jobs/tray", word("Your jobs"), parent=JOBS)
JOB = Page("job", "/jobs/{job_id}", word("Job"), parent=JOBS)

routes = APIRouter()


@routes.get(TRAY.path)
async def tray(visit: Visiting) -> Response:
    """The visitor's latest jobs, in the tray or as a page, and whose are not among them."""
    found = await visit.gateway.get(RESOURCE, {"limit": TRAY_JOBS, "mine": "true"})
    return visit.page(
        "pages/tray.html",
        TRAY,
        jobs=[JobView(each, visit.words) for each in found["items"]],
        missing=[each["service"] for each in found["missing"]],
    )


@routes.get(JOB.path)
async def job_page(job_id: PathId, visit: Visiting) -> Response:
    """A job, and what became of each of its rows."""
    job = JobView(await visit.gateway.get(f"{RESOURCE}/{encoded_id(job_id)}"), visit.words)
    asked = [(name, value) for name, value in visit.query if name in {"state", "cursor"}]
    rows = await visit.gateway.get(
        f"{RESOURCE}/{encoded_id(job_id)}/rows", [("limit", ROWS_A_PAGE), *asked]
    )
    state = dict(asked).get("state", "")
    return visit.page(
        "pages/job.html",
        JOB,
        crumb=job.name,
        job=job,
        rows=rows,
        state=state,
        row_states=JOB_ROW_STATE,
    )


@routes.post("/jobs/{job_id}/cancel")
async def cancel(job_id: PathId, visit: Visiting) -> Response:
    """Cancel a job: what is done stays done."""
    await visit.form()
    await visit.gateway.delete(f"{RESOURCE}/{encoded_id(job_id)}")
    if htmx.is_htmx(visit.request):
        return Response(status_code=204, headers=htmx.events(job_begun={"id": job_id}))
    return visit.see_other(_path(job_id))


@routes.get("/jobs/{job_id}/file")
async def file(job_id: PathId, visit: Visiting) -> Response:
    """The file that a job made."""
    job = await visit.gateway.get(f"{RESOURCE}/{encoded_id(job_id)}")
    return await passed_on(visit, str((job["result"] or {}).get("file", "")))


def _path(job_id: str) -> str:
    return f"/jobs/{encoded_id(job_id)}"

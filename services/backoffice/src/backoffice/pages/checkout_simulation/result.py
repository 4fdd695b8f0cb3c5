"""``/checkout-rules/simulation/{job_id}``: how far a simulation is, and what it found."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.components.job_view import JobView
from backoffice.pages.checkout_simulation.found import Found
from backoffice.pages.checkout_simulation.places import RESOURCE, SIMULATION, result_path
from backoffice.pages.jobs import RESOURCE as JOBS
from backoffice.pages.visit import Visiting
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.paths import PathId, encoded_id

DONE = "DONE"

router = APIRouter()


@router.get(SIMULATION.path)
async def result(job_id: PathId, visit: Visiting) -> Response:
    """Its progress while it runs, then what it found, flows in one currency."""
    visit.require(UserRole.VIEWER)
    job: dict[str, Any] = await visit.gateway.get(f"{JOBS}/{encoded_id(job_id)}")
    found = None
    if job["state"] == DONE:
        answer = await visit.gateway.get(f"{RESOURCE}/{encoded_id(job_id)}")
        found = Found(answer, visit.words, dict(visit.query).get("currency", ""))
    return visit.page(
        "pages/checkout-simulation-result.html",
        SIMULATION,
        path=result_path(job_id),
        job=JobView(job, visit.words),
        result=found,
    )

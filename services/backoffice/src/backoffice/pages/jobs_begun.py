"""The answer when a job was begun."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from backoffice.pages import htmx
from backoffice.pages.visit import Visit
from payops_kernel.http.paths import encoded_id


def job_begun(visit: Visit, job: Mapping[str, Any]) -> Response:
    """A dialog closes and the tray shows the job; without script its own page is next."""
    job_id = str(job["job_id"])
    if not htmx.is_htmx(visit.request):
        return visit.see_other(f"/jobs/{encoded_id(job_id)}")
    told = htmx.events(dialog_close=True, job_begun={"id": job_id}, rows_done=True)
    return Response(status_code=204, headers=told)

"""A rule that is being written, tried on payments of the past."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import Response

from backoffice.errors import Refused
from backoffice.pages import htmx
from backoffice.pages.checkout_editor.form import RuleForm
from backoffice.pages.checkout_simulation.places import SIMULATION, begin, result_path
from backoffice.pages.checkout_simulation.window import Window
from backoffice.pages.visit import Visit

TEMPLATE = "pages/checkout-simulation-result.html"


async def begun(visit: Visit, form: RuleForm, fields: Mapping[str, str]) -> Response:
    """Have it replayed beside the editor, by what is typed; without script on its own page.

    Raises ``Refused`` for what the service finds wrong.
    """
    window = Window.sent(fields, visit)
    if window.wrong:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, {"detail": window.wrong})
    job_id = await begin(visit, window, {"changes": [form.draft(visit.words)]})
    path = result_path(job_id)
    if not htmx.is_htmx(visit.request):
        return visit.see_other(path)
    return visit.part(
        TEMPLATE, SIMULATION, "simulation_beside", job=None, result=None, path=path, failed=""
    )

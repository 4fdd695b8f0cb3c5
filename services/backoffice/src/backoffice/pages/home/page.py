"""The Dashboard: figures of today and what waits, and the days of this month."""

import asyncio
from http import HTTPStatus

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.errors import Refused, ServiceAway
from backoffice.pages.analytics.charts import Charts
from backoffice.pages.analytics.page import DASHBOARD_ID, card_alone
from backoffice.pages.home.debit_figures import (
    BATCHES,
    ICONS,
    OPEN_BATCHES,
    OPEN_STATUSES,
    of_debits,
    open_batches,
)
from backoffice.pages.home.figures import (
    AWAITING,
    DEAD_LETTERS,
    FAILED,
    PAYMENTS,
    Figure,
    Figures,
)
from backoffice.pages.page import DASHBOARD
from backoffice.pages.visit import Visit, Visiting
from payops_contracts.pages import Dashboard
from payops_kernel.zones import Zone

TODAY = "/v1/kpis/today"
DEBITS_TODAY = "/v1/kpis/debits-today"
LETTERS = "dead-letters"
"""The list that they are in."""
SHOWN = ("daily-payments", "payments-by-status", "failure-reasons")
"""Charts of the Analytics page that stand on the Dashboard too."""
NOTHING = Dashboard(id=DASHBOARD_ID, title=DASHBOARD.title, path=DASHBOARD.path)
"""In the place of a dashboard that the configuration took away."""

routes = APIRouter()


@routes.get(DASHBOARD.path)
async def dashboard(visit: Visiting) -> Response:
    """The page."""
    charts = _charts(visit)
    today, debits, batches, letters, board = await asyncio.gather(
        _today(visit), _debits(visit), _open_batches(visit), _letters(visit), charts.board()
    )
    return visit.page(
        "pages/home.html",
        DASHBOARD,
        figures=[*today, *debits, *batches, *letters],
        board=board,
        reporting=charts.reporting,
    )


@routes.get("/dashboard/charts/{chart_id}")
async def dashboard_chart(visit: Visiting, chart_id: str) -> Response:
    """One chart of the page, asked for anew."""
    return card_alone(visit, await _charts(visit).card(chart_id))


def _charts(visit: Visit) -> Charts:
    dashboard = visit.pages.dashboards.get(DASHBOARD_ID, NOTHING)
    shown = {name: dashboard.charts[name] for name in SHOWN if name in dashboard.charts}
    return Charts(
        visit, dashboard.model_copy(update={"charts": shown}), visit.gateway, path=DASHBOARD.path
    )


async def _today(visit: Visit) -> list[Figure]:
    figures = _figures(visit)
    try:
        return figures.of_today(await visit.gateway.get(TODAY))
    except (ServiceAway, Refused) as error:
        why = _why(visit, error)
        titles = {PAYMENTS: "arrow-left-right", FAILED: "x", AWAITING: "hourglass"}
        return [figures.missing(title, icon, why) for title, icon in titles.items()]


async def _debits(visit: Visit) -> list[Figure]:
    figures = _figures(visit)
    try:
        answer = await visit.gateway.get(DEBITS_TODAY)
    except (ServiceAway, Refused) as error:
        why = _why(visit, error)
        return [figures.missing(title, icon, why) for title, icon in ICONS.items()]
    return of_debits(figures, answer, {each.id: each.path for each in visit.pages.lists.values()})


async def _open_batches(visit: Visit) -> list[Figure]:
    declared = visit.pages.lists.get(BATCHES)
    if declared is None or not visit.may(declared.role):
        return []
    figures = _figures(visit)
    try:
        page = await visit.gateway.get(declared.resource, {"limit": 1, "status": OPEN_STATUSES})
    except (ServiceAway, Refused) as error:
        return [figures.missing(OPEN_BATCHES, "package-open", _why(visit, error))]
    return [open_batches(figures, page, declared.path)]


async def _letters(visit: Visit) -> list[Figure]:
    declared = visit.pages.lists.get(LETTERS)
    if declared is None or not visit.may(declared.role):
        return []
    figures = _figures(visit)
    try:
        page = await visit.gateway.get(declared.resource, {"limit": 1, "state": "OPEN"})
        return [figures.dead_letters(page, declared.path)]
    except (ServiceAway, Refused) as error:
        return [figures.missing(DEAD_LETTERS, "inbox", _why(visit, error))]


def _why(visit: Visit, error: ServiceAway | Refused) -> str:
    if isinstance(error, ServiceAway):
        return visit.words("%(service)s does not answer.", service=error.name)
    if error.answered == HTTPStatus.NOT_FOUND:
        return visit.words("This platform does not have it.")
    return error.detail


def _figures(visit: Visit) -> Figures:
    return Figures(visit.words, Zone(visit.site.settings.zone))

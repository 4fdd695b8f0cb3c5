"""The Analytics page: every chart of its dashboard, each with its own days and measure."""

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.components.charts.shapes import Card
from backoffice.errors import NoSuchPage
from backoffice.pages.analytics.charts import Charts
from backoffice.pages.page import Page, Section
from backoffice.pages.visit import Visit, Visiting
from backoffice.words import word
from payops_kernel.auth.principals import UserRole

ANALYTICS = Page(
    "analytics", "/analytics", word("Analytics"), icon="chart-line", section=Section.MAIN, key="a"
)
DASHBOARD_ID = "analytics"

routes = APIRouter()


def charts_of(visit: Visit) -> Charts:
    """The page's charts, for somebody who is signed in."""
    dashboard = visit.pages.dashboards.get(DASHBOARD_ID)
    if dashboard is None:
        raise NoSuchPage("No page has this address.")
    return Charts(visit, dashboard, visit.gateway, path=ANALYTICS.path)


@routes.get(ANALYTICS.path)
async def analytics(visit: Visiting) -> Response:
    """The page."""
    charts = charts_of(visit)
    return visit.page(
        "pages/analytics.html",
        ANALYTICS,
        board=await charts.board(),
        address=charts.address,
        reporting=charts.reporting,
        charts_at=f"{ANALYTICS.path}/charts",
        may_embed=visit.may(UserRole.ADMIN),
    )


@routes.get(f"{ANALYTICS.path}/charts/{{chart_id}}")
async def analytics_chart(visit: Visiting, chart_id: str) -> Response:
    """One chart of the page, asked for anew."""
    return card_alone(visit, await charts_of(visit).card(chart_id))


def card_alone(visit: Visit, card: Card) -> Response:
    """A chart's card and nothing around it."""
    return visit.part("components/chart_card.html", ANALYTICS, card=card)

"""A dashboard of the configuration's: its charts, by the component of the Analytics page."""

from starlette.responses import Response

from backoffice.pages.analytics.charts import Charts
from backoffice.pages.analytics.page import card_alone
from backoffice.pages.page import Page
from backoffice.pages.visit import Visit
from payops_contracts.pages import Dashboard, in_language
from payops_kernel.auth.principals import UserRole


async def whole(visit: Visit, dashboard: Dashboard) -> Response:
    """The page."""
    charts = _charts(visit, dashboard)
    title = in_language(dashboard.title, visit.language, visit.words)
    return visit.page(
        "pages/analytics.html",
        Page(dashboard.id, dashboard.path, title),
        board=await charts.board(),
        address=charts.address,
        reporting=charts.reporting,
        charts_at=f"{dashboard.path}/charts",
        may_embed=False,
    )


async def one_chart(visit: Visit, dashboard: Dashboard, chart_id: str) -> Response:
    """One chart of it, asked for anew; raises ``NoSuchPage``."""
    return card_alone(visit, await _charts(visit, dashboard).card(chart_id))


def _charts(visit: Visit, dashboard: Dashboard) -> Charts:
    visit.require(UserRole(dashboard.role))
    return Charts(visit, dashboard, visit.gateway, path=dashboard.path)

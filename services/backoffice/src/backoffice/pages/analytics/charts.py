"""Charts for one visit: whose token asks, which address they lead to, which currency they show."""

from collections.abc import Sequence
from datetime import UTC, datetime

from backoffice.clients.gateway import Caller
from backoffice.components.charts.asked import Address
from backoffice.components.charts.boards import Board, Boards
from backoffice.components.charts.cards import Cards
from backoffice.components.charts.reader import Reader
from backoffice.components.charts.shapes import Card
from backoffice.errors import NoSuchPage
from backoffice.formatting.instants import zone_name
from backoffice.pages.visit import Visit
from payops_contracts.pages import Chart, ChartKind, Dashboard
from payops_kernel.zones import Zone

KPIS = "/v1/kpis/"
"""What a token of an embedded page reads."""


class Charts:
    """The charts of a dashboard, as one person sees them."""

    def __init__(
        self,
        visit: Visit,
        dashboard: Dashboard,
        gateway: Caller,
        *,
        path: str,
        leads_to_rows: bool = True,
        rows_target: str = "_self",
        kpis_alone: bool = False,
    ) -> None:
        """``path`` is the page's own, which the charts' links lead to. With ``kpis_alone`` no chart
        is drawn that the token of an embedded page cannot read."""
        reporting, now = Zone(visit.site.settings.zone), datetime.now(UTC)
        cards = Cards(
            Reader(visit.words, visit.zone, now, reporting),
            Address(path, visit.query),
            _list_paths(visit) if leads_to_rows else {},
            rows_target,
        )
        self._drawn = [
            each for each in drawn(dashboard) if not kpis_alone or str(each.kpi).startswith(KPIS)
        ]
        self._boards = Boards(gateway, cards, reporting.date_of(now))
        self.address = cards.address
        self.reporting = zone_name(reporting, visit.language)
        """The zone whose days are shown, as a page names it."""

    async def board(self) -> Board:
        """All of them."""
        return await self._boards.board(self._drawn)

    async def card(self, chart_id: str) -> Card:
        """One of them; raises ``NoSuchPage``."""
        found = [each for each in self._drawn if each.id == chart_id]
        if not found:
            raise NoSuchPage(f"There is no chart '{chart_id}' on this page.")
        return await self._boards.chart(found[0], self.address.currency)


def drawn(dashboard: Dashboard) -> Sequence[Chart]:
    """The charts of a dashboard that show a KPI over days, or its parts."""
    return [each for each in dashboard.charts.values() if each.kind is not ChartKind.FIGURE]


def _list_paths(visit: Visit) -> dict[str, str]:
    return {each.id: each.path for each in visit.pages.lists.values()}

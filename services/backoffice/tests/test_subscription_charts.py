"""Cards of subscriptions: what runs, what moved, what failed, each number a way to its rows."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from analytics.api import subscription_examples as examples
from backoffice.components.charts.asked import Address
from backoffice.components.charts.boards import Boards
from backoffice.components.charts.cards import Cards
from backoffice.components.charts.reader import Reader
from backoffice.components.charts.shapes import Card
from backoffice.components.charts.subscriptions import OWN
from backoffice.words import Words
from payops_contracts.pages import default_pages
from payops_kernel.zones import Zone

PAGES = default_pages()
CHARTS = {
    name: chart
    for name, chart in PAGES.dashboards["analytics"].charts.items()
    if str(chart.kpi) in OWN
}
ANSWERS: dict[str, Any] = {
    "/v1/kpis/subscriptions-by-day": examples.BY_DAY,
    "/v1/kpis/subscriptions-by-status": examples.BY_STATUS,
    "/v1/kpis/subscription-payments": examples.PAYMENTS,
}
ACTIVE, MOVES, MRR, FAILED, STATUS = (
    "active-subscriptions", "new-and-churned", "monthly-revenue", "subscription-payments",
    "subscriptions-by-status",
)  # fmt: skip
ROME = Zone("Europe/Rome")
NOW = datetime(2026, 3, 2, 11, 30, tzinfo=UTC)
LISTS = {"subscriptions": "/subscriptions", "transactions": "/transactions"}
DAYS = {"created_from": ["2026-03-01"], "created_to": ["2026-03-02"]}


class Played:
    """A gateway with one answer a KPI; satisfies ``Reads``."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.asked: dict[str, Any] = {}

    async def get(self, path: str, query: Any = None) -> Any:
        self.asked[path] = query
        return self.answers[path]


async def card(
    name: str,
    *pairs: tuple[str, str],
    currency: str = "EUR",
    language: str = "en",
    gateway: Played | None = None,
) -> Card:
    reader = Reader(Words(language), ROME, NOW, ROME)
    cards = Cards(reader, Address("/analytics", pairs), LISTS)
    boards = Boards(gateway or Played(ANSWERS), cards, NOW.date())
    return await boards.chart(CHARTS[name], currency)


def way(address: str | None) -> tuple[str, dict[str, list[str]]]:
    assert address is not None
    parts = urlsplit(address)
    found: dict[str, list[str]] = {}
    for each, value in parse_qsl(parts.query):
        found.setdefault(each, []).append(value)
    return parts.path, found


async def test_what_runs_is_drawn_day_by_day_and_leads_to_those_that_run() -> None:
    shown = await card(ACTIVE)
    assert shown.figure == "41 subscriptions"
    assert shown.said[1] == "40 when the days began"
    assert shown.table is not None
    assert [head.label for head in shown.table.heads] == ["Active"]
    assert [row.cells[0].value for row in shown.table.rows] == [42, 41]
    assert (shown.table.totals, shown.table.totals_label) == (["41"], "At the end")
    assert way(shown.rows_href) == (
        "/subscriptions", {"active_on": ["2026-03-02"], "currency": ["EUR"]}
    )  # fmt: skip
    italian = await card(ACTIVE, language="it")
    assert italian.figure == "41 abbonamenti"


async def test_monthly_revenue_is_money_with_the_number_of_subscriptions_beside_it() -> None:
    shown = await card(MRR)
    assert shown.figure == "€409.59"
    assert shown.said[1:3] == ["41 subscriptions", "€399.60 when the days began"]
    assert shown.table is not None
    assert [head.label for head in shown.table.heads] == ["Monthly revenue"]
    assert [row.cells[0].value for row in shown.table.rows] == [41_958, 40_959]
    assert shown.table.decimals == 2
    assert shown.other is None  # counts stand on a chart of their own


async def test_new_and_churned_stand_side_by_side_with_the_churn_rate_and_a_way_each() -> None:
    shown = await card(MOVES)
    assert shown.figure == "2 new, 1 churned"
    assert shown.said[1] == "churn rate 2.50% of 40 subscriptions"
    assert shown.said[2].startswith("nothing in")
    assert shown.table is not None
    assert [head.label for head in shown.table.heads] == ["New", "Churned"]
    assert [[cell.value for cell in row.cells] for row in shown.table.rows] == [[2, 0], [0, 1]]
    assert shown.rows_href is None
    new, churned = shown.more_ways
    days = ["2026-03-01"], ["2026-03-02"]
    assert (new.label, way(new.href)[1]) == (
        "See new ones", {"started_from": days[0], "started_to": days[1], "currency": ["EUR"]}
    )  # fmt: skip
    assert (churned.label, way(churned.href)[1]) == (
        "See churned ones",
        {"ended_from": days[0], "ended_to": days[1], "started_to": days[1], "currency": ["EUR"]},
    )
    amounts = await card(MOVES, ("new-and-churned.measure", "amount_minor"))
    assert amounts.figure == "€19.98 new, €9.99 churned"


async def test_where_all_churned_something_is_still_drawn_and_more_than_all_is_over_a_hundred() -> (
    None
):
    answer = deepcopy(examples.BY_DAY)
    (row,) = answer["currencies"]
    none = {"count": 0, "amount_minor": 0}
    row |= {"total": none, "churn_percent": 105.0}
    row["lines"][0]["total"] = none
    gateway = Played(ANSWERS | {"/v1/kpis/subscriptions-by-day": answer})
    assert (await card(ACTIVE, gateway=gateway)).figure == "0 subscriptions"
    assert "105.00%" in (await card(MOVES, gateway=gateway)).said[1]
    row |= {"churn_percent": None, "previous_churn_percent": 1.2}
    said = (await card(MOVES, gateway=gateway)).said
    assert said[1] == "nothing ran when the days began"
    assert said[2].startswith("1.20% in ")


async def test_a_day_to_come_is_a_gap() -> None:
    answer = deepcopy(examples.BY_DAY)
    answer["days"] = ["2026-03-02", "2026-03-03"]
    answer["window"] |= {"from": "2026-03-02", "to": "2026-03-03"}
    gateway = Played(ANSWERS | {"/v1/kpis/subscriptions-by-day": answer})
    shown = await card(ACTIVE, gateway=gateway)
    assert shown.table is not None
    assert [row.cells[0].value for row in shown.table.rows] == [42, None]
    assert way(shown.rows_href)[1]["active_on"] == ["2026-03-02"]


async def test_failed_payments_are_a_rate_with_gaps_and_lead_to_payments() -> None:
    shown = await card(FAILED)
    assert (shown.figure, shown.said[1]) == ("10.00%", "1 of 10 payments")
    assert shown.table is not None
    assert [row.cells[0].value for row in shown.table.rows] == [1_000, None]
    assert [head.label for head in shown.table.heads] == ["Failed payments", "Failed", "Paid"]
    theirs = DAYS | {"type": ["SUBSCRIPTION"], "currency": ["EUR"]}
    assert way(shown.rows_href) == ("/transactions", theirs | {"status": ["FAILED"]})
    (every,) = shown.more_ways
    assert way(every.href)[1] == theirs | {
        "status": ["PAID", "PARTIALLY_REFUNDED", "TOTALLY_REFUNDED", "FAILED"]
    }


async def test_statuses_are_of_now_and_each_bar_leads_to_its_rows() -> None:
    gateway = Played(ANSWERS)
    shown = await card(STATUS, gateway=gateway)
    assert gateway.asked["/v1/kpis/subscriptions-by-status"] == {"currency": "EUR"}  # no window
    assert (shown.figure, shown.windows, shown.range) == ("50 subscriptions", [], "as of now")
    assert [(bar.label, bar.figures) for bar in shown.bars] == [
        ("Created", ["8.00%", "4"]),
        ("Active", ["76.00%", "38"]),
        ("On Hold", ["6.00%", "3"]),
        ("Not Active: Cancelled", ["6.00%", "3"]),
        ("Not Active: Aborted: its payments failed", ["4.00%", "2"]),
    ]
    assert way(shown.bars[1].href)[1] == {"status": ["ACTIVE"], "currency": ["EUR"]}
    assert way(shown.bars[3].href)[1] == {
        "status": ["NOT_ACTIVE"], "end_reason": ["CANCELLED"], "currency": ["EUR"]
    }  # fmt: skip


@pytest.mark.parametrize("name", CHARTS)
async def test_a_currency_without_subscriptions_says_so(name: str) -> None:
    shown = await card(name, currency="USD")
    assert shown.nothing.startswith("No ")
    assert (shown.bars, shown.table, shown.failure, shown.more_ways) == ((), None, None, ())


@pytest.mark.parametrize("name", CHARTS)
async def test_without_lists_no_number_leads_anywhere(name: str) -> None:
    reader = Reader(Words("en"), ROME, NOW, ROME)
    boards = Boards(Played(ANSWERS), Cards(reader, Address("/x", ())), NOW.date())
    shown = await boards.chart(CHARTS[name], "EUR")
    assert shown.rows_href is None
    assert list(shown.more_ways) == []
    assert {bar.href for bar in shown.bars} <= {None}


def test_every_way_is_a_filter_that_its_list_has() -> None:
    filters = PAGES.lists["subscriptions"].filters
    assert {"active_on", "started", "ended", "status", "end_reason"} <= set(filters)
    assert {"type", "status", "created"} <= set(PAGES.lists["transactions"].filters)

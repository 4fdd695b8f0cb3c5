# ruff: noqa: RUF001 - ranges are written with en dashes
"""Cards of debits: rates with gaps, exposure, repeats, each bar a way to its rows; and figures."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from analytics.api import debit_examples as examples
from backoffice.components.charts.asked import Address
from backoffice.components.charts.boards import Boards
from backoffice.components.charts.cards import Cards
from backoffice.components.charts.debits import OWN
from backoffice.components.charts.reader import Reader
from backoffice.components.charts.shapes import Card
from backoffice.pages.home.debit_figures import of_debits, open_batches
from backoffice.pages.home.figures import Figures
from backoffice.words import Words
from payops_contracts.pages import default_pages
from payops_kernel.zones import Zone

CHARTS = default_pages().dashboards["debit-insight"].charts
ANSWERS = {
    "debits-by-day": examples.BY_DAY,
    "debit-success": examples.SUCCESS,
    "debits-by-retry": examples.BY_RETRY,
    "debits-recovered": examples.RECOVERED,
    "debits-by-failure-reason": examples.REASONS,
    "debits-by-batch": examples.BY_RETRY | {"by": "batch"},
    "debit-exposure": examples.EXPOSURE,
    "repeated-failures": examples.REPEATS,
}
ROME = Zone("Europe/Rome")
NOW = datetime(2026, 3, 2, 11, 30, tzinfo=UTC)
LISTS = {"debit-attempts": "/debit-attempts", "charges": "/charges"}


class Played:
    """A gateway with one answer a KPI; satisfies ``Reads``."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}

    async def get(self, path: str, query: Any = None) -> Any:
        name = path.rpartition("/")[2]
        self.asked[name] = query
        return ANSWERS[name]


async def card(
    name: str, *pairs: tuple[str, str], currency: str = "USD", language: str = "en"
) -> Card:
    reader = Reader(Words(language), ROME, NOW, ROME)
    cards = Cards(reader, Address("/debit-insight", pairs), LISTS)
    return await Boards(Played(), cards, NOW.date()).chart(CHARTS[name], currency)


def way(address: str | None) -> tuple[str, dict[str, list[str]]]:
    assert address is not None
    parts = urlsplit(address)
    found: dict[str, list[str]] = {}
    for each, value in parse_qsl(parts.query):
        found.setdefault(each, []).append(value)
    return parts.path, found


DAYS = {"submitted_from": ["2026-03-01"], "submitted_to": ["2026-03-02"], "currency": ["USD"]}
FAILED = {"status": ["TEMP_REJECTED", "PERMANENT_REJECTED"]}


async def test_a_day_without_debits_is_a_gap_and_a_rate_is_of_all_debits() -> None:
    shown = await card("debit-success")
    assert shown.figure == "70.00%"
    assert shown.said[1] == "10 debits, 9 answered"
    assert shown.table is not None
    assert [row.cells[0].value for row in shown.table.rows] == [7_000, None]
    assert [row.cells[0].shown for row in shown.table.rows] == ["70.00%", "-"]
    assert shown.table.decimals == 2
    italian = await card("debit-success", language="it")
    assert italian.figure == "70,00%"


async def test_charges_are_charges_and_lead_to_user_charges() -> None:
    shown = await card("debits-by-day")
    assert shown.figure == "US$32.30"
    assert "10 charges" in shown.said
    assert shown.table is not None
    assert [head.label for head in shown.table.heads] == [
        "Charged", "Collected", "Outstanding", "Tax retained"
    ]  # fmt: skip
    path, filters = way(shown.rows_href)
    assert (path, filters["created_from"]) == ("/charges", ["2026-03-01"])


@pytest.mark.parametrize(
    ("name", "label", "figures", "filters"),
    [
        ("debits-by-retry", "First attempt", ["70.00%", "7 of 10"], {"number": ["1"]}),
        (
            "debits-recovered", "Retry 1", ["100.00%", "US$3.23"],
            {"number": ["2"], "status": ["FINALIZED"]},
        ),
        (
            "debits-by-failure-reason", "Insufficient funds", ["2", "50.00% recovered"],
            FAILED | {"failure_code": ["insufficient_funds"]},
        ),
        (
            "repeated-failures", "Member MP-100042: Insufficient funds",
            ["3 times", "US$9.69 · 1–2 Mar 2026"],
            FAILED | {"failure_code": ["insufficient_funds"], "mpass_number": ["MP-100042"]},
        ),
    ],
)  # fmt: skip
async def test_each_bar_says_its_numbers_and_leads_to_its_debits(
    name: str, label: str, figures: list[str], filters: dict[str, list[str]]
) -> None:
    (bar,) = (await card(name)).bars
    assert (bar.label, bar.figures) == (label, figures)
    assert way(bar.href) == ("/debit-attempts", DAYS | filters)


async def test_exposure_is_as_of_now_and_of_the_days_of_its_rail() -> None:
    shown = await card("debit-exposure")
    assert (shown.figure, shown.range, shown.windows) == ("US$22.61", "as of now", [])
    (bar,) = shown.bars
    assert bar.figures == ["US$22.61", "7 debits within 60 days"]
    _, filters = way(bar.href)
    assert filters["rail"] == ["ACH"]
    assert filters["submitted_from"] == ["2026-01-01"]
    reader = Reader(Words("en"), ROME, NOW, ROME)
    gateway = Played()
    await Boards(gateway, Cards(reader, Address("/x", ())), NOW.date()).chart(
        CHARTS["debit-exposure"], "USD"
    )
    assert gateway.asked["debit-exposure"] == {"currency": "USD"}  # it takes no window


@pytest.mark.parametrize("name", CHARTS)
async def test_a_currency_without_debits_says_so(name: str) -> None:
    shown = await card(name, currency="EUR")
    assert shown.nothing
    assert "payment" not in shown.nothing
    assert (shown.bars, shown.table, shown.failure) == ((), None, None)


def test_every_kpi_with_a_card_of_its_own_stands_on_the_page() -> None:
    assert set(OWN) < {str(chart.kpi) for chart in CHARTS.values()}


def test_figures_lead_to_their_rows_and_amounts_of_currencies_stay_apart() -> None:
    euro = examples.TODAY["currencies"][0] | {"currency": "EUR"}
    answer = examples.TODAY | {"currencies": [examples.TODAY["currencies"][0], euro]}
    figures = Figures(Words("en"), ROME)
    failed, retries, exceptions = of_debits(figures, answer, LISTS)
    assert failed.number == "4"
    assert failed.said[0] == "of 20 submitted today"
    assert way(failed.href)[1] == FAILED | {
        "submitted_from": ["2026-03-02"], "submitted_to": ["2026-03-02"]
    }  # fmt: skip
    assert (retries.number, retries.said) == ("4", ["US$6.46\N{NO-BREAK SPACE}· €6.46"])
    assert way(retries.href)[1] == {"next_retry_to": ["2026-03-03T11:30:00Z"]}
    assert (exceptions.number, exceptions.href, exceptions.care) == ("0", None, False)
    batches = open_batches(figures, {"total": 3}, "/debit-batches")
    assert batches.number == "3"
    assert way(batches.href)[1]["status"][0] == "DRAFT"

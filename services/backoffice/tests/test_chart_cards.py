# ruff: noqa: RUF001 - ranges are written with en dashes
"""What a chart's card says: figures, table, comparison, and the way to the rows."""

from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from backoffice.components.charts.asked import Address
from backoffice.components.charts.boards import Boards
from backoffice.components.charts.cards import Cards
from backoffice.components.charts.drawn import DRAWN_MAX, together
from backoffice.components.charts.kpis import currencies_of, read_kpi
from backoffice.components.charts.reader import Reader
from backoffice.components.charts.shapes import Card, Table
from backoffice.errors import Refused, ServiceAway
from backoffice.words import Words
from payops_contracts.pages import Chart, default_pages
from payops_kernel.zones import Zone
from payops_testing.backoffice import kpi_answers as kpis

CHARTS = default_pages().dashboards["analytics"].charts
DAILY, STATUS = CHARTS["daily-payments"], CHARTS["payments-by-status"]
ROME, NOON = Zone("Europe/Rome"), datetime(2026, 3, 15, 11, tzinfo=UTC)
METHOD, NET = CHARTS["amount-by-method"], CHARTS["refunds-and-net"]


def cards(*pairs: tuple[str, str], language: str = "en") -> Cards:
    return Cards(
        Reader(Words(language), ROME, NOON, ROME),
        Address("/analytics", pairs),
        {"transactions": "/transactions"},
    )


def card(
    chart: Chart, answer: Any, *pairs: tuple[str, str], currency: str = "EUR", language: str = "en"
) -> Card:
    return cards(*pairs, language=language).card(chart, read_kpi(answer, currency), currency)


def table(shown: Card) -> Table:
    assert shown.table is not None
    return shown.table


def rows_of(address: str | None) -> tuple[str, list[tuple[str, str]]]:
    assert address is not None
    parts = urlsplit(address)
    return parts.path, parse_qsl(parts.query)


def test_a_day_without_payments_is_zero_and_a_single_one_is_there() -> None:
    shown = card(DAILY, kpis.daily({"2026-03-02": (1, 5_000)}))
    assert [row.day for row in table(shown).rows] == kpis.days_of("2026-03-01", "2026-03-04")
    assert [row.cells[0].value for row in table(shown).rows] == [0, 5_000, 0, 0]
    assert table(shown).rows[1].cells[0].shown == "€50.00"
    assert table(shown).totals == ["€50.00", "1"]
    assert shown.figure == "€50.00"


def test_the_comparison_names_both_ranges_and_the_hour_that_a_running_day_is_counted_to() -> None:
    answer = kpis.daily(
        {"2026-03-02": (3, 10_421)},
        last="2026-03-15",
        until="2026-03-15T11:00:00Z",
        previous=kpis.before(2, 10_000, 50.0, 4.21),
    )
    assert card(DAILY, answer).said == [
        "1–15 Mar 2026, 12:00",
        "3 payments",
        "+4.21% against 1–15 Feb 2026, 12:00",
    ]


def test_against_nothing_there_is_no_change_and_never_infinity() -> None:
    shown = card(DAILY, kpis.daily({"2026-03-02": (3, 10_421)}))
    assert shown.said[-1] == "nothing in 1–15 Feb 2026 to compare with"


def test_the_other_measure_is_drawn_and_stands_first_where_it_was_asked_for() -> None:
    answer = kpis.daily({"2026-03-02": (3, 9_000)}, previous=kpis.before(2, 10_000, 50.0, -10.0))
    shown = card(DAILY, answer, ("daily-payments.measure", "count"))
    assert shown.figure == "3 payments"
    assert shown.said[-1].startswith("+50.00%")
    assert shown.said[1] == "€90.00"
    assert [head.series for head in table(shown).heads] == [None, 1]
    assert table(shown).decimals == 0


@pytest.mark.parametrize(("currency", "decimals"), [("EUR", 2), ("JPY", 0), ("KWD", 3)])
def test_the_picture_is_told_the_decimals_of_the_currency(currency: str, decimals: int) -> None:
    answer = kpis.daily({"2026-03-02": (1, 5_000)}, currency=currency)
    assert table(card(DAILY, answer, currency=currency)).decimals == decimals


def test_one_currency_is_shown_and_another_never_added() -> None:
    answer = kpis.daily({"2026-03-02": (1, 5_000)})
    answer["currencies"] += kpis.daily({"2026-03-02": (7, 100)}, currency="USD")["currencies"]
    assert card(DAILY, answer).figure == "€50.00"
    assert card(DAILY, answer, currency="USD").figure == "US$1.00"
    assert currencies_of(answer) == ["USD", "EUR"]


def test_nothing_paid_says_so_and_still_leads_to_rows_and_other_days() -> None:
    shown = card(DAILY, kpis.daily({}))
    assert (shown.table, shown.nothing) == (None, "No payment in these days.")
    assert [segment.label for segment in shown.windows] == ["YTD", "MTD"]
    assert card(DAILY, kpis.daily({}), currency="USD").nothing


def test_the_rows_of_a_chart_are_its_days_its_currency_and_what_it_counts() -> None:
    path, filters = rows_of(card(DAILY, kpis.daily({"2026-03-02": (1, 5_000)})).rows_href)
    assert path == "/transactions"
    assert filters == [
        ("created_from", "2026-03-01"),
        ("created_to", "2026-03-04"),
        ("currency", "EUR"),
        ("status", "PAID"),
        ("status", "PARTIALLY_REFUNDED"),
        ("status", "TOTALLY_REFUNDED"),
    ]


def test_a_status_is_a_bar_with_the_services_share_that_leads_to_its_rows() -> None:
    answer = kpis.by_status({"PAID": 2, "FAILED": 1}, {"PAID": 66.67, "FAILED": 33.33})
    shown = card(STATUS, answer)
    assert [(bar.label, bar.figures, bar.width) for bar in shown.bars] == [
        ("Payment Paid", ["66.67%", "2"], 66.67),
        ("Payment Failed", ["33.33%", "1"], 33.33),
    ]
    _, filters = rows_of(shown.bars[1].href)
    assert [value for name, value in filters if name == "status"] == ["FAILED"]


def test_a_status_has_the_ink_of_its_chip_whatever_its_rank() -> None:
    for paid, failed in ((66.67, 33.33), (33.33, 66.67)):
        shares = {"PAID": paid, "FAILED": failed}
        shown = card(STATUS, kpis.by_status({"PAID": round(paid), "FAILED": round(failed)}, shares))
        assert {bar.label: bar.colour for bar in shown.bars} == {
            "Payment Paid": "ink-good",
            "Payment Failed": "ink-bad",
        }


def test_each_method_is_a_line_in_the_words_of_pages() -> None:
    shown = card(METHOD, kpis.by_method({"credit-cards": [100, 0], "pay-pal": [0, 50]}))
    assert [(head.label, head.series) for head in table(shown).heads] == [
        ("Credit card", 1),
        ("PayPal", 2),
    ]
    assert [cell.value for row in table(shown).rows for cell in row.cells] == [100, 0, 0, 50]


def test_more_lines_than_colours_go_together_and_lose_no_payment() -> None:
    lines = {f"method-{number}": [number, 2 * number] for number in range(12, 0, -1)}
    shown = card(METHOD, kpis.by_method(lines))
    assert len(table(shown).heads) == DRAWN_MAX
    assert table(shown).heads[-1].label == "Others"
    for day in range(2):
        drawn = sum(cell.value or 0 for cell in table(shown).rows[day].cells)
        assert drawn == sum(amounts[day] for amounts in lines.values())


def test_lines_that_fit_stay_as_they_are() -> None:
    kpi = read_kpi(kpis.by_method({"credit-cards": [100, 0]}), "EUR")
    assert kpi is not None
    assert together(kpi.lines, 1) == kpi.lines


def test_refunds_and_net_are_three_lines() -> None:
    shown = card(NET, kpis.net(1_000, 300))
    assert [head.label for head in table(shown).heads] == ["Paid", "Refunded", "Net"]
    assert [cell.value for cell in table(shown).rows[0].cells] == [1_000, 300, 700]
    assert shown.figure == "€7.00"
    assert shown.said[1:3] == ["Paid €10.00", "Refunded €3.00"]


def test_a_part_that_no_filter_of_the_list_can_show_is_no_way_to_all_of_them() -> None:
    answer = kpis.by_reason(
        {"timeout": 3, "card_declined": 1}, {"timeout": 75, "card_declined": 25}
    )
    shown = card(CHARTS["failure-reasons"], answer)
    assert [bar.href for bar in shown.bars] == [None, None]
    assert rows_of(shown.rows_href)[1][-1] == ("status", "FAILED")


def test_a_recount_that_did_not_agree_gives_no_mark() -> None:
    answer = kpis.daily({"2026-03-02": (1, 5_000)})
    mark = card(DAILY, answer).verified
    assert mark is not None
    assert (mark.iso, mark.shown) == ("2026-03-15T10:55:00Z", "11:55")
    answer["verified"] = {**answer["verified"], "agreed": False}
    assert card(DAILY, answer).verified is None
    answer["verified"] = None
    assert card(DAILY, answer).verified is None


def test_as_of_is_a_time_alone_today_and_has_its_day_on_any_other() -> None:
    answer = kpis.daily({"2026-03-02": (1, 5_000)})
    today = card(DAILY, answer).as_of
    assert today is not None
    assert (today.shown, today.utc) == ("12:00", "11:00")
    answer["as_of"] = {**answer["as_of"], "at": "2026-03-14T22:30:00Z"}
    before = card(DAILY, answer).as_of
    assert before is not None
    assert (before.shown, before.utc) == ("14 Mar 2026 23:30", "14 Mar 2026 22:30")


def test_in_italian_all_of_it_is_italian() -> None:
    answer = kpis.daily({"2026-03-02": (3, 10_421)}, previous=kpis.before(2, 10_000, 50.0, 4.21))
    shown = card(DAILY, answer, language="it")
    assert shown.title == "Pagamenti giornalieri"
    assert shown.figure == "104,21\N{NO-BREAK SPACE}€"
    assert shown.said == ["1–4 mar 2026", "3 pagamenti", "+4,21% rispetto a 1–15 feb 2026"]


# The address.


def test_each_chart_has_days_of_its_own_and_keeps_those_of_the_others() -> None:
    asked = (("currency", "EUR"), ("amount-by-method.window", "ytd"))
    shown = card(DAILY, kpis.daily({"2026-03-02": (1, 5_000)}), *asked)
    ytd = shown.windows[0]
    assert rows_of(ytd.href) == ("/analytics", [*asked, ("daily-payments.window", "ytd")])
    assert ytd.own == "daily-payments.window=ytd"
    assert [segment.current for segment in shown.windows] == [False, True]


def test_days_of_ones_own_are_asked_for_as_they_were_typed() -> None:
    address = cards(
        ("daily-payments.window", "custom"),
        ("daily-payments.from", "2026-01-05"),
        ("daily-payments.to", "nonsense"),
    ).address
    assert address.of(DAILY).days() == {"window": "custom", "from": "2026-01-05", "to": "nonsense"}


@pytest.mark.parametrize("window", ["", "week", "CUSTOM"])
def test_a_window_that_there_is_not_is_the_charts_own(window: str) -> None:
    assert cards(("daily-payments.window", window)).address.of(DAILY).days() == {"window": "mtd"}


# A page of them.


class Played:
    """A gateway that answers by path, or fails."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[tuple[str, dict[str, object]]] = []

    async def get(self, path: str, query: Any = ()) -> Any:
        self.asked.append((path.rpartition("/")[2], dict(query)))
        found = self.answers[path.rpartition("/")[2].replace("-", "_")]
        if isinstance(found, Exception):
            raise found
        return found


def boards(gateway: Played, *pairs: tuple[str, str]) -> Boards:
    return Boards(gateway, cards(*pairs), date(2026, 3, 15))


async def test_a_chart_that_fails_says_so_and_the_others_are_there() -> None:
    gateway = Played(
        daily_payments=kpis.daily({"2026-03-02": (1, 5_000)}),
        payments_by_status=kpis.by_status({"PAID": 1}, {"PAID": 100.0}),
        amount_by_method=ServiceAway("analytics", "abc123"),
        refunds_and_net=Refused(422, {"detail": "from must not be later than to."}),
    )
    board = await boards(gateway).board([DAILY, STATUS, METHOD, NET])
    assert [bool(each.failure) for each in board.cards] == [False, False, True, True]
    away, refused = board.cards[2].failure, board.cards[3].failure
    assert away is not None
    assert refused is not None
    assert away.sentence == "Analytics does not answer."
    assert (away.trace_id, away.retry) == ("abc123", "/analytics")
    assert refused.sentence == "from must not be later than to."


async def test_without_a_currency_the_one_most_paid_in_is_shown() -> None:
    statuses = kpis.by_status({"PAID": 9}, {"PAID": 100.0})
    few = kpis.by_status({"PAID": 1}, {"PAID": 100.0})
    few["currencies"][0]["currency"] = "USD"
    statuses["currencies"] += few["currencies"]
    gateway = Played(payments_by_status=statuses, daily_payments=kpis.daily({}))
    board = await boards(gateway).board([DAILY])
    assert (board.currency, board.currencies) == ("EUR", ["EUR", "USD"])
    assert gateway.asked[0] == (
        "payments-by-status",
        {"window": "custom", "from": date(2025, 3, 15), "to": date(2026, 3, 15)},
    )
    assert gateway.asked[1] == ("daily-payments", {"window": "mtd", "currency": "EUR"})


async def test_a_currency_that_was_asked_for_is_kept_even_when_nobody_pays_in_it() -> None:
    gateway = Played(
        payments_by_status=kpis.by_status({"PAID": 9}, {"PAID": 100.0}),
        daily_payments=kpis.daily({}),
    )
    board = await boards(gateway, ("currency", "JPY")).board([DAILY])
    assert (board.currency, board.currencies) == ("JPY", ["EUR", "JPY"])
    assert ("daily-payments", {"window": "mtd", "currency": "JPY"}) in gateway.asked


def test_today_says_that_it_is_not_over() -> None:
    answer = kpis.daily({"2026-03-14": (1, 5_000)}, "2026-03-14", "2026-03-15")
    yesterday, today = table(card(DAILY, answer)).rows
    assert (yesterday.label, yesterday.unfinished) == ("14 Mar 2026", False)
    assert (today.label, today.unfinished) == ("15 Mar 2026, so far", True)
    _, oggi = table(card(DAILY, answer, language="it")).rows
    assert oggi.label == "15 mar 2026, finora"

"""The Dashboard's figures: today beside yesterday at this hour, and what waits."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from backoffice.pages.home.figures import Figures, change
from backoffice.words import Words
from payops_kernel.zones import Zone


def figure(count: int, amount: int, before: int) -> dict[str, Any]:
    return {"count": count, "amount_minor": amount, "previous": {"count": before}}


def today(*currencies: dict[str, Any]) -> dict[str, Any]:
    return {
        "window": {"from": "2026-03-15", "to": "2026-03-15"},
        "previous": {"from": "2026-03-14", "to": "2026-03-14", "until": "2026-03-14T11:00:00Z"},
        "currencies": list(currencies),
    }


def paid_in(
    currency: str, payments: int, amount: int, before: int, waiting: int = 0, of: int | None = None
) -> Any:
    return {
        "currency": currency,
        "payments": figure(payments, amount, before),
        "paid": figure(payments, amount, before),
        "failed": figure(0, 0, 0),
        "refunds_awaiting": {
            "count": waiting,
            "amount_minor": 100 * waiting,
            "payments": waiting if of is None else of,
        },
    }


@pytest.fixture
def figures() -> Figures:
    return Figures(Words("en"), Zone("Europe/Rome"))


def test_today_is_compared_with_yesterday_up_to_this_hour_of_the_reporting_zone(
    figures: Figures,
) -> None:
    payments = figures.of_today(today(paid_in("EUR", 6, 12_000, 5)))[0]
    assert payments.number == "6"
    assert payments.said == ["6 paid: €120.00", "5 by 12:00 yesterday"]


def test_a_change_in_percent_is_said_of_thirty_payments_and_more(figures: Figures) -> None:
    for before, said in ((29, "29 by 12:00 yesterday"), (30, "+20.00%, 30 by 12:00 yesterday")):
        payments = figures.of_today(today(paid_in("EUR", 36, 12_000, before)))[0]
        assert payments.said[-1] == said


def test_payments_are_counted_together_and_amounts_are_not(figures: Figures) -> None:
    answer = today(paid_in("EUR", 6, 12_000, 5), paid_in("USD", 2, 300, 0))
    payments = figures.of_today(answer)[0]
    assert payments.number == "8"
    assert payments.said == [
        "8 paid: €120.00\N{NO-BREAK SPACE}· US$3.00",
        "5 by 12:00 yesterday",
    ]


def test_each_figure_leads_to_its_rows(figures: Figures) -> None:
    _, failed, awaiting = figures.of_today(today(paid_in("EUR", 6, 12_000, 5, waiting=2)))
    assert parse_qsl(urlsplit(str(failed.href)).query) == [
        ("created_from", "2026-03-15"),
        ("created_to", "2026-03-15"),
        ("status", "FAILED"),
    ]
    assert (awaiting.number, awaiting.said, awaiting.care) == ("2", ["€2.00"], True)
    assert parse_qsl(urlsplit(str(awaiting.href)).query) == [
        ("refund_status", "PENDING"),
        ("refund_status", "REQUESTED"),
        ("refund_status", "UNKNOWN"),
    ]


def test_refunds_that_wait_say_of_how_many_payments_when_these_are_fewer(figures: Figures) -> None:
    answer = today(paid_in("EUR", 6, 12_000, 5, waiting=3, of=2), paid_in("USD", 2, 300, 0))
    awaiting = figures.of_today(answer)[2]
    assert (awaiting.number, awaiting.said) == ("3", ["€3.00", "of 2 payments"])


def test_nothing_today_is_zero_and_not_missing(figures: Figures) -> None:
    payments, failed, awaiting = figures.of_today(today())
    assert [each.number for each in (payments, failed, awaiting)] == ["0", "0", "0"]
    assert payments.said == ["none by 12:00 yesterday"]
    assert awaiting.said == ["None waiting"]


def test_dead_letters_say_when_there_are_more_than_are_counted(figures: Figures) -> None:
    assert figures.dead_letters({"total": 0}, "/dead-letters").number == "0"
    many = figures.dead_letters({"total": 10_000, "total_is_capped": True}, "/dead-letters")
    assert (many.number, many.href, many.care) == ("10,000+", "/dead-letters?state=OPEN", True)


@pytest.mark.parametrize(
    ("now", "before", "percent"), [(6, 5, 20.0), (0, 5, -100.0), (5, 0, None), (1, 3, -66.67)]
)
def test_a_change_is_in_percent_with_two_decimals(
    now: int, before: int, percent: float | None
) -> None:
    assert change(now, before) == percent

"""Lines, reasons, what is left and today, as they go over the wire."""

from collections.abc import Callable

import httpx
import pytest

from analytics.api import schemas
from analytics.domain.payment_facts import PaymentTotals
from analytics.use_cases.kpi_reads import Found
from payops_testing.analytics.kpi_app import NOTHING_BEFORE, GivenSums, given_sums, kpi_app

ClientOf = Callable[..., httpx.AsyncClient]
AMOUNT_BY = [f"/v1/kpis/amount-by-{field}" for field in ("method", "channel", "provider", "type")]
NET, REASONS, TODAY = (
    f"/v1/kpis/{each}" for each in ("refunds-and-net", "failure-reasons", "today")
)


@pytest.mark.parametrize("path", AMOUNT_BY)
async def test_a_line_has_an_entry_a_day_and_the_words_that_people_read(
    client_of: ClientOf, path: str
) -> None:
    word, words = {
        "method": ("pay-pal", "PayPal"),
        "channel": ("pos", "Point of sale"),
        "provider": ("nexi", "Nexi"),
        "type": ("DIRECT", "Direct"),
    }[path.rpartition("-")[2]]
    reads = given_sums(
        {
            "USD": {
                ("brand-new", "2026-03-01"): PaymentTotals(2, 10),
                (word, "2026-03-01"): PaymentTotals(1, 500),
                (word, "2026-03-02"): PaymentTotals(1, 20),
            }
        },
        {"USD": {("gone",): PaymentTotals(1, 40), (word,): PaymentTotals(1, 1040)}},
    )
    async with client_of(kpi_app(reads)) as client:
        answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    schemas.AmountByOut.model_validate(body)
    assert (body["by"], body["days"]) == (path.rpartition("-")[2], ["2026-03-01", "2026-03-02"])
    (row,) = body["currencies"]
    assert row["total"] == {"count": 4, "amount_minor": 530}
    assert row["previous"]["amount_minor"] == 1080
    assert [(line["value"], line["label"]) for line in row["lines"]] == [
        (word, words),
        ("brand-new", "brand-new"),
        ("gone", "gone"),
    ]
    first, new, gone = row["lines"]
    assert (first["counts"], first["amounts_minor"]) == ([1, 1], [500, 20])
    assert first["previous"]["amount_change_percent"] == -50
    assert (new["counts"], new["amounts_minor"], new["previous"]) == (
        [2, 0],
        [10, 0],
        NOTHING_BEFORE,
    )
    assert (gone["total"], gone["amounts_minor"]) == ({"count": 0, "amount_minor": 0}, [0, 0])


async def test_what_is_left_is_what_was_paid_less_what_was_given_back(client_of: ClientOf) -> None:
    paid = Found(
        {"USD": {("2026-03-01",): PaymentTotals(2, 900)}}, {"USD": {(): PaymentTotals(1, 600)}}
    )
    back = Found({"USD": {("2026-03-01",): PaymentTotals(1, 950)}}, {})
    async with client_of(kpi_app(GivenSums([paid, back]))) as client:
        answer = await client.get(NET)
    assert answer.status_code == 200, answer.text
    schemas.RefundsAndNetOut.model_validate(answer.json())
    (row,) = answer.json()["currencies"]
    now = {
        "count": 2,
        "refunded_count": 1,
        "gross_minor": 900,
        "refunded_minor": 950,
        "net_minor": -50,
    }
    assert row["total"] == now
    assert row["days"] == [
        {"day": "2026-03-01", **now},
        {"day": "2026-03-02", **dict.fromkeys(now, 0)},
    ]
    assert row["previous"] == {
        "count": 1,
        "refunded_count": 0,
        "gross_minor": 600,
        "refunded_minor": 0,
        "net_minor": 600,
        "gross_change_percent": 50,
        "refunded_change_percent": None,
        "net_change_percent": -108.33,
    }


async def test_reasons_are_as_upstream_gave_them_the_largest_first(client_of: ClientOf) -> None:
    reads = given_sums(
        {
            "USD": {
                ("card_declined",): PaymentTotals(1, 10),
                (None,): PaymentTotals(2, 5),
                ("timeout",): PaymentTotals(3, 700),
            }
        }
    )
    async with client_of(kpi_app(reads)) as client:
        answer = await client.get(REASONS)
    assert answer.status_code == 200, answer.text
    schemas.FailureReasonsOut.model_validate(answer.json())
    (row,) = answer.json()["currencies"]
    told = [(each["reason"], each["label"], each["percentage"]) for each in row["reasons"]]
    assert told == [
        ("timeout", "timeout", 50),
        ("card_declined", "card_declined", 16.67),
        (None, "No reason given", 33.33),
    ]
    (((reading,), _window, _before, _currency),) = reads.asked
    assert reading.statuses == ("FAILED",)


async def test_today_stands_beside_yesterday_at_this_time(client_of: ClientOf) -> None:
    by_status = Found(
        {
            "USD": {
                ("CREATED",): PaymentTotals(1, 1),
                ("PAID",): PaymentTotals(2, 20),
                ("TOTALLY_REFUNDED",): PaymentTotals(1, 10),
                ("FAILED",): PaymentTotals(1, 7),
            }
        },
        {"USD": {("PAID",): PaymentTotals(2, 60)}},
    )
    awaiting = Found(
        {
            "USD": {("1",): PaymentTotals(1, 11), ("2",): PaymentTotals(1, 22)},
            "EUR": {("1",): PaymentTotals(1, 5)},
        },
        {},
    )
    reads = GivenSums([by_status, awaiting])
    async with client_of(kpi_app(reads)) as client:
        answer = await client.get(TODAY)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    schemas.TodayOut.model_validate(body)
    assert body["window"]["from"] == body["window"]["to"] == "2026-03-02"
    assert body["previous"] == {
        "from": "2026-03-01",
        "to": "2026-03-01",
        "until": "2026-03-02T01:30:00Z",
    }
    euros, dollars = body["currencies"]
    assert euros["refunds_awaiting"] == {"count": 1, "amount_minor": 5, "payments": 1}
    assert euros["payments"] == {"count": 0, "amount_minor": 0, "previous": NOTHING_BEFORE}
    assert dollars["payments"]["count"] == 5
    assert dollars["paid"] == {
        "count": 3,
        "amount_minor": 30,
        "previous": {
            "count": 2,
            "amount_minor": 60,
            "count_change_percent": 50,
            "amount_change_percent": -50,
        },
    }
    assert dollars["failed"] == {"count": 1, "amount_minor": 7, "previous": NOTHING_BEFORE}
    assert dollars["refunds_awaiting"] == {"count": 3, "amount_minor": 33, "payments": 2}

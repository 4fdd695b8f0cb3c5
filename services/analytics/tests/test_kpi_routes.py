"""The KPI routes over sums that are given: windows, shapes, currencies apart, refusals."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest

from analytics.api import examples, schemas
from analytics.domain.payment_facts import PaymentTotals
from analytics.use_cases.kpi_reads import AMOUNT_MAX, Sums
from payops_contracts.topics import TRANSACTIONS
from payops_kernel.auth.principals import UserRole
from payops_testing.analytics.kpi_app import NOTHING_BEFORE, GivenSums, given_sums, kpi_app

ClientOf = Callable[..., httpx.AsyncClient]
DAILY = "/v1/kpis/daily-payments"
BY_STATUS = "/v1/kpis/payments-by-status"
AMOUNT_BY = [f"/v1/kpis/amount-by-{field}" for field in ("method", "channel", "provider", "type")]
NET, REASONS, TODAY = (
    f"/v1/kpis/{each}" for each in ("refunds-and-net", "failure-reasons", "today")
)
OF_A_WINDOW = [DAILY, BY_STATUS, *AMOUNT_BY, NET, REASONS]
VERIFICATIONS = "/v1/kpis/verifications"


HEAD = {
    "window": {
        "name": "mtd",
        "from": "2026-03-01",
        "to": "2026-03-02",
        "until": "2026-03-03T01:30:00Z",
    },
    "previous": {"from": "2026-02-01", "to": "2026-02-02", "until": "2026-02-03T01:30:00Z"},
    "zone": "America/Sao_Paulo",
    "as_of": {
        "at": "2026-03-03T01:30:00Z",
        "positions": [{"topic": TRANSACTIONS.name, "partition": 0, "next": 7}],
    },
    "lag": 3,
    "verified": {
        "verified_at": "2026-03-03T01:30:00Z",
        "agreed": True,
        "differences": 0,
        "payments": 7,
    },
}


CURRENCIES = [
    {
        "currency": "EUR",
        "total": {"count": 1, "amount_minor": 5},
        "previous": {
            "count": 2,
            "amount_minor": 4,
            "count_change_percent": -50,
            "amount_change_percent": 25,
        },
        "days": [
            {"day": "2026-03-01", "count": 0, "amount_minor": 0},
            {"day": "2026-03-02", "count": 1, "amount_minor": 5},
        ],
    },
    {
        "currency": "GBP",
        "total": {"count": 0, "amount_minor": 0},
        "previous": {
            "count": 1,
            "amount_minor": 1,
            "count_change_percent": -100,
            "amount_change_percent": -100,
        },
        "days": [
            {"day": "2026-03-01", "count": 0, "amount_minor": 0},
            {"day": "2026-03-02", "count": 0, "amount_minor": 0},
        ],
    },
    {
        "currency": "USD",
        "total": {"count": 2, "amount_minor": 3230},
        "previous": NOTHING_BEFORE,
        "days": [
            {"day": "2026-03-01", "count": 2, "amount_minor": 3230},
            {"day": "2026-03-02", "count": 0, "amount_minor": 0},
        ],
    },
]


async def test_every_day_of_the_month_to_date_is_there_and_currencies_stay_apart(
    client_of: ClientOf,
) -> None:
    reads = given_sums(
        {
            "USD": {("2026-03-01",): PaymentTotals(2, 3230)},
            "EUR": {("2026-03-02",): PaymentTotals(1, 5)},
            "JPY": {("2026-03-02",): PaymentTotals(0, 0)},
        },
        {"EUR": {(): PaymentTotals(2, 4)}, "GBP": {(): PaymentTotals(1, 1)}},
    )
    async with client_of(kpi_app(reads)) as client:
        answer = await client.get(DAILY, params={"window": "mtd"})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    schemas.DailyPaymentsOut.model_validate(body)
    assert {name: part for name, part in body.items() if name != "currencies"} == HEAD
    assert body["currencies"] == CURRENCIES
    (((reading,), _window, _before, _currency),) = reads.asked
    assert reading.statuses == ("PAID", "PARTIALLY_REFUNDED", "TOTALLY_REFUNDED")


async def test_the_shares_of_all_statuses_add_up_to_exactly_one_hundred(
    client_of: ClientOf,
) -> None:
    reads = given_sums(
        {
            "USD": {
                ("CREATED",): PaymentTotals(1, 10),
                ("PAID",): PaymentTotals(1, 20),
                ("FAILED",): PaymentTotals(1, 0),
            }
        },
        {"USD": {("PAID",): PaymentTotals(4, 40)}},
    )
    async with client_of(kpi_app(reads)) as client:
        answer = await client.get(BY_STATUS, params={"window": "ytd", "currency": "USD"})
    assert answer.status_code == 200, answer.text
    schemas.PaymentsByStatusOut.model_validate(answer.json())
    (row,) = answer.json()["currencies"]
    assert row["total"] == {"count": 3, "amount_minor": 30}
    assert row["previous"]["count_change_percent"] == -25
    shares = {share["label"]: share["percentage"] for share in row["statuses"]}
    assert shares == {
        "Created": 33.34,
        "Paid": 33.33,
        "Partially Refunded": 0,
        "Totally Refunded": 0,
        "Failed": 33.33,
    }
    assert sum(Decimal(str(share)) for share in shares.values()) == 100
    assert row["statuses"][1]["previous"] == {
        "count": 4,
        "amount_minor": 40,
        "count_change_percent": -75,
        "amount_change_percent": -50,
    }


async def test_the_currency_that_was_asked_for_answers_with_zeros_when_it_has_nothing(
    client_of: ClientOf,
) -> None:
    async with client_of(kpi_app(GivenSums(), lag=None)) as client:
        daily = await client.get(DAILY, params={"currency": "EUR"})
        shares = await client.get(BY_STATUS, params={"currency": "EUR"})
        lines = await client.get(AMOUNT_BY[0], params={"currency": "EUR"})
        every = await client.get(DAILY)
    (row,) = daily.json()["currencies"]
    assert row["total"] == {"count": 0, "amount_minor": 0}
    assert [day["day"] for day in row["days"]] == ["2026-03-01", "2026-03-02"]
    (row,) = shares.json()["currencies"]
    assert [share["percentage"] for share in row["statuses"]] == [0] * 5
    (row,) = lines.json()["currencies"]
    assert row == {
        "currency": "EUR",
        "total": {"count": 0, "amount_minor": 0},
        "previous": NOTHING_BEFORE,
        "lines": [],
    }
    assert every.json()["currencies"] == []
    assert every.json()["lag"] is None


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("window=weekly", "/query/window"),
        ("window=custom", "/query/from"),
        ("from=2026-01-01", "/query/to"),
        ("window=ytd&to=2026-01-01", "/query/to"),
        ("from=2026-01-02&to=2026-01-01", "/query/from"),
        ("from=2000-01-01&to=2026-01-01", "/query/from"),
        ("from=20260101&to=2026-01-02", "/query/from"),
        ("from=2026-02-30&to=2026-03-02", "/query/from"),
        ("from=9999-12-30&to=2026-01-02", "/query/from"),
        ("from=2200-12-01&to=2201-01-02", "/query/to"),
        ("from=1969-12-30&to=1970-01-02", "/query/from"),
        ("from=2026-W01-1&to=2026-03-02", "/query/from"),
        ("from=2026-01-01T00:00:00Z&to=2026-03-02", "/query/from"),
        ("currency=usd", "/query/currency"),
        ("currency=XXX", "/query/currency"),
        ("curency=USD", "/query/curency"),
    ],
)
@pytest.mark.parametrize("path", OF_A_WINDOW)
async def test_what_cannot_be_answered_is_refused_and_says_where(
    client_of: ClientOf, path: str, query: str, pointer: str
) -> None:
    async with client_of(kpi_app(GivenSums())) as client:
        answer = await client.get(f"{path}?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_only_callers_with_a_role_may_ask(client_of: ClientOf) -> None:
    for role in (None, *UserRole):
        async with client_of(kpi_app(GivenSums()), role) as client:
            answers = [await client.get(path) for path in (*OF_A_WINDOW, TODAY)]
        assert {each.status_code for each in answers} == {401 if role is None else 200}


async def test_operators_may_have_the_kpis_verified_and_viewers_may_not(
    client_of: ClientOf,
) -> None:
    async with client_of(kpi_app(GivenSums()), UserRole.VIEWER) as client:
        assert (await client.post(VERIFICATIONS)).status_code == 403
    async with client_of(kpi_app(GivenSums()), UserRole.OPERATOR) as client:
        answer = await client.post(VERIFICATIONS)
    assert answer.status_code == 202
    schemas.VerificationAskedOut.model_validate(answer.json())
    assert answer.json()["requested_at"] == "2026-03-03T01:30:00Z"


async def test_numbers_that_were_counted_in_another_zone_are_not_shown(
    client_of: ClientOf,
) -> None:
    async with client_of(kpi_app(GivenSums(zone="Europe/Rome"))) as client:
        answer = await client.get(DAILY)
    assert answer.status_code == 503
    assert answer.json()["code"] == "reporting_zone_changed"
    assert "Set PAYOPS_ZONE to Europe/Rome" in answer.json()["detail"]


async def test_a_sum_past_64_bits_is_refused_and_never_rounded(client_of: ClientOf) -> None:
    sums: Sums = {
        "IRR": {
            ("2026-03-01",): PaymentTotals(1, AMOUNT_MAX),
            ("2026-03-02",): PaymentTotals(1, 1),
        }
    }
    async with client_of(kpi_app(given_sums(sums))) as client:
        answer = await client.get(DAILY)
    assert (answer.status_code, answer.json()["code"]) == (422, "sum_too_large")


@pytest.mark.parametrize(
    ("model", "example"),
    [
        (schemas.DailyPaymentsOut, examples.DAILY_PAYMENTS),
        (schemas.PaymentsByStatusOut, examples.PAYMENTS_BY_STATUS),
        (schemas.AmountByOut, examples.AMOUNT_BY),
        (schemas.RefundsAndNetOut, examples.REFUNDS_AND_NET),
        (schemas.FailureReasonsOut, examples.FAILURE_REASONS),
        (schemas.TodayOut, examples.TODAY),
        (schemas.VerificationAskedOut, examples.VERIFICATION_ASKED),
    ],
)
def test_the_examples_are_answers(model: Any, example: dict[str, Any]) -> None:
    assert model.model_validate(example).model_dump(mode="json", by_alias=True) == example

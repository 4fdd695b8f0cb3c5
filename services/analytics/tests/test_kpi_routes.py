"""The KPI routes over sums that are given: windows, shapes, currencies apart, refusals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from analytics.api import examples, schemas
from analytics.api.kpis import kpi_routes
from analytics.api.verifications import verification_routes
from analytics.domain.comparison import Period
from analytics.domain.payment_facts import PaymentTotals
from analytics.domain.reporting_days import ReportingZone
from analytics.domain.windows import Window
from analytics.use_cases.kpi_reads import (
    AMOUNT_MAX,
    Applied,
    AppliedPosition,
    Found,
    Reading,
    Seen,
    Sums,
    Verification,
)
from analytics.use_cases.read_kpis import ReadKpis
from analytics.use_cases.verify_kpis import Asked, VerifyKpis
from payops_kernel.auth.principals import UserRole
from payops_kernel.clock import DrivenClock
from payops_kernel.http.app import create_http_app
from payops_kernel.http.health import ServiceHealth
from payops_kernel.settings import ServiceSettings

ClientOf = Callable[..., httpx.AsyncClient]
NOW = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)
"""Still 2 March in São Paulo, half past ten at night."""
MADE = Verification(NOW, True, 0, 7)
DAILY = "/v1/kpis/daily-payments"
BY_STATUS = "/v1/kpis/payments-by-status"
AMOUNT_BY = [f"/v1/kpis/amount-by-{field}" for field in ("method", "channel", "provider", "type")]
NET, REASONS, TODAY = (
    f"/v1/kpis/{each}" for each in ("refunds-and-net", "failure-reasons", "today")
)
OF_A_WINDOW = [DAILY, BY_STATUS, *AMOUNT_BY, NET, REASONS]
VERIFICATIONS = "/v1/kpis/verifications"
NO_CHANGE = {"count_change_percent": None, "amount_change_percent": None}
NOTHING_BEFORE = {"count": 0, "amount_minor": 0, **NO_CHANGE}


@dataclass
class GivenSums:
    """Sums that are given, one found a reading. Satisfies ``KpiReads``."""

    found: Sequence[Found] = ()
    zone: str | None = "America/Sao_Paulo"
    asked: list[tuple[Sequence[Reading], Window, Period, str | None]] = field(default_factory=list)

    async def look(
        self, readings: Sequence[Reading], window: Window, before: Period, currency: str | None
    ) -> Seen:
        self.asked.append((readings, window, before, currency))
        applied = Applied(NOW, [AppliedPosition("payops.transactions", 0, 7)])
        return Seen(self.found or [Found({}, {})] * len(readings), applied, self.zone, MADE)


class NoVerifications:
    """Remembers that one was asked for. Satisfies ``Verifications``."""

    async def ask(self) -> Asked:
        return Asked(NOW, MADE)

    async def claim(self) -> datetime | None:
        return None

    async def recount(self, at: datetime) -> Verification:
        raise NotImplementedError

    async def keep(self, made: Verification) -> None:
        raise NotImplementedError


def _given(now: Sums, before: Sums | None = None) -> GivenSums:
    return GivenSums([Found(now, before or {})])


def _app(reads: GivenSums, lag: int | None = 3) -> FastAPI:
    kpis = ReadKpis(reads, ReportingZone("America/Sao_Paulo"), DrivenClock(NOW), lambda: lag)
    return create_http_app(
        title="Sample",
        settings=ServiceSettings(),
        health=ServiceHealth("analytics"),
        metrics=CollectorRegistry(),
        routers=[kpi_routes(kpis), verification_routes(VerifyKpis(NoVerifications()))],
    )


async def test_every_day_of_the_month_to_date_is_there_and_currencies_stay_apart(
    client_of: ClientOf,
) -> None:
    reads = _given(
        {
            "USD": {("2026-03-01",): PaymentTotals(2, 3230)},
            "EUR": {("2026-03-02",): PaymentTotals(1, 5)},
            "JPY": {("2026-03-02",): PaymentTotals(0, 0)},
        },
        {"EUR": {(): PaymentTotals(2, 4)}, "GBP": {(): PaymentTotals(1, 1)}},
    )
    async with client_of(_app(reads)) as client:
        answer = await client.get(DAILY, params={"window": "mtd"})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body == {
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
            "positions": [{"topic": "payops.transactions", "partition": 0, "next": 7}],
        },
        "lag": 3,
        "verified": {
            "verified_at": "2026-03-03T01:30:00Z",
            "agreed": True,
            "differences": 0,
            "payments": 7,
        },
        "currencies": [
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
        ],
    }
    schemas.DailyPaymentsOut.model_validate(body)
    (((reading,), _window, _before, _currency),) = reads.asked
    assert reading.statuses == ("PAID", "PARTIALLY_REFUNDED", "TOTALLY_REFUNDED")


async def test_the_shares_of_all_statuses_add_up_to_exactly_one_hundred(
    client_of: ClientOf,
) -> None:
    reads = _given(
        {
            "USD": {
                ("CREATED",): PaymentTotals(1, 10),
                ("PAID",): PaymentTotals(1, 20),
                ("FAILED",): PaymentTotals(1, 0),
            }
        },
        {"USD": {("PAID",): PaymentTotals(4, 40)}},
    )
    async with client_of(_app(reads)) as client:
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
    reads = _given(
        {
            "USD": {
                ("brand-new", "2026-03-01"): PaymentTotals(2, 10),
                (word, "2026-03-01"): PaymentTotals(1, 500),
                (word, "2026-03-02"): PaymentTotals(1, 20),
            }
        },
        {"USD": {("gone",): PaymentTotals(1, 40), (word,): PaymentTotals(1, 1040)}},
    )
    async with client_of(_app(reads)) as client:
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
    async with client_of(_app(GivenSums([paid, back]))) as client:
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
    reads = _given(
        {
            "USD": {
                ("card_declined",): PaymentTotals(1, 10),
                (None,): PaymentTotals(2, 5),
                ("timeout",): PaymentTotals(3, 700),
            }
        }
    )
    async with client_of(_app(reads)) as client:
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
    awaiting = Found({"USD": {(): PaymentTotals(3, 33)}, "EUR": {(): PaymentTotals(1, 5)}}, {})
    reads = GivenSums([by_status, awaiting])
    async with client_of(_app(reads)) as client:
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
    assert euros["refunds_awaiting"] == {"count": 1, "amount_minor": 5}
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
    assert dollars["refunds_awaiting"] == {"count": 3, "amount_minor": 33}


async def test_the_currency_that_was_asked_for_answers_with_zeros_when_it_has_nothing(
    client_of: ClientOf,
) -> None:
    async with client_of(_app(GivenSums(), lag=None)) as client:
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
    async with client_of(_app(GivenSums())) as client:
        answer = await client.get(f"{path}?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_only_callers_with_a_role_may_ask(client_of: ClientOf) -> None:
    for role in (None, *UserRole):
        async with client_of(_app(GivenSums()), role) as client:
            answers = [await client.get(path) for path in (*OF_A_WINDOW, TODAY)]
        assert {each.status_code for each in answers} == {401 if role is None else 200}


async def test_operators_may_have_the_kpis_verified_and_viewers_may_not(
    client_of: ClientOf,
) -> None:
    async with client_of(_app(GivenSums()), UserRole.VIEWER) as client:
        assert (await client.post(VERIFICATIONS)).status_code == 403
    async with client_of(_app(GivenSums()), UserRole.OPERATOR) as client:
        answer = await client.post(VERIFICATIONS)
    assert answer.status_code == 202
    schemas.VerificationAskedOut.model_validate(answer.json())
    assert answer.json()["requested_at"] == "2026-03-03T01:30:00Z"


async def test_numbers_that_were_counted_in_another_zone_are_not_shown(
    client_of: ClientOf,
) -> None:
    async with client_of(_app(GivenSums(zone="Europe/Rome"))) as client:
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
    async with client_of(_app(_given(sums))) as client:
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

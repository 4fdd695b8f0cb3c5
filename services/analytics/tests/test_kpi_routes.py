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

from analytics.api.kpis import kpi_routes
from analytics.api.schemas import DailyPaymentsOut, PaymentsByStatusOut
from analytics.domain.payment_facts import PaymentTotals
from analytics.domain.reporting_days import ReportingZone
from analytics.domain.windows import Window
from analytics.use_cases.kpi_reads import AMOUNT_MAX, Applied, AppliedPosition, KpiSums, Sums
from analytics.use_cases.read_kpis import ReadKpis
from payops_kernel.auth.principals import UserRole
from payops_kernel.clock import DrivenClock
from payops_kernel.http.app import create_http_app
from payops_kernel.http.health import ServiceHealth
from payops_kernel.settings import ServiceSettings

ClientOf = Callable[..., httpx.AsyncClient]
NOW = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)
"""Still 2 March in São Paulo."""
DAILY = "/v1/kpis/daily-payments"
BY_STATUS = "/v1/kpis/payments-by-status"


@dataclass
class GivenSums:
    """Sums that are given. Satisfies ``KpiReads``."""

    given: Sums = field(default_factory=dict)
    zone: str | None = "America/Sao_Paulo"
    asked: list[tuple[Any, ...]] = field(default_factory=list)

    async def sums(
        self,
        by: str,
        window: Window,
        currency: str | None,
        statuses: Sequence[str] | None = None,
    ) -> KpiSums:
        self.asked.append((window.first, window.last, statuses, currency))
        applied = Applied(NOW, [AppliedPosition("payops.transactions", 0, 7)])
        return KpiSums(self.given, applied, self.zone)


def _app(reads: GivenSums, lag: int | None = 3) -> FastAPI:
    kpis = ReadKpis(reads, ReportingZone("America/Sao_Paulo"), DrivenClock(NOW), lambda: lag)
    return create_http_app(
        title="Sample",
        settings=ServiceSettings(),
        health=ServiceHealth("analytics"),
        metrics=CollectorRegistry(),
        routers=[kpi_routes(kpis)],
    )


async def test_every_day_of_the_month_to_date_is_there_and_currencies_stay_apart(
    client_of: ClientOf,
) -> None:
    reads = GivenSums(
        {
            "USD": {"2026-03-01": PaymentTotals(2, 3230)},
            "EUR": {"2026-03-02": PaymentTotals(1, 5)},
            "JPY": {"2026-03-02": PaymentTotals(0, 0)},
        }
    )
    async with client_of(_app(reads)) as client:
        answer = await client.get(DAILY, params={"window": "mtd"})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body == {
        "window": {"name": "mtd", "from": "2026-03-01", "to": "2026-03-02"},
        "zone": "America/Sao_Paulo",
        "as_of": {
            "at": "2026-03-03T01:30:00Z",
            "positions": [{"topic": "payops.transactions", "partition": 0, "next": 7}],
        },
        "lag": 3,
        "currencies": [
            {
                "currency": "EUR",
                "total": {"count": 1, "amount_minor": 5},
                "days": [
                    {"day": "2026-03-01", "count": 0, "amount_minor": 0},
                    {"day": "2026-03-02", "count": 1, "amount_minor": 5},
                ],
            },
            {
                "currency": "USD",
                "total": {"count": 2, "amount_minor": 3230},
                "days": [
                    {"day": "2026-03-01", "count": 2, "amount_minor": 3230},
                    {"day": "2026-03-02", "count": 0, "amount_minor": 0},
                ],
            },
        ],
    }
    DailyPaymentsOut.model_validate(body)
    ((_first, _last, statuses, _currency),) = reads.asked
    assert statuses == ("PAID", "PARTIALLY_REFUNDED", "TOTALLY_REFUNDED")


async def test_the_shares_of_all_statuses_add_up_to_exactly_one_hundred(
    client_of: ClientOf,
) -> None:
    reads = GivenSums(
        {
            "USD": {
                "CREATED": PaymentTotals(1, 10),
                "PAID": PaymentTotals(1, 20),
                "FAILED": PaymentTotals(1, 0),
            }
        }
    )
    async with client_of(_app(reads)) as client:
        answer = await client.get(BY_STATUS, params={"window": "ytd", "currency": "USD"})
    assert answer.status_code == 200, answer.text
    PaymentsByStatusOut.model_validate(answer.json())
    (row,) = answer.json()["currencies"]
    assert row["total"] == {"count": 3, "amount_minor": 30}
    shares = {share["label"]: share["percentage"] for share in row["statuses"]}
    assert shares == {
        "Created": 33.34,
        "Paid": 33.33,
        "Partially Refunded": 0,
        "Totally Refunded": 0,
        "Failed": 33.33,
    }
    assert sum(Decimal(str(share)) for share in shares.values()) == 100


async def test_the_currency_that_was_asked_for_answers_with_zeros_when_it_has_nothing(
    client_of: ClientOf,
) -> None:
    async with client_of(_app(GivenSums(), lag=None)) as client:
        daily = await client.get(DAILY, params={"currency": "EUR"})
        shares = await client.get(BY_STATUS, params={"currency": "EUR"})
        every = await client.get(DAILY)
    (row,) = daily.json()["currencies"]
    assert row["total"] == {"count": 0, "amount_minor": 0}
    assert [day["day"] for day in row["days"]] == ["2026-03-01", "2026-03-02"]
    (row,) = shares.json()["currencies"]
    assert [share["percentage"] for share in row["statuses"]] == [0] * 5
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
@pytest.mark.parametrize("path", [DAILY, BY_STATUS])
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
            answer = await client.get(DAILY)
        assert answer.status_code == (401 if role is None else 200)


async def test_numbers_that_were_counted_in_another_zone_are_not_shown(
    client_of: ClientOf,
) -> None:
    async with client_of(_app(GivenSums(zone="Europe/Rome"))) as client:
        answer = await client.get(DAILY)
    assert answer.status_code == 503
    assert answer.json()["code"] == "reporting_zone_changed"
    assert "Set PAYOPS_ZONE to Europe/Rome" in answer.json()["detail"]


async def test_a_sum_past_64_bits_is_refused_and_never_rounded(client_of: ClientOf) -> None:
    sums = {"IRR": {"2026-03-01": PaymentTotals(1, AMOUNT_MAX), "2026-03-02": PaymentTotals(1, 1)}}
    async with client_of(_app(GivenSums(sums))) as client:
        answer = await client.get(DAILY)
    assert (answer.status_code, answer.json()["code"]) == (422, "sum_too_large")

"""The KPIs of subscriptions over HTTP: sums, shapes, refusals, one round on Kafka."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from analytics import bootstrap
from analytics.api import subscription_examples as examples
from analytics.api import subscription_schemas as schemas
from analytics.api.subscription_kpis import subscription_kpi_routes
from analytics.domain.payment_facts import PaymentFact
from analytics.domain.reporting_days import ReportingZone
from analytics.domain.subscription_facts import SubscriptionFact
from analytics.settings import Settings
from analytics.store.kpi_reads import MongoKpiReads
from analytics.store.payments import PaymentStore
from analytics.store.subscription_reads import MongoSubscriptionReads
from analytics.store.subscriptions import SubscriptionStore
from analytics.use_cases.read_kpis import ReadKpis
from analytics.use_cases.read_subscriptions import ReadSubscriptions
from analytics.use_cases.record_facts import record_facts
from analytics.use_cases.record_payments import record_payments
from payops_contracts.topics import SUBSCRIPTION_EVENTS
from payops_kernel.auth.principals import UserRole
from payops_kernel.clock import DrivenClock
from payops_kernel.http.app import create_http_app
from payops_kernel.http.health import ServiceHealth
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.mongo import Mongo, Session, connect, ensure_collections, in_transaction
from payops_kernel.settings import ServiceSettings
from payops_kernel.testing import eventually
from payops_testing.analytics.builders import a_fact
from payops_testing.analytics.subscriptions import (
    NOON,
    a_subscription_event,
    a_subscription_fact,
)
from payops_testing.kernel.dropping import drop_database
from payops_testing.services import built

ClientOf = Callable[..., httpx.AsyncClient]
NOW = NOON + timedelta(days=2)
BY_DAY, BY_STATUS, PAYMENTS = (
    "subscriptions-by-day", "subscriptions-by-status", "subscription-payments"
)  # fmt: skip
MODELS: dict[str, Any] = {
    BY_DAY: schemas.SubscriptionsByDayOut,
    BY_STATUS: schemas.SubscriptionsByStatusOut,
    PAYMENTS: schemas.SubscriptionPaymentsOut,
}


def _lives() -> list[SubscriptionFact]:
    """Four of January, of which one ends in March; one of March; one a day long; one of nobody."""
    january = NOON - timedelta(days=40)
    ended: dict[str, Any] = {"status": "NOT_ACTIVE", "end_reason": "CANCELLED"}
    old = [
        a_subscription_fact(f"sub-{number}", status="ACTIVE", started_at=january)
        for number in range(3)
    ]
    over = NOON + timedelta(days=1)
    return [
        *old,
        a_subscription_fact("sub-3", **ended, started_at=january, ended_at=over),
        a_subscription_fact("sub-4", status="ON_HOLD", started_at=NOON, interval="YEAR"),
        a_subscription_fact("sub-5", **ended, started_at=over, ended_at=over + timedelta(hours=1)),
        a_subscription_fact("sub-6"),
    ]


def _payments() -> list[PaymentFact]:
    """Of subscriptions nine paid and one failed on 1 March; all else is none of theirs."""
    kind, paid = "SUBSCRIPTION", ("PAID", "PARTIALLY_REFUNDED", "TOTALLY_REFUNDED")
    february = NOON - timedelta(days=28)
    return [
        *(a_fact(f"t-{n}", type=kind, status=paid[n % 3], amount_minor=100) for n in range(9)),
        a_fact("t-9", type=kind, status="FAILED", amount_minor=100, failure_code="declined"),
        a_fact("t-10", type=kind, status="CREATED"),
        a_fact("t-11", status="FAILED"),
        a_fact("t-12", status="PAID"),
        a_fact("t-13", type=kind, status="FAILED", day="2026-02-01", created_at=february),
        a_fact("t-14", type=kind, status="PAID", day="2026-02-03",
               created_at=february + timedelta(days=2, hours=-1)),
        a_fact("t-15", type=kind, status="FAILED", day="2026-02-03",
               created_at=february + timedelta(days=2)),
        a_fact("t-16", type=kind, status="FAILED", day="2026-02-03",
               created_at=february + timedelta(days=1, hours=23)),
    ]  # fmt: skip


@pytest.fixture
async def app(own_mongo: Mongo) -> FastAPI:
    await ensure_collections(own_mongo.db, MongoKpiReads.indexes | MongoSubscriptionReads.indexes)
    await PaymentStore(own_mongo.db).claim_zone("UTC")

    async def body(session: Session) -> None:
        await record_facts(SubscriptionStore(own_mongo.db).within(session), _lives())
        await record_payments(PaymentStore(own_mongo.db).within(session), _payments())

    await in_transaction(own_mongo, body, deadline_seconds=60)
    asked: Any = (ReportingZone("UTC"), DrivenClock(NOW), lambda: 3)
    kpis = ReadKpis(MongoKpiReads(own_mongo.db), *asked)
    subscriptions = ReadSubscriptions(MongoSubscriptionReads(own_mongo.db), *asked)
    return create_http_app(
        title="Sample",
        settings=ServiceSettings(),
        health=ServiceHealth("analytics"),
        metrics=CollectorRegistry(),
        routers=[subscription_kpi_routes(kpis, subscriptions)],
    )


async def _usd(client: httpx.AsyncClient, kpi: str, **query: str) -> dict[str, Any]:
    answer = await client.get(f"/v1/kpis/{kpi}", params=query)
    assert answer.status_code == 200, answer.text
    MODELS[kpi].model_validate(answer.json())
    (row,) = answer.json()["currencies"]
    assert row["currency"] == "USD"
    return dict(row)


def _tally(count: int, amount_minor: int) -> dict[str, int]:
    return {"count": count, "amount_minor": amount_minor}


async def test_what_runs_is_what_ran_and_started_less_what_ended_day_by_day(
    client_of: ClientOf, app: FastAPI
) -> None:
    async with client_of(app) as client:
        row = await _usd(client, BY_DAY, window="mtd")
    active, new, churned = row["lines"]
    assert [line["value"] for line in row["lines"]] == ["active", "new", "churned"]
    assert row["opening"] == _tally(4, 4800)
    assert active["counts"] == [5, 4, 4]
    assert active["amounts_minor"] == [4900, 3700, 3700]
    assert (new["counts"], new["amounts_minor"]) == ([1, 1, 0], [100, 1200, 0])
    assert (churned["counts"], churned["amounts_minor"]) == ([0, 2, 0], [0, 2400, 0])
    assert row["total"] == active["total"] == _tally(4, 3700)
    assert (new["total"], churned["total"]) == (_tally(2, 1300), _tally(2, 2400))
    assert (row["churn_percent"], row["previous_churn_percent"]) == (50.0, 0.0)
    assert row["previous"] == _tally(4, 4800) | {
        "count_change_percent": 0, "amount_change_percent": -22.92
    }  # fmt: skip


async def test_a_window_that_opens_with_none_has_no_churn_rate(
    client_of: ClientOf, app: FastAPI
) -> None:
    days = {"window": "custom", "from": "2026-01-20", "to": "2026-01-21"}
    async with client_of(app) as client:
        row = await _usd(client, BY_DAY, **days)
        gone = (await client.get(f"/v1/kpis/{BY_DAY}", params=days | {"currency": "EUR"})).json()
    assert row["lines"][0]["counts"] == [4, 4]
    assert row["opening"] == _tally(0, 0)
    assert (row["churn_percent"], row["previous_churn_percent"]) == (None, None)
    assert [each["total"] for each in gone["currencies"]] == [_tally(0, 0)]


async def test_statuses_and_reasons_are_those_of_now_and_all_are_there(
    client_of: ClientOf, app: FastAPI
) -> None:
    async with client_of(app) as client:
        row = await _usd(client, BY_STATUS)
    told = {each["status"]: (each["count"], each["percentage"]) for each in row["statuses"]}
    assert told == {
        "CREATED": (1, 14.29), "ACTIVE": (3, 42.86), "ON_HOLD": (1, 14.28), "NOT_ACTIVE": (2, 28.57)
    }  # fmt: skip
    assert row["total"] == _tally(7, 6 * 1200 + 100)
    reasons = {each["reason"]: each["count"] for each in row["end_reasons"]}
    assert reasons == {
        "CANCELLED": 2, "EXPIRED": 0, "ABORTED": 0, "PAYMENT_METHOD_REVOKED": 0,
        "ENDED_BY_PROVIDER": 0,
    }  # fmt: skip


async def test_the_failed_payment_rate_is_of_payments_of_subscriptions_that_were_paid_or_failed(
    client_of: ClientOf, app: FastAPI
) -> None:
    async with client_of(app) as client:
        row = await _usd(client, PAYMENTS, window="mtd")
    first, second, third = row["days"]
    assert (first["paid"], first["failed"]) == (_tally(9, 900), _tally(1, 100))
    assert (first["failed_percent"], first["count"]) == (10.0, 10)
    assert second["failed_percent"] is third["failed_percent"] is None  # a gap, not a nought
    assert row["total"]["failed_percent"] == 10.0
    # Up to noon of 3 February: one paid and two failed; the one at noon comes later.
    assert (row["previous"]["count"], row["previous"]["failed_percent"]) == (3, 66.67)


@pytest.mark.parametrize("kpi", MODELS)
async def test_callers_need_a_role_and_a_currency_that_is_one(
    client_of: ClientOf, app: FastAPI, kpi: str
) -> None:
    async with client_of(app, None) as client:
        assert (await client.get(f"/v1/kpis/{kpi}")).status_code == 401
    async with client_of(app, UserRole.VIEWER) as client:
        assert (await client.get(f"/v1/kpis/{kpi}")).status_code == 200
        wrong = await client.get(f"/v1/kpis/{kpi}", params={"currency": "usd"})
        assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (
            422, "/query/currency"
        )  # fmt: skip


@pytest.mark.parametrize(
    ("kpi", "example"),
    [(BY_DAY, examples.BY_DAY), (BY_STATUS, examples.BY_STATUS), (PAYMENTS, examples.PAYMENTS)],
)
def test_the_examples_are_answers(kpi: str, example: dict[str, Any]) -> None:
    model = MODELS[kpi]
    assert model.model_validate(example).model_dump(mode="json", by_alias=True) == example


@pytest.fixture
async def settings(kafka_address: str, mongo_uri: str) -> AsyncIterator[Settings]:
    await ensure_topics(kafka_address)
    settings = Settings(
        kafka=kafka_address,
        mongo=mongo_uri,
        database_prefix=f"test_{uuid4().hex[:12]}_",
        session_timeout_ms=6_000,
    )
    yield settings
    mongo = connect(mongo_uri, settings.database("analytics"))
    await drop_database(mongo)
    mongo.close()


async def test_events_on_kafka_end_in_the_answers_and_say_up_to_where(
    settings: Settings, client_of: ClientOf
) -> None:
    tag, then = uuid4().hex[:8], "1989-07-01T12:30:00Z"  # nobody else's are this old
    service = built(bootstrap, settings, DrivenClock(datetime(1989, 7, 10, tzinfo=UTC)))
    app = service.http_app("analytics", "")
    async with app.router.lifespan_context(app), client_of(app) as client:
        producer = AIOKafkaProducer(bootstrap_servers=settings.kafka)
        await producer.start()
        try:
            for number in range(6):
                key = f"{tag}-{number}"
                for version, started in ((2, then), (1, None)):  # the late one is old
                    event = a_subscription_event(
                        key, version, created_at=then, currency="ISK", started_at=started
                    )
                    await producer.send_and_wait(
                        SUBSCRIPTION_EVENTS.name, orjson.dumps(event), key.encode()
                    )
        finally:
            await producer.stop()

        async def look() -> Any:
            query = {"window": "custom", "from": "1989-07-01", "to": "1989-07-02"}
            return (await client.get(f"/v1/kpis/{BY_DAY}", params=query)).json()

        def done(seen: Any) -> bool:
            rows = [row for row in seen["currencies"] if row["currency"] == "ISK"]
            return bool(rows) and rows[0]["total"]["count"] == 6 and seen["lag"] == 0

        seen = await eventually(look, 60.0, until=done)
    assert {row["topic"] for row in seen["as_of"]["positions"]} == {SUBSCRIPTION_EVENTS.name}

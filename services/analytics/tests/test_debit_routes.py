"""The KPIs of debits over HTTP: what charges make of them, shapes, refusals, one round on Kafka."""

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
from analytics.api import debit_examples as examples
from analytics.api import debit_schemas as schemas
from analytics.api.debit_kpis import debit_kpi_routes
from analytics.domain.debit_facts import ChargeFact
from analytics.domain.reporting_days import ReportingZone
from analytics.settings import Settings
from analytics.store.debit_reads import MongoDebitReads
from analytics.store.debits import DebitStore
from analytics.use_cases.read_debits import ReadDebits
from analytics.use_cases.record_facts import record_facts
from payops_contracts.topics import CHARGES
from payops_kernel.auth.principals import UserRole
from payops_kernel.clock import DrivenClock
from payops_kernel.http.app import create_http_app
from payops_kernel.http.health import ServiceHealth
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.mongo import Mongo, Session, connect, ensure_collections, in_transaction
from payops_kernel.settings import ServiceSettings
from payops_kernel.testing import eventually
from payops_testing.analytics.debits import NOON, a_charge_event, a_charge_fact, an_attempt
from payops_testing.kernel.dropping import drop_database
from payops_testing.services import built

ClientOf = Callable[..., httpx.AsyncClient]
NOW = NOON + timedelta(days=2)
OF_A_WINDOW: dict[str, Any] = {
    "debits-by-day": schemas.DebitsByDayOut,
    "debit-success": schemas.DebitSuccessOut,
    "debits-by-batch": schemas.DebitsByPartOut,
    "debits-by-retry": schemas.DebitsByPartOut,
    "debits-recovered": schemas.DebitsRecoveredOut,
    "debits-by-failure-reason": schemas.DebitReasonsOut,
    "repeated-failures": schemas.RepeatedFailuresOut,
}
OF_NOW = {"debit-exposure": schemas.DebitExposureOut, "debits-today": schemas.DebitsTodayOut}
MODELS: dict[str, Any] = OF_A_WINDOW | OF_NOW
BATCH = "MB-260301-0600"


def _story() -> list[ChargeFact]:
    """Ten charges of a batch: seven collected, two failed, one open; one of the two recovered."""
    charges = []
    for number in range(10):
        status = "FINALIZED" if number < 7 else "TEMP_REJECTED" if number < 9 else "SUBMITTED"
        code = "R01" if status == "TEMP_REJECTED" else None
        attempts = [an_attempt(1, status, batch_code=BATCH, failure_code=code)]
        if number == 8:
            attempts.append(an_attempt(2, at=NOW - timedelta(hours=1)))
            status = "FINALIZED"
        charges.append(
            a_charge_fact(
                f"c-{number}",
                status=status,
                amount_minor=103,
                tax_minor=19,
                collected_minor=103 if status == "FINALIZED" else 0,
                next_retry_at=NOW + timedelta(hours=20) if number == 7 else None,
                exceptions=int(number == 9),
                attempts=tuple(attempts),
            )
        )
    return charges


@pytest.fixture
async def app(own_mongo: Mongo) -> FastAPI:
    await ensure_collections(own_mongo.db, MongoDebitReads.indexes)

    async def body(session: Session) -> None:
        await record_facts(DebitStore(own_mongo.db).within(session), _story())

    await in_transaction(own_mongo, body, deadline_seconds=60)
    reads = MongoDebitReads(own_mongo.db)
    debits = ReadDebits(reads, ReportingZone("UTC"), DrivenClock(NOW), lambda: 3)
    return create_http_app(
        title="Sample",
        settings=ServiceSettings(),
        health=ServiceHealth("analytics"),
        metrics=CollectorRegistry(),
        routers=[debit_kpi_routes(debits)],
    )


async def _usd(client: httpx.AsyncClient, kpi: str, **query: str) -> dict[str, Any]:
    answer = await client.get(f"/v1/kpis/{kpi}", params=query)
    assert answer.status_code == 200, answer.text
    MODELS[kpi].model_validate(answer.json())
    (row,) = answer.json()["currencies"]
    assert row["currency"] == "USD"
    return dict(row)


async def test_success_and_failure_are_rates_of_all_attempts(
    client_of: ClientOf, app: FastAPI
) -> None:
    async with client_of(app) as client:
        (batch, none) = (await _usd(client, "debits-by-batch"))["parts"]
        first, second = (await _usd(client, "debits-by-retry"))["parts"]
        (recovered,) = (await _usd(client, "debits-recovered"))["parts"]
        days = {each["day"]: each for each in (await _usd(client, "debit-success"))["days"]}
    assert (batch["value"], none["value"], none["label"]) == (BATCH, None, "-")
    assert (batch["success_percent"], batch["failure_percent"]) == (70.0, 20.0)
    assert (batch["count"], batch["open"]["count"]) == (10, 1)
    assert batch["success_percent"] == first["success_percent"]
    assert (first["label"], second["label"]) == ("First attempt", "Retry 1")
    assert second["succeeded"] == {"count": 1, "amount_minor": 103}
    assert (recovered["label"], recovered["count"], recovered["percentage"]) == ("Retry 1", 1, 100)
    assert days["2026-03-01"]["success_percent"] == 70.0
    assert days["2026-03-02"]["success_percent"] is None  # no debit: a gap, not a nought
    assert days["2026-03-03"]["success_percent"] == 100.0


async def test_money_stands_on_the_day_of_the_charge_with_its_tax_line_by_line(
    client_of: ClientOf, app: FastAPI
) -> None:
    async with client_of(app) as client:
        row = await _usd(client, "debits-by-day", window="mtd")
    told = {line["value"]: line["total"] for line in row["lines"]}
    assert told == {
        "charged": {"count": 10, "amount_minor": 1030},
        "collected": {"count": 8, "amount_minor": 824},
        "outstanding": {"count": 2, "amount_minor": 206},
        "tax": {"count": 10, "amount_minor": 190},
    }
    assert row["lines"][0]["amounts_minor"] == [1030, 0, 0]
    assert row["total"] == told["charged"]


async def test_a_reason_says_how_many_of_its_failures_were_recovered(
    client_of: ClientOf, app: FastAPI
) -> None:
    async with client_of(app) as client:
        (reason,) = (await _usd(client, "debits-by-failure-reason"))["reasons"]
    assert (reason["reason"], reason["count"], reason["percentage"]) == ("R01", 2, 100.0)
    assert reason["recovered"] == {"count": 1, "amount_minor": 103}
    assert reason["success_percent"] == 50.0


async def test_exposure_today_and_repeats(client_of: ClientOf, app: FastAPI) -> None:
    async with client_of(app) as client:
        exposure = await _usd(client, "debit-exposure")
        today = await _usd(client, "debits-today")
        again = await client.get("/v1/kpis/repeated-failures", params={"at_least": "2"})
        none = await client.get("/v1/kpis/repeated-failures")
    assert exposure["total"] == {"count": 8, "amount_minor": 824}
    ach = exposure["rails"][0]
    assert (ach["rail"], ach["returnable_days"], ach["count"]) == ("ACH", 60, 8)
    assert today["attempts"]["count"] == 1
    assert today["failed"]["count"] == 0
    assert today["retries_due"] == {"count": 1, "amount_minor": 103}
    assert today["open_exceptions"] == {"count": 1, "amount_minor": 103}
    (row,) = again.json()["currencies"]
    assert [(each["of"], each["value"], each["count"]) for each in row["repeats"]] == [
        ("member", "MP-1", 2), ("batch", BATCH, 2), ("day", "2026-03-01", 2)
    ]  # fmt: skip
    assert none.json()["currencies"] == []


async def test_a_currency_without_debits_answers_with_zeros(
    client_of: ClientOf, app: FastAPI
) -> None:
    async with client_of(app) as client:
        for kpi, model in OF_A_WINDOW.items():
            answer = await client.get(f"/v1/kpis/{kpi}", params={"currency": "EUR"})
            assert answer.status_code == 200
            model.model_validate(answer.json())
            rows = answer.json()["currencies"]
            assert [row["total"]["count"] for row in rows] == ([0] if rows else [])


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
    [
        ("debits-by-day", examples.BY_DAY),
        ("debit-success", examples.SUCCESS),
        ("debits-by-retry", examples.BY_RETRY),
        ("debits-recovered", examples.RECOVERED),
        ("debits-by-failure-reason", examples.REASONS),
        ("debit-exposure", examples.EXPOSURE),
        ("repeated-failures", examples.REPEATS),
        ("debits-today", examples.TODAY),
    ],
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
    tag, then = uuid4().hex[:8], "1989-07-01T22:30:00Z"  # nobody else's charges are this old
    service = built(bootstrap, settings, DrivenClock(datetime(1989, 7, 10, tzinfo=UTC)))
    app = service.http_app("analytics", "")
    async with app.router.lifespan_context(app), client_of(app) as client:
        producer = AIOKafkaProducer(bootstrap_servers=settings.kafka)
        await producer.start()
        try:
            for number in range(6):
                key = f"{tag}-{number}"
                for version, status in ((2, "WITHDRAWN"), (1, "PENDING")):  # the late one is old
                    event = a_charge_event(
                        key, version, status=status, created_at=then, currency="ISK"
                    )
                    await producer.send_and_wait(CHARGES.name, orjson.dumps(event), key.encode())
        finally:
            await producer.stop()

        async def look() -> Any:
            query = {"window": "custom", "from": "1989-07-01", "to": "1989-07-02"}
            return (await client.get("/v1/kpis/debits-by-day", params=query)).json()

        def done(seen: Any) -> bool:
            lines = [row["lines"] for row in seen["currencies"] if row["currency"] == "ISK"]
            return bool(lines) and lines[0][0]["total"]["count"] == 6 and seen["lag"] == 0

        seen = await eventually(look, 60.0, until=done)
    (row,) = [each for each in seen["currencies"] if each["currency"] == "ISK"]
    assert row["lines"][2]["total"]["count"] == 0  # nothing is owed of what was withdrawn
    assert row["lines"][3]["total"] == {"count": 6, "amount_minor": 6 * 216}
    assert {each["topic"] for each in seen["as_of"]["positions"]} == {CHARGES.name}

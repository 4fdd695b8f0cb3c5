"""Domain events on a real Kafka, the service as it runs, its answers over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI

from analytics import bootstrap
from analytics.domain.payment_facts import Counter, PaymentTotals
from analytics.settings import Settings
from analytics.store import payments
from analytics.store.payments import contribution_of
from payops_contracts.topics import TRANSACTIONS
from payops_kernel.clock import DrivenClock
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.mongo import Mongo, connect
from payops_kernel.testing import eventually
from payops_testing.analytics.builders import an_event
from payops_testing.analytics.recompute_payments import counters_of, differences, recompute_payments
from payops_testing.kernel.dropping import drop_database
from payops_testing.services import built

ClientOf = Callable[..., httpx.AsyncClient]
NOW = datetime(1991, 7, 10, 12, tzinfo=UTC)
"""Nobody else's payments in a shared log are this old."""
CURRENCY = "ISK"
DAILY = "/v1/kpis/daily-payments"
DRAIN_SECONDS = 60.0


@pytest.fixture
async def settings(kafka_address: str, mongo_uri: str) -> AsyncIterator[Settings]:
    await ensure_topics(kafka_address)
    prefix = f"test_{uuid4().hex[:12]}_"
    settings = Settings(
        kafka=kafka_address,
        mongo=mongo_uri,
        database_prefix=prefix,
        zone="Europe/Rome",
        session_timeout_ms=6_000,
    )
    yield settings
    mongo = connect(mongo_uri, settings.database("analytics"))
    await drop_database(mongo)
    mongo.close()


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[tuple[FastAPI, Mongo]]:
    """The service with its worker, started and stopped in order."""
    service = built(bootstrap, settings, DrivenClock(NOW))
    app = service.http_app("analytics", "")
    async with app.router.lifespan_context(app):
        yield app, service.runtime.mongo


async def publish(address: str, records: list[tuple[int, bytes, bytes]]) -> dict[int, int]:
    """Records of (partition, key, value), in this order; the end of each partition after it."""
    producer = AIOKafkaProducer(bootstrap_servers=address, enable_idempotence=True)
    await producer.start()
    try:
        sent = [
            await producer.send(TRANSACTIONS.name, value, key, partition)
            for partition, key, value in records
        ]
        stored = await asyncio.gather(*sent)
    finally:
        await producer.stop()
    ends: dict[int, int] = {}
    for row in stored:
        ends[row.partition] = max(ends.get(row.partition, 0), row.offset + 1)
    return ends


async def drained(client: httpx.AsyncClient, ends: dict[int, int]) -> None:
    """Wait until the answers contain the log up to these ends, and say so."""

    async def look() -> Any:
        return (await client.get(DAILY)).json()

    def done(seen: Any) -> bool:
        applied = {row["partition"]: row["next"] for row in seen["as_of"]["positions"]}
        return seen["lag"] == 0 and all(applied.get(p, 0) >= end for p, end in ends.items())

    await eventually(look, DRAIN_SECONDS, until=done)


def _histories(tag: str, random: Random) -> list[tuple[int, bytes, bytes]]:
    """Forty payments, each created and then paid, failed or left alone; some by wrong keys."""
    records: list[tuple[int, bytes, bytes]] = []
    for number in range(40):
        key = f"{tag}-{number}"
        final = ("CREATED", "PAID", "FAILED", "TOTALLY_REFUNDED")[number % 4]
        for version, status in ((1, "CREATED"), (2, final)):
            event = an_event(
                key,
                version,
                status=status,
                currency=CURRENCY,
                amount_minor=100 + number,
                # 22:30 UTC is already the next day in Rome's summer.
                created_at=f"1991-07-0{1 + number % 3}T22:30:00Z",
            )
            partition = random.randrange(TRANSACTIONS.partitions)
            records.append((partition, key.encode(), orjson.dumps(event)))
    return records


async def _assert_exact(client: httpx.AsyncClient) -> None:
    custom = {"from": "1991-07-01", "to": "1991-07-05", "currency": CURRENCY}
    body = (await client.get(DAILY, params=custom)).json()
    assert (body["zone"], body["lag"]) == ("Europe/Rome", 0)
    assert body["as_of"]["at"] is not None
    (row,) = body["currencies"]
    paid = [number for number in range(40) if number % 4 in {1, 3}]
    days = {f"1991-07-0{day}": [n for n in paid if n % 3 == day - 2] for day in range(1, 6)}
    assert row["days"] == [
        {"day": day, "count": len(there), "amount_minor": sum(100 + n for n in there)}
        for day, there in days.items()
    ]
    assert row["total"] == {"count": 20, "amount_minor": sum(100 + n for n in paid)}
    body = (await client.get("/v1/kpis/payments-by-status", params={"window": "mtd"})).json()
    (row,) = [row for row in body["currencies"] if row["currency"] == CURRENCY]
    assert {share["status"]: share["percentage"] for share in row["statuses"]} == {
        "CREATED": 25,
        "PAID": 25,
        "PARTIALLY_REFUNDED": 0,
        "TOTALLY_REFUNDED": 25,
        "FAILED": 25,
    }


async def _assert_recomputed(mongo: Mongo) -> None:
    facts = [contribution_of(doc) async for doc in mongo.db[payments.FACTS].find()]
    buckets: dict[Counter, PaymentTotals] = {}
    async for document in mongo.db[payments.BUCKETS].find({"kpi": payments.KPI}):
        buckets |= counters_of(document)
    assert facts
    assert differences(buckets, recompute_payments(facts)) == {}


async def test_events_in_any_order_twice_and_on_wrong_partitions_give_exact_kpis(
    settings: Settings, client_of: ClientOf
) -> None:
    random = Random(3)  # a seed, so that a failure comes again
    records = _histories(uuid4().hex[:8], random)
    twice = records + random.sample(records, 30)
    random.shuffle(twice)
    ends = await publish(settings.kafka, twice)
    async with running(settings) as (app, mongo), client_of(app) as client:
        await drained(client, ends)
        await _assert_exact(client)
        await _assert_recomputed(mongo)
        # A second time round, with the service running, on yet other partitions.
        again = [((p + 1) % TRANSACTIONS.partitions, key, value) for p, key, value in records]
        ends = await publish(settings.kafka, again)
        await drained(client, ends)
        await _assert_exact(client)
        await _assert_recomputed(mongo)
        await eventually(lambda: reasons(client), until=lambda seen: seen == [])
    async with running(settings) as (app, mongo), client_of(app) as client:
        await drained(client, ends)
        await _assert_exact(client)


async def reasons(client: httpx.AsyncClient) -> list[str]:
    """Why the service is not ready."""
    answer = (await client.get("/health/ready")).json()
    return [] if answer["ready"] else list(answer["reasons"])


async def test_a_worker_that_is_set_to_another_zone_gives_up_before_it_counts(
    settings: Settings, client_of: ClientOf
) -> None:
    async with running(settings) as (app, _mongo), client_of(app) as client:
        await drained(client, {})
    moved = settings.model_copy(update={"zone": "Asia/Kolkata"})
    async with running(moved) as (app, _mongo), client_of(app) as client:

        async def refusal() -> Any:
            seen = (await client.get("/health/ready")).json()
            return [why for why in seen["reasons"] if "Set PAYOPS_ZONE to Europe/Rome" in why]

        assert await eventually(refusal, DRAIN_SECONDS)
        assert app.state.health.given_up is not None
        assert (await client.get(DAILY)).status_code == 503

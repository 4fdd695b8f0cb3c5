"""Traces through Kafka: what a running service writes to its trace file and into its events."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from fastapi import FastAPI

from payops_contracts.topics import AUDIT, PAYMENT_COMMANDS, TRANSACTIONS, UPSTREAM_PAYMENTS, Topic
from payops_kernel.auth.principals import UserRole
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.mongo import connect
from payops_kernel.testing import GoldenExample, eventually
from payops_kernel.testing.callers import ClientOf
from payops_testing.kernel.dropping import drop_database
from payops_testing.services import built
from transactions import bootstrap
from transactions.settings import Settings

Json = dict[str, Any]

PARTITION = 1
SLICE = f"{UPSTREAM_PAYMENTS.name} slice"
PAID = "payops.transaction.paid.v1"
CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
PATIENCE_SECONDS = 40.0
POLL_MS = 200


@pytest.fixture
async def settings(
    kafka_address: str, mongo_uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Settings]:
    await ensure_topics(kafka_address)
    monkeypatch.setenv("PAYOPS_TRACE_FILE", str(tmp_path / "spans.jsonl"))
    settings = Settings(
        kafka=kafka_address, mongo=mongo_uri, database_prefix=f"traces_{uuid4().hex[:8]}_"
    )
    yield settings
    mongo = connect(mongo_uri, settings.database("transactions"))
    await drop_database(mongo)
    mongo.close()


@pytest.fixture
def paid(golden: list[GoldenExample]) -> Json:
    """The least that a payment's paid event says."""
    example = next(e for e in golden if e.name == "upstream.payment.paid.v1.minimal")
    event: Json = json.loads(example.value)
    return event


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[FastAPI]:
    """The service as it runs; its spans are all written when it has stopped."""
    app = built(bootstrap, settings).http_app("test", "test")
    async with app.router.lifespan_context(app):
        yield app


def payment(paid: Json, **attributes: str) -> Json:
    """The event about a payment of its own."""
    name = f"traced-{uuid4().hex[:12]}"
    data = paid["data"] | {"transaction_id": name}
    return paid | {"id": f"evt-{name}", "subject": name, "data": data} | attributes


def traceparent(number: int) -> str:
    return f"00-{number:032x}-{number:016x}-01"


async def publish(settings: Settings, events: Sequence[Json]) -> list[int]:
    """Together, in one partition; their offsets."""
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka, enable_idempotence=True)
    await producer.start()
    try:
        sent = [
            await producer.send(
                UPSTREAM_PAYMENTS.name, orjson.dumps(e), e["subject"].encode(), PARTITION
            )
            for e in events
        ]
        return [record.offset for record in await asyncio.gather(*sent)]
    finally:
        await producer.stop()


async def published(
    settings: Settings, topic: Topic, event_type: str, subjects: Sequence[str]
) -> list[Json]:
    """The event of this type about each subject, in this order."""
    consumer = AIOKafkaConsumer(
        topic.name,
        bootstrap_servers=settings.kafka,
        group_id=None,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    found: dict[str, Json] = {}

    async def look() -> bool:
        for records in (await consumer.getmany(timeout_ms=POLL_MS)).values():
            for record in records:
                if (record.key or b"").decode() in subjects:
                    event: Json = json.loads(record.value or b"{}")
                    if event["type"] == event_type:
                        found[event["subject"]] = event
        return set(found) == set(subjects)

    await consumer.start()
    try:
        await eventually(look, PATIENCE_SECONDS)
    finally:
        await consumer.stop()
    return [found[subject] for subject in subjects]


def spans(settings: Settings, name: str) -> list[Json]:
    """What the trace file holds under this name."""
    file = Path(settings.trace_file)
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return [span for span in map(json.loads, lines) if span["name"] == name]


def slices_over(settings: Settings, offsets: Sequence[int]) -> list[Json]:
    """The spans of the slices that these offsets were in, in the log's order."""
    found: list[Json] = []
    for span in spans(settings, SLICE):
        facts = span["attributes"]
        inside = range(facts["first_offset"], facts["first_offset"] + facts["records"])
        if facts["partition"] == PARTITION and any(offset in inside for offset in offsets):
            found.append(span)
    return found


def ids(span_or_link: Json) -> tuple[int, int]:
    context = span_or_link["context"]
    return int(context["trace_id"], 16), int(context["span_id"], 16)


async def test_a_slice_has_one_span_with_links_and_each_event_hands_its_trace_on(
    settings: Settings, paid: Json
) -> None:
    traced = [payment(paid, traceparent=traceparent(number)) for number in (11, 12)]
    others = [payment(paid), payment(paid, traceparent="nonsense")]
    offsets = await publish(settings, [*traced, *others])
    subjects = [event["subject"] for event in (*traced, others[0])]
    async with running(settings):
        told = await published(settings, TRANSACTIONS, PAID, subjects)
    assert [event.get("traceparent") for event in told] == [traceparent(11), traceparent(12), None]
    assert [event["causationid"] for event in told] == [f"evt-{subject}" for subject in subjects]
    covering = slices_over(settings, offsets)
    assert len(covering) < len(offsets)
    links = [ids(link) for span in covering for link in span["links"]]
    assert links[-2:] == [(11, 11), (12, 12)]
    for span in covering:
        assert span["parent_id"] is None
        assert span["resource"]["attributes"]["service.name"] == "transactions"


async def test_a_requests_trace_is_in_its_span_its_events_its_command_and_its_audit_record(
    settings: Settings, paid: Json, client_of: ClientOf
) -> None:
    event = payment(paid, traceparent=traceparent(21))
    about = [event["subject"]]
    await publish(settings, [event])
    async with running(settings) as app, client_of(app, UserRole.OPERATOR) as client:
        await published(settings, TRANSACTIONS, PAID, about)
        answer = await client.post(
            f"/v1/transactions/{event['subject']}/refunds",
            json={"amount_minor": 500, "reason": "Item returned"},
            headers={"Idempotency-Key": uuid4().hex, "traceparent": CALLER},
        )
        assert answer.status_code == 202, answer.text
        told = [
            (await published(settings, topic, event_type, about))[0]
            for topic, event_type in (
                (TRANSACTIONS, "payops.transaction.refund-requested.v1"),
                (PAYMENT_COMMANDS, "payops.refund.requested.v1"),
                (AUDIT, "payops.audit.recorded.v1"),
            )
        ]
    (span,) = spans(settings, "POST /v1/transactions/{transaction_id}/refunds")
    trace_id, span_id = ids(span)
    assert f"00-{trace_id:032x}" == CALLER[:35]
    assert span["parent_id"] == f"0x{CALLER[36:52]}"
    own = f"{CALLER[:35]}-{span_id:016x}-01"
    assert answer.headers["traceparent"] == own
    assert [each.get("traceparent") for each in told] == [own, own, own]
    assert told[-1]["data"]["trace_id"] == CALLER[3:35]


async def test_without_a_trace_file_a_requests_trace_is_handed_on_all_the_same(
    settings: Settings, paid: Json, client_of: ClientOf
) -> None:
    event = payment(paid)
    await publish(settings, [event])
    about = [event["subject"]]
    silent = settings.model_copy(update={"trace_file": ""})
    async with running(silent) as app, client_of(app, UserRole.OPERATOR) as client:
        await published(settings, TRANSACTIONS, PAID, about)
        answer = await client.post(
            f"/v1/transactions/{event['subject']}/refunds",
            json={"amount_minor": 500, "reason": "Item returned"},
            headers={"Idempotency-Key": uuid4().hex, "traceparent": CALLER},
        )
        (command,) = await published(
            settings, PAYMENT_COMMANDS, "payops.refund.requested.v1", about
        )
    assert command["traceparent"] == answer.headers["traceparent"]
    assert command["traceparent"][:35] == CALLER[:35]
    assert spans(settings, SLICE) == []

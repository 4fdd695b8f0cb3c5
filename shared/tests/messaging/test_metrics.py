"""What ``/metrics`` shows of a service that works: every series, with the value that is so."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from payops_contracts.topics import Subscription, Topic
from payops_kernel.errors import DeadLetter, Pointless
from payops_kernel.messaging import Decoded, Outbox, OutgoingMessage, Record, SliceWork
from payops_kernel.messaging.leases import COLLECTION as LEASES
from payops_kernel.messaging.producer import start_producer
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.mongo import VersionConflict, in_transaction
from payops_kernel.ports import DueRow, Work
from payops_kernel.runtime import Runtime
from payops_kernel.settings import ServiceSettings
from payops_kernel.testing import eventually
from payops_testing.kernel.dropping import drop_database

GOOD = 3
POISON = b"poison"
MESSAGE_BYTES_MAX = 1_000_000
PATIENCE_S = 30.0
IMPOSSIBLE = "impossible"
SERIES = {
    "payops_consumer_records",
    "payops_consumer_lag",
    "payops_consumer_held",
    "payops_consumer_partitions",
    "payops_topic_partitions",
    "payops_dead_letters",
    "payops_event_contradictions",
    "payops_slice_retries",
    "payops_slice_records",
    "payops_slice_seconds",
    "payops_relay_messages",
    "payops_relay_lag_seconds",
    "payops_outbox_documents",
    "payops_due_rows_closed",
    "payops_http_request_seconds",
}
"""Dashboards and alerts name them; a changed name breaks those of every operator."""


@dataclass
class Echo:
    """Says what it hears, as soon as it is let."""

    says_on: str
    held: bool = True

    def decode(self, record: Record) -> bytes:
        if record.value == POISON:
            raise DeadLetter("not for anybody", reason="poison")
        return record.value or b""

    async def apply(self, work: SliceWork, events: Sequence[Decoded[bytes]]) -> None:
        if self.held:
            raise VersionConflict("not yet")
        for item in events:
            if item.problem is not None:
                work.dead_letter(item.record, item.problem)
            else:
                work.emit(OutgoingMessage(self.says_on, item.record.key, item.event or b""))


async def impossible(_work: Work, _row: DueRow) -> None:
    """Nobody can do that."""
    raise Pointless("it has ended")


@dataclass
class Shown:
    """What ``/metrics`` says, asked for anew each time."""

    client: httpx.AsyncClient

    async def families(self) -> set[str]:
        text = (await self.client.get("/metrics")).text
        names = {family.name for family in text_string_to_metric_families(text)}
        return {name for name in names if not name.endswith("_created")}

    async def total(self, sample: str, **labels: str) -> float | None:
        """The sum of a sample over the labels that are not given; None when there is none."""
        text = (await self.client.get("/metrics")).text
        found = [
            each.value
            for family in text_string_to_metric_families(text)
            for each in family.samples
            if each.name == sample and labels.items() <= each.labels.items()
        ]
        return sum(found) if found else None

    async def becomes(self, value: float, sample: str, **labels: str) -> None:
        await eventually(
            lambda: self.total(sample, **labels), PATIENCE_S, until=lambda seen: seen == value
        )

    async def rises(self, sample: str, **labels: str) -> None:
        await eventually(
            lambda: self.total(sample, **labels), PATIENCE_S, until=lambda seen: (seen or 0) > 0
        )


@dataclass(frozen=True)
class Scene:
    """A running service that echoes a topic of the test's own."""

    runtime: Runtime
    echo: Echo
    heard: Subscription
    shown: Shown

    async def send(self, values: Sequence[bytes]) -> None:
        producer = await start_producer(self.runtime.settings.kafka)
        try:
            for value in values:
                await producer.send(self.heard.topic.name, value, b"one key")
            await producer.flush()
        finally:
            await producer.stop()

    async def hold_relay(self) -> None:
        """Somebody else has the relay's lease for an hour."""
        lease = {"owner": "somebody else"}
        await self.runtime.mongo.db[LEASES].update_one(
            {"_id": "relay"},
            [{"$set": {**lease, "expires_at": {"$add": ["$$NOW", 3_600_000]}}}],
            upsert=True,
        )

    async def let_relay(self) -> None:
        await self.runtime.mongo.db[LEASES].delete_one({"_id": "relay"})


@pytest.fixture
async def scene(kafka_address: str, mongo_uri: str) -> AsyncIterator[Scene]:
    mark = uuid4().hex[:12]
    heard = Topic(f"heard-{mark}", ("test",), "word", "words", None)
    said = Topic(f"said-{mark}", ("test",), "word", "words", None)
    subscription = Subscription(heard, group=f"echo-{mark}")
    dead = Topic(subscription.dead_letter_topic, ("test",), "word", "what cannot be read", None)
    await ensure_topics(kafka_address, [heard, said, dead])
    settings = ServiceSettings(
        kafka=kafka_address, mongo=mongo_uri, database_prefix=f"test_{mark}_"
    )
    runtime = Runtime("echo", settings)
    runtime.worker.outbox = Outbox(
        runtime.mongo.db, dict.fromkeys((said.name, dead.name), MESSAGE_BYTES_MAX)
    )
    echo = Echo(said.name)
    runtime.worker.consume(subscription, echo)
    runtime.due.handle(IMPOSSIBLE, impossible)
    app = runtime.service().http_app("Echo", "")
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://echo") as client:
        scene = Scene(runtime, echo, subscription, Shown(client))
        await scene.hold_relay()
        async with _dropped_afterwards(runtime), app.router.lifespan_context(app):
            yield scene


@asynccontextmanager
async def _dropped_afterwards(runtime: Runtime) -> AsyncIterator[None]:
    yield
    again = Runtime("echo", runtime.settings).mongo
    await drop_database(again)
    again.close()


async def test_every_series_tells_what_happened(scene: Scene) -> None:
    shown = scene.shown
    here = {"topic": scene.heard.topic.name, "group": scene.heard.group}

    await scene.send([b"word"] * GOOD + [POISON])
    await shown.becomes(GOOD + 1, "payops_consumer_lag", **here)
    await shown.rises("payops_slice_retries_total", **here)
    assert not await shown.total("payops_consumer_records_total", **here)

    scene.echo.held = False
    await shown.becomes(GOOD + 1, "payops_consumer_records_total", **here)
    await shown.becomes(0, "payops_consumer_lag", **here)
    assert await shown.total("payops_dead_letters_total", **here) == 1
    assert await shown.total("payops_slice_records_sum", **here) == GOOD + 1
    slices = await shown.total("payops_slice_records_count", **here)
    assert slices is not None
    assert 1 <= slices <= GOOD + 1
    assert await shown.total("payops_slice_seconds_count", **here) == slices
    assert (await shown.total("payops_slice_seconds_sum", **here) or 0) > 0

    await shown.rises("payops_relay_lag_seconds")
    await shown.becomes(slices, "payops_outbox_documents")
    assert await shown.total("payops_relay_messages_total") == 0
    await scene.let_relay()
    await shown.becomes(GOOD + 1, "payops_relay_messages_total")
    await shown.becomes(0, "payops_relay_lag_seconds")
    await shown.becomes(0, "payops_outbox_documents")

    due = DueRow(IMPOSSIBLE, "row", scene.runtime.clock.now(), {})
    rows = scene.runtime.due.rows
    await in_transaction(scene.runtime.mongo, lambda session: rows.schedule_many([due], session))
    await shown.becomes(1, "payops_due_rows_closed_total", kind=IMPOSSIBLE)

    await shown.client.get("/nowhere")
    await shown.becomes(1, "payops_http_request_seconds_count", route="unmatched", status="404")
    await shown.becomes(0, "payops_consumer_held", **here)
    partitions = scene.heard.topic.partitions
    await shown.becomes(partitions, "payops_topic_partitions", **here)
    await shown.becomes(partitions, "payops_consumer_partitions", **here)
    assert await shown.families() == SERIES

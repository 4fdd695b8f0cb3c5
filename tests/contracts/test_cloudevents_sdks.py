"""The official CloudEvents SDKs read what we publish, and what they write is taken.

Python's in both directions; Java's, which is strict about the header `content-type`, reads from
the broker with nothing but the Java that runs Kafka (Kafka's console consumer with the SDK's
deserializer), so that no compiler is needed.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord
from cloudevents.core.bindings import kafka as binding
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from cloudevents.v1 import kafka as old_binding
from cloudevents.v1.http import CloudEvent as OldCloudEvent

from payops_contracts.topics import TRANSACTIONS, UPSTREAM_PAYMENTS, Topic
from payops_kernel.messaging.producer import start_producer
from payops_kernel.messaging.publishing import publish
from payops_kernel.messaging.records import Record, event_decoder
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.testing.golden import GoldenExample, golden_examples
from payops_local.places import INSTALLED
from payops_local.servers.java import java_command
from payops_local.servers.maven import KAFKA_VERSION, kafka_libraries, other_jars

CONTENT_TYPE = b"application/cloudevents+json; charset=utf-8"
SDK_VERSION = "4.0.1"
SDK_JARS = (
    ("io.cloudevents", "cloudevents-api", SDK_VERSION),
    ("io.cloudevents", "cloudevents-core", SDK_VERSION),
    ("io.cloudevents", "cloudevents-kafka", SDK_VERSION),
    ("io.cloudevents", "cloudevents-json-jackson", SDK_VERSION),
    ("org.apache.kafka", "kafka-tools", KAFKA_VERSION),
)
PUBLISH_LIMIT_S = 30.0
READ_LIMIT_S = 60.0
JAVA_LIMIT_S = 120.0

Raw = ConsumerRecord[bytes | None, bytes | None]
OURS = [each for each in golden_examples("payops.transaction.") if not each.headers]
UPSTREAM = [each for each in golden_examples("upstream.payment") if not each.headers]
decode = event_decoder(UPSTREAM_PAYMENTS.events)


async def _published(kafka: str, examples: Sequence[GoldenExample]) -> str:
    """A topic of its own with the examples, published as the relay publishes its documents."""
    topic = Topic(f"sdk-{uuid4().hex[:12]}", ("-",), "-", "-", TRANSACTIONS.events, partitions=1)
    await ensure_topics(kafka, [topic])
    messages = [{"topic": topic.name, "key": each.key, "value": each.value} for each in examples]
    producer = await start_producer(kafka)
    try:
        await publish(producer, [{"messages": messages}], PUBLISH_LIMIT_S)
    finally:
        await producer.stop()
    return topic.name


async def _read(kafka: str, topic: str, count: int) -> list[Raw]:
    consumer: Any = AIOKafkaConsumer(
        topic,
        bootstrap_servers=kafka,
        group_id=None,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    await consumer.start()
    try:
        return [await consumer.getone() for _ in range(count)]
    finally:
        await consumer.stop()


async def test_the_python_sdk_reads_every_event_that_we_publish(kafka_address: str) -> None:
    topic = await _published(kafka_address, OURS)
    records = await _read(kafka_address, topic, len(OURS))
    for example, record in zip(OURS, records, strict=True):
        assert record.headers == (("content-type", CONTENT_TYPE),)
        message = binding.KafkaMessage(dict(record.headers), record.key, record.value or b"")
        event = binding.from_kafka(message, JSONFormat())
        sent = json.loads(example.value)
        assert event.get_data() == sent["data"]
        assert (event.get_id(), event.get_type()) == (sent["id"], sent["type"])
        assert event.get_subject() == sent["subject"]
        assert event.get_extension("sequence") == sent["sequence"]


async def test_what_has_headers_of_its_own_keeps_them_and_none_is_some(kafka_address: str) -> None:
    topic = await _published(kafka_address, OURS[:1])
    bare = {"topic": topic, "key": b"k", "value": b"v", "headers": []}
    dead = {**bare, "headers": [["payops-reason", b"unparsable"]]}
    producer = await start_producer(kafka_address)
    await publish(producer, [{"messages": [bare, dead]}], PUBLISH_LIMIT_S)
    await producer.stop()
    _, *records = await _read(kafka_address, topic, 3)
    assert [r.headers for r in records] == [(), (("payops-reason", b"unparsable"),)]


def _by_sdk(example: GoldenExample) -> CloudEvent:
    return JSONFormat().read(None, example.value)  # type: ignore[return-value]


def _record(message: Any) -> Record:
    value = message.value.encode() if isinstance(message.value, str) else message.value
    headers = tuple(message.headers.items())
    return Record(UPSTREAM_PAYMENTS.name, 0, 0, 0, message.key, value, headers)


@pytest.mark.parametrize("write", [binding.to_structured, binding.to_binary])
@pytest.mark.parametrize("example", UPSTREAM, ids=lambda example: example.name)
def test_what_the_python_sdk_writes_is_taken_as_the_same_event(
    example: GoldenExample, write: Any
) -> None:
    message = write(_by_sdk(example), JSONFormat())
    wanted = decode(Record(UPSTREAM_PAYMENTS.name, 0, 0, 0, None, example.value, ()))
    assert decode(_record(message)) == wanted


@pytest.mark.parametrize("write", [old_binding.to_structured, old_binding.to_binary])
@pytest.mark.parametrize("example", UPSTREAM, ids=lambda example: example.name)
def test_what_the_python_sdk_wrote_before_its_second_version_is_taken_too(
    example: GoldenExample, write: Any
) -> None:
    attributes = {"datacontenttype": "application/json", **json.loads(example.value)}
    attributes.pop("partitionkey", None)  # it made Kafka's key of it, and left it out
    value = json.dumps(attributes).encode()
    data = attributes.pop("data")
    message = write(OldCloudEvent(attributes, data))
    wanted = decode(Record(UPSTREAM_PAYMENTS.name, 0, 0, 0, None, value, ()))
    assert decode(_record(message)) == wanted


async def test_the_java_sdk_reads_every_event_that_we_publish(kafka_address: str) -> None:
    topic = await _published(kafka_address, OURS)
    read = _java_reads(kafka_address, topic, len(OURS))
    ids = [json.loads(example.value)["id"] for example in OURS]
    assert [event_id for event_id in ids if f"id='{event_id}'" not in read.stdout] == []
    assert read.returncode == 0, read.stderr[-2000:]


def _java_reads(kafka: str, topic: str, count: int) -> subprocess.CompletedProcess[str]:
    sdk = other_jars(INSTALLED / "cloudevents" / SDK_VERSION, SDK_JARS)
    command = [
        *(java_command(), "-cp", f"{sdk}/*:{kafka_libraries()}/*"),
        "org.apache.kafka.tools.consumer.ConsoleConsumer",
        *("--bootstrap-server", kafka, "--topic", topic, "--from-beginning"),
        *("--isolation-level", "read_committed"),
        *("--max-messages", str(count), "--timeout-ms", str(int(READ_LIMIT_S * 1000))),
        "--formatter-property",
        "value.deserializer=io.cloudevents.kafka.CloudEventDeserializer",
    ]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=JAVA_LIMIT_S, check=False
    )

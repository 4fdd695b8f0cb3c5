"""To and from Kafka, as fast as the client library allows; nothing of ours on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.producer.message_accumulator import BatchBuilder

from bench.workload import Event
from payops_kernel.messaging.producer import partition_of, start_producer

PARTITIONS = 4
ACK_LIMIT_S = 120.0
ADMIN_TIMEOUT_MS = 15_000
ONE_BY_ONE_IN_FLIGHT = 20_000

Batches = list[tuple[int, Any]]


async def make_topic(address: str, name: str, partitions: int = PARTITIONS) -> None:
    """A new topic that keeps everything and takes large messages."""
    admin = AIOKafkaAdminClient(bootstrap_servers=address, request_timeout_ms=ADMIN_TIMEOUT_MS)
    await admin.start()
    try:
        config = {"retention.ms": "-1", "max.message.bytes": str(4 * 1024 * 1024)}
        await admin.create_topics([NewTopic(name, partitions, 1, topic_configs=config)])
    finally:
        await admin.close()


async def publish_all(address: str, topic: str, events: Iterable[Event]) -> None:
    """Publish in batches and wait for every acknowledgement."""
    producer = await start_producer(address)
    try:
        await send_batches(producer, topic, by_partition(events))
    finally:
        await producer.stop()


def by_partition(events: Iterable[Event]) -> list[list[Event]]:
    """The events of each partition, in order, as Kafka's own partitioner puts them."""
    lanes: list[list[Event]] = [[] for _ in range(PARTITIONS)]
    for event in events:
        lanes[partition_of(event.key, PARTITIONS)].append(event)
    return lanes


async def send_batches(
    producer: AIOKafkaProducer, topic: str, lanes: Sequence[Sequence[Event]]
) -> None:
    """All lanes side by side, each in batches; returns when all is acknowledged."""
    async with asyncio.timeout(ACK_LIMIT_S):
        await asyncio.gather(
            *(_send_lane(producer, topic, number, lane) for number, lane in enumerate(lanes))
        )


async def _send_lane(
    producer: AIOKafkaProducer, topic: str, partition: int, lane: Sequence[Event]
) -> None:
    acks: list[Awaitable[Any]] = []
    batch = producer.create_batch()
    for event in lane:
        if not _append(batch, event):
            acks.append(await producer.send_batch(batch, topic, partition=partition))
            batch = producer.create_batch()
            _append(batch, event)
    if batch.record_count():
        acks.append(await producer.send_batch(batch, topic, partition=partition))
    await asyncio.gather(*acks)


def _append(batch: BatchBuilder, event: Event) -> bool:
    headers = list(event.headers)
    packed = batch.append(key=event.key, value=event.value, timestamp=None, headers=headers)
    return packed is not None


async def send_one_by_one(producer: AIOKafkaProducer, topic: str, events: Sequence[Event]) -> None:
    """``send()`` for each event, acknowledgements awaited in large groups."""
    async with asyncio.timeout(ACK_LIMIT_S):
        for start in range(0, len(events), ONE_BY_ONE_IN_FLIGHT):
            acks = [
                await producer.send(topic, key=event.key, value=event.value)
                for event in events[start : start + ONE_BY_ONE_IN_FLIGHT]
            ]
            await asyncio.gather(*acks)


async def consume_all(address: str, topic: str, count: int) -> None:
    """Read ``count`` records from the beginning, in large fetches, and drop them."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=address,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        max_partition_fetch_bytes=2 * 1024 * 1024,
        fetch_max_bytes=32 * 1024 * 1024,
        check_crcs=True,
    )
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, number) for number in range(PARTITIONS)])
        async with asyncio.timeout(ACK_LIMIT_S):
            while count > 0:
                polled = await consumer.getmany(timeout_ms=1_000, max_records=8_000)
                count -= sum(len(records) for records in polled.values())
    finally:
        await consumer.stop()


class LogEnds:
    """Asks a topic's end: how many records it has had. Use it as a context manager."""

    def __init__(self, address: str, topic: str) -> None:
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=address,
            enable_auto_commit=False,
            isolation_level="read_committed",
        )
        self._partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]

    async def __aenter__(self) -> LogEnds:
        await self._consumer.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._consumer.stop()

    async def each(self) -> dict[int, int]:
        """The end offset of every partition."""
        ends = await self._consumer.end_offsets(self._partitions)
        return {tp.partition: end for tp, end in ends.items()}

    async def total(self) -> int:
        """Records over all partitions."""
        return sum((await self.each()).values())

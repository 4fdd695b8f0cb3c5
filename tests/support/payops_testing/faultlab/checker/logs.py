"""Topics as they lie in the broker, byte for byte."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

READ_LIMIT_SECONDS = 180.0
POLL_MS = 500
FETCH_BYTES = 8 * 1024 * 1024

Headers = tuple[tuple[str, bytes | None], ...]


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One record; ``place`` tells it from every other of its topic."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers

    @property
    def place(self) -> tuple[int, int]:
        """Partition and offset."""
        return self.partition, self.offset


@dataclass(frozen=True, slots=True)
class Log:
    """A topic's records in order of partition and offset, and where each partition ends."""

    records: tuple[LogRecord, ...]
    starts: dict[int, int]
    ends: dict[int, int]


async def read_logs(bootstrap: str, topics: Sequence[str]) -> dict[str, Log]:
    """Everything in the topics, up to their ends as of now."""
    async with asyncio.timeout(READ_LIMIT_SECONDS):
        partitions = await _partitions(bootstrap, topics)
        # One assignment for all: aiokafka can hang when it is stopped just after a second one.
        consumer = _consumer(bootstrap)
        await consumer.start()
        try:
            starts = await consumer.beginning_offsets(partitions)
            ends = await consumer.end_offsets(partitions)
            records = await _read(consumer, starts, ends)
        finally:
            await consumer.stop()
    return {
        topic: Log(
            tuple(record for record in records if record.topic == topic),
            {tp.partition: offset for tp, offset in starts.items() if tp.topic == topic},
            {tp.partition: offset for tp, offset in ends.items() if tp.topic == topic},
        )
        for topic in topics
    }


async def log_ends(bootstrap: str, topic: str) -> dict[int, int]:
    """Where each partition of a topic ends now."""
    async with asyncio.timeout(READ_LIMIT_SECONDS):
        partitions = await _partitions(bootstrap, [topic])
        consumer = _consumer(bootstrap)
        await consumer.start()
        try:
            ends = await consumer.end_offsets(partitions)
        finally:
            await consumer.stop()
    return {tp.partition: end for tp, end in ends.items()}


def _consumer(bootstrap: str) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        max_partition_fetch_bytes=FETCH_BYTES,
    )


async def _read(
    consumer: AIOKafkaConsumer, starts: dict[TopicPartition, int], ends: dict[TopicPartition, int]
) -> list[LogRecord]:
    consumer.assign(list(starts))
    for partition, start in starts.items():
        consumer.seek(partition, start)
    records: list[LogRecord] = []
    pending = {partition for partition in starts if starts[partition] < ends[partition]}
    while pending:
        for polled in (await consumer.getmany(timeout_ms=POLL_MS)).values():
            records += [
                LogRecord(r.topic, r.partition, r.offset, r.key, r.value, tuple(r.headers))
                for r in polled
            ]
        for partition in list(pending):
            if await consumer.position(partition) >= ends[partition]:
                pending.discard(partition)
    return sorted(records, key=lambda record: record.place)


async def _partitions(bootstrap: str, topics: Sequence[str]) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        described = await admin.describe_topics(list(topics))
    finally:
        await admin.close()
    return [
        TopicPartition(topic["topic"], part["partition"])
        for topic in described
        for part in topic["partitions"]
    ]

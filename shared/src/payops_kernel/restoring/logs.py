"""Reading whole topics without a group: committed records, up to where they end now."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition

from payops_kernel.messaging.positions import Position

POLL_MS = 500
RECORDS_MAX = 2_000
FETCH_BYTES = 1024 * 1024
SILENT_POLLS_MAX = 60


@asynccontextmanager
async def reading(bootstrap: str, topic: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer that has all partitions of the topic and leaves no trace; aiokafka's errors."""
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        max_partition_fetch_bytes=FETCH_BYTES,
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


async def values(bootstrap: str, topic: str) -> AsyncIterator[bytes]:
    """Every record's value, up to where the topic ends now; TimeoutError when nothing comes."""
    async with reading(bootstrap, topic) as consumer:
        ends: Mapping[TopicPartition, int] = await consumer.end_offsets(consumer.assignment())
        await consumer.seek_to_beginning()
        silent = 0
        # A position moves past what nobody can read: gaps, aborted and control records.
        while [tp for tp, end in ends.items() if await consumer.position(tp) < end]:
            polled = await consumer.getmany(timeout_ms=POLL_MS, max_records=RECORDS_MAX)
            silent = 0 if polled else silent + 1
            if silent > SILENT_POLLS_MAX:
                raise TimeoutError(f"{topic} does not come to its end")
            for records in polled.values():
                for record in records:
                    if record.value is not None:
                        yield record.value


async def ends_of(bootstrap: str, topic: str) -> dict[int, int]:
    """Where each partition ends now."""
    async with reading(bootstrap, topic) as consumer:
        ends: Mapping[TopicPartition, int] = await consumer.end_offsets(consumer.assignment())
        return {tp.partition: end for tp, end in ends.items()}


async def is_read(
    bootstrap: str, topic: str, stored: Mapping[int, Position], ends: Mapping[int, int]
) -> bool:
    """Whether nothing that can be read lies between the stored positions and these ends."""
    behind = {
        partition: stored[partition].next if partition in stored else 0
        for partition, end in ends.items()
        if partition not in stored or stored[partition].next < end
    }
    if not behind:
        return True
    async with reading(bootstrap, topic) as consumer:
        for partition, following in behind.items():
            tp = TopicPartition(topic, partition)
            if not await _is_gap(consumer, tp, following, ends[partition]):
                return False
    return True


async def _is_gap(consumer: AIOKafkaConsumer, tp: TopicPartition, following: int, end: int) -> bool:
    """Whether only control and aborted records lie between two offsets."""
    consumer.seek(tp, following)
    for _ in range(SILENT_POLLS_MAX):
        if await consumer.position(tp) >= end:
            return True
        polled = await consumer.getmany(tp, timeout_ms=POLL_MS, max_records=1)
        if any(record.offset < end for records in polled.values() for record in records):
            return False
    return False

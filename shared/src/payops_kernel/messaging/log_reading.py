"""Looks at a log beside the group's own consumer: without a group, which leaves no trace there."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition

from payops_kernel.ending import close_within

POLL_MS = 100
PARTITION_FETCH_BYTES = 4 * 1024 * 1024
CLOSE_SECONDS = 3.0

MakeConsumer = Callable[..., AIOKafkaConsumer]
"""Makes an unstarted consumer of the same broker; takes aiokafka's settings."""


async def high_watermark(make: MakeConsumer, tp: TopicPartition) -> int:
    """Where a log really ends, open transactions included; raises aiokafka's errors.

    What consumers that read committed records call the end is the last stable offset.
    """
    consumer = make(
        group_id=None,
        enable_auto_commit=False,
        isolation_level="read_uncommitted",  # reads no record
    )
    async with _started(consumer):
        return int((await consumer.end_offsets([tp]))[tp])


class LogStarts:
    """Asks where logs start, over a connection of its own, opened when it is first asked.

    On the group's connection the answer would wait behind a fetch that waits for records.
    """

    def __init__(self, make: MakeConsumer) -> None:
        self._make = make
        self._consumer: AIOKafkaConsumer | None = None
        self._starting = asyncio.Lock()

    async def of(self, tp: TopicPartition) -> int:
        """The first offset that a log still has; raises aiokafka's errors."""
        async with self._starting:
            if self._consumer is None:
                consumer = self._make(group_id=None, enable_auto_commit=False)
                try:
                    await consumer.start()
                except BaseException:
                    await close_within(CLOSE_SECONDS, consumer.stop())
                    raise
                self._consumer = consumer
        return int((await self._consumer.beginning_offsets([tp]))[tp])

    async def close(self) -> None:
        """Close the connection, if there is one."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await close_within(CLOSE_SECONDS, consumer.stop())


async def free_of_records(
    make: MakeConsumer, ranges: Mapping[TopicPartition, tuple[int, int]], limit_seconds: float
) -> dict[TopicPartition, int]:
    """How far no committed record lies, from each range's first offset towards the one behind it.

    Ends at the limit with what is known by then; raises aiokafka's errors.
    """
    consumer = make(
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level="read_committed",
        max_partition_fetch_bytes=PARTITION_FETCH_BYTES,
    )
    free = {tp: begin for tp, (begin, _) in ranges.items()}
    left = set(ranges)
    async with _started(consumer):
        consumer.assign(list(ranges))
        for tp, (begin, _) in ranges.items():
            consumer.seek(tp, begin)
        until = time.monotonic() + limit_seconds
        while left and time.monotonic() < until:
            polled = await consumer.getmany(*left, timeout_ms=POLL_MS, max_records=1)
            for tp in tuple(left):
                records = polled.get(tp)
                place = records[0].offset if records else await consumer.position(tp)
                free[tp] = min(place, ranges[tp][1])
                if records or place >= ranges[tp][1]:
                    left.discard(tp)
    return free


@asynccontextmanager
async def _started(consumer: AIOKafkaConsumer) -> AsyncIterator[None]:
    try:
        await consumer.start()
        yield
    finally:
        await close_within(CLOSE_SECONDS, consumer.stop())

"""Reading Kafka's logs without a group, which leaves no trace there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from payops_kernel.ending import close_within
from payops_kernel.messaging.log_reading import high_watermark
from payops_local.connections import kafka_is_silent, quiet_libraries
from payops_local.errors import PlatformError

START_LIMIT_S = 10.0
CLOSE_LIMIT_S = 5.0
REQUEST_TIMEOUT_MS = 15_000
FETCH_PARTITION_BYTES = 8 * 1024 * 1024
POLL_MS = 500
READ_LIMIT_S = 30.0
"""How long a read may bring nothing before it is given up."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """A log's first offset, and the one behind the last that is committed."""

    start: int
    end: int


class KafkaLogs:
    """The logs of one broker; made by :func:`kafka_logs`."""

    def __init__(
        self, address: str, consumer: AIOKafkaConsumer, partitions: Mapping[str, Sequence[int]]
    ) -> None:
        self._address = address
        self._consumer = consumer
        self._partitions = partitions

    async def refresh(self) -> None:
        """Ask the broker for topics and partitions again: there may be more of them by now.

        Raises aiokafka's errors.
        """
        self._partitions = await _described(self._address)

    def topics(self) -> list[str]:
        """Every topic's name."""
        return sorted(self._partitions)

    def partitions(self, topic: str) -> list[TopicPartition]:
        """A topic's partitions as the broker told them last; raises PlatformError without any."""
        if topic not in self._partitions:
            raise PlatformError(
                f"Kafka has no topic {topic}: start the platform once, `./payops up`, "
                "which makes the topics."
            )
        return [TopicPartition(topic, number) for number in self._partitions[topic]]

    async def bounds(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, Bounds]:
        """Where each log starts and ends now; raises aiokafka's errors."""
        starts, ends = await asyncio.gather(
            self._consumer.beginning_offsets(partitions), self._consumer.end_offsets(partitions)
        )
        return {tp: Bounds(starts[tp], ends[tp]) for tp in partitions}

    async def really_ends(self, tp: TopicPartition) -> int:
        """Where a log ends, open transactions included; raises aiokafka's errors."""
        make = partial(AIOKafkaConsumer, bootstrap_servers=self._address)
        return await high_watermark(make, tp)

    async def read(self, tp: TopicPartition, begin: int, end: int) -> AsyncGenerator[Any, None]:
        """The committed records from ``begin`` up to, not including, offset ``end``.

        One reader at a time, who closes it (``contextlib.aclosing``) when it stops early. Raises
        PlatformError when it brings nothing for :data:`READ_LIMIT_S`.
        """
        self._consumer.assign([tp])
        self._consumer.seek(tp, begin)
        silent = 0.0
        try:
            # The position moves past what nobody can read: gaps, markers, aborted records.
            while await self._consumer.position(tp) < end:
                polled = await self._consumer.getmany(tp, timeout_ms=POLL_MS)
                records = [record for some in polled.values() for record in some]
                silent = 0.0 if records else silent + POLL_MS / 1000
                if silent > READ_LIMIT_S:
                    raise PlatformError(f"Kafka stopped answering while {tp.topic} was read.")
                for record in records:
                    if record.offset < end:
                        yield record
        finally:
            # What stays assigned is fetched for ever, and each fetch that waits at the log's end
            # holds up whatever is asked behind it on the same connection by half a second.
            self._consumer.unsubscribe()


@asynccontextmanager
async def kafka_logs(address: str) -> AsyncIterator[KafkaLogs]:
    """The logs of the broker at an address, seen to answer. Raises PlatformError."""
    quiet_libraries()
    consumer = AIOKafkaConsumer(
        bootstrap_servers=address,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level="read_committed",
        max_partition_fetch_bytes=FETCH_PARTITION_BYTES,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
    )
    try:
        async with asyncio.timeout(START_LIMIT_S):
            await consumer.start()
            partitions = await _described(address)
    except (KafkaError, OSError, TimeoutError) as error:
        await close_within(CLOSE_LIMIT_S, consumer.stop())
        raise kafka_is_silent(address) from error
    try:
        yield KafkaLogs(address, consumer, partitions)
    finally:
        await close_within(CLOSE_LIMIT_S, consumer.stop())


async def _described(address: str) -> dict[str, list[int]]:
    admin = AIOKafkaAdminClient(bootstrap_servers=address, request_timeout_ms=REQUEST_TIMEOUT_MS)
    await admin.start()
    try:
        topics: list[dict[str, Any]] = await admin.describe_topics()
    finally:
        await admin.close()
    return {
        topic["topic"]: sorted(part["partition"] for part in topic["partitions"])
        for topic in topics
    }

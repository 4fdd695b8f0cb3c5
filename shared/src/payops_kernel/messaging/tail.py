"""Follows topics from where they end now, without a group, which leaves no trace at the broker.

For what is told as it happens, and asked for again by whoever missed it. What must not be missed
is consumed by a group (``consumer.py``).
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import (
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    UnknownTopicOrPartitionError,
)

from payops_kernel.ending import close_within, end
from payops_kernel.logging import get_logger
from payops_kernel.messaging.client_mends import mend_aiokafka
from payops_kernel.messaging.partitions import METADATA_AGE_MS

POLL_MS = 500
RECORDS_MAX = 2_000
FETCH_WAIT_MS = 500
PARTITION_FETCH_BYTES = 1024 * 1024
LOOK_SECONDS = 2.0
SERVER_TIMEOUT_SECONDS = 4.0
"""Without an answer for this long the broker counts as away."""
AGAIN_SECONDS = 1.0
CLOSE_SECONDS = 3.0

log = get_logger(__name__)

Records = Sequence[Any]
"""aiokafka's records of one poll."""


class Follower(Protocol):
    """What is told of the topics; none of it may raise or wait."""

    def begin(self) -> None:
        """From now on every record comes; of those before, some may not have come."""

    def take(self, records: Records) -> None:
        """The next records, in the order of each partition."""

    def look(self) -> None:
        """The broker answered, or did not: ``stale_since`` and ``behind`` say how it stands."""


class TopicTail:
    """Committed records of all partitions that the topics have, also of those added later."""

    def __init__(self, bootstrap: str, topics: Iterable[str], follower: Follower) -> None:
        self.stale_since: datetime | None = None
        """Since when the broker has not answered; None while it does."""
        self.behind = 0
        """Records that were there and not yet read at the last look."""
        self._bootstrap = bootstrap
        self._topics = tuple(topics)
        self._follower = follower
        self._next: dict[TopicPartition, int] = {}
        self._seen_at = datetime.now(UTC)

    @property
    def following(self) -> bool:
        """Whether the topics are read, as far as is known."""
        return bool(self._next) and self.stale_since is None

    async def run(self) -> None:
        """Follow until cancelled; a broker that is away is waited for, and then read on."""
        self._seen_at = datetime.now(UTC)
        mend_aiokafka()
        while True:
            try:
                async with self._consumer() as consumer:
                    await self._follow(consumer)
            except (OffsetOutOfRangeError, NoOffsetForPartitionError) as error:
                log.warning("tail.log_is_another", error=str(error)[:200])
                self._next.clear()
            except (KafkaError, OSError, TimeoutError) as error:
                log.warning("tail.again", error=f"{type(error).__name__}: {error}"[:200])
            self._told_nothing()
            await asyncio.sleep(AGAIN_SECONDS)

    @asynccontextmanager
    async def _consumer(self) -> AsyncIterator[AIOKafkaConsumer]:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            metadata_max_age_ms=METADATA_AGE_MS,
            max_partition_fetch_bytes=PARTITION_FETCH_BYTES,
            fetch_max_wait_ms=FETCH_WAIT_MS,
        )
        try:
            async with asyncio.timeout(SERVER_TIMEOUT_SECONDS):
                await consumer.start()
                await self._ask_for_all(consumer)
            yield consumer
        finally:
            await close_within(CLOSE_SECONDS, consumer.stop())

    async def _follow(self, consumer: AIOKafkaConsumer) -> None:
        await self._look(consumer)
        looking = asyncio.create_task(self._keep_looking(consumer))
        try:
            while True:
                polled = await consumer.getmany(timeout_ms=POLL_MS, max_records=RECORDS_MAX)
                for tp, records in polled.items():
                    self._next[tp] = records[-1].offset + 1
                    self._follower.take(records)
        finally:
            await end([looking])

    async def _keep_looking(self, consumer: AIOKafkaConsumer) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self._look(consumer)
            except (KafkaError, OSError, TimeoutError) as error:
                log.debug("tail.no_answer", error=f"{type(error).__name__}: {error}"[:200])
                self._told_nothing()

    async def _look(self, consumer: AIOKafkaConsumer) -> None:
        """Take up partitions that are new, and see how far behind we are; aiokafka's errors."""
        async with asyncio.timeout(SERVER_TIMEOUT_SECONDS):
            await self._take_up(consumer)
            ends = await consumer.end_offsets(list(self._next))
            places = {tp: await consumer.position(tp) for tp in ends}
        self.behind = sum(max(0, end - places[tp]) for tp, end in ends.items())
        self.stale_since, self._seen_at = None, datetime.now(UTC)
        self._follower.look()

    async def _take_up(self, consumer: AIOKafkaConsumer) -> None:
        there = {
            TopicPartition(topic, number)
            for topic in self._topics
            for number in consumer.partitions_for_topic(topic) or ()
        }
        if not there:
            raise UnknownTopicOrPartitionError(", ".join(self._topics))
        if new := there - self._next.keys():
            # What lies in a partition that was added is new as well.
            added = bool(self._next)
            if added:
                self._next |= await consumer.beginning_offsets(list(new))
            else:
                self._next |= await consumer.end_offsets(list(new))
                self._follower.begin()
        if consumer.assignment() != self._next.keys():
            consumer.assign(list(self._next))
            for tp, offset in self._next.items():
                consumer.seek(tp, offset)
            await self._ask_for_all(consumer)

    async def _ask_for_all(self, consumer: AIOKafkaConsumer) -> None:
        # By itself a consumer asks for what it was assigned; there may be topics that come later.
        for topic in self._topics:
            await consumer._client.add_topic(topic)

    def _told_nothing(self) -> None:
        if self.stale_since is None:
            self.stale_since = self._seen_at
        self._follower.look()

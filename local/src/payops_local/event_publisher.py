"""Publishing chunk after chunk through an idempotent producer, patient with a broker that is away.

While one chunk is on its way the next may be prepared: at most two are in memory. A chunk that was
not acknowledged is published again, whole, so the events in it need an id of their own.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from payops_kernel.ending import close_within
from payops_kernel.messaging.producer import start_producer
from payops_kernel.messaging.publishing import publish
from payops_kernel.mongo.transactions import retry_delay
from payops_local.connections import kafka_is_silent, quiet_libraries
from payops_local.errors import PlatformError

START_LIMIT_S = 10.0
CLOSE_LIMIT_S = 5.0
ACK_LIMIT_S = 30.0

Message = dict[str, Any]
"""``topic``, ``key`` and ``value`` (bytes or None), optionally ``headers``: (name, bytes) pairs.

Without ``headers`` a record has those of an event of ours."""


def message(topic: str, key: str, value: bytes) -> Message:
    """A message whose key is text."""
    return {"topic": topic, "key": key.encode(), "value": value}


class EventPublisher:
    """Use it as a context manager: leaving it in order awaits what is on its way."""

    def __init__(self, address: str, patience_s: float) -> None:
        """``patience_s``: how long one chunk may wait for a broker that does not answer."""
        self.published = 0
        self._address = address
        self._patience_s = patience_s
        self._producer: AIOKafkaProducer | None = None
        self._on_its_way: asyncio.Task[None] | None = None

    async def start(self, *topics: str) -> None:
        """Connect, and see that the topics are there; raises PlatformError when not."""
        quiet_libraries()
        try:
            async with asyncio.timeout(START_LIMIT_S):
                self._producer = await start_producer(self._address)
                cluster = await self._producer.client.fetch_all_metadata()
        except (KafkaError, OSError, TimeoutError) as error:
            await self._drop_producer()
            raise kafka_is_silent(self._address) from error
        missing = set(topics) - cluster.topics()
        if missing:
            await self._drop_producer()
            raise PlatformError(
                f"Kafka at {self._address} has no topic {', '.join(sorted(missing))}: "
                "start the platform once, `./payops up`, which makes the topics."
            )

    async def send(self, messages: Sequence[Message]) -> None:
        """Hand a chunk over; waits until the one before is acknowledged."""
        await self.flush()
        if messages:
            self._on_its_way = asyncio.create_task(self._until_published(messages))

    async def flush(self) -> None:
        """Wait until everything handed over is acknowledged; raises PlatformError past patience."""
        task, self._on_its_way = self._on_its_way, None
        if task is not None:
            await task

    async def close(self) -> None:
        """Let go of the broker; what is still on its way may or may not arrive."""
        if self._on_its_way is not None:
            self._on_its_way.cancel()
            with contextlib.suppress(asyncio.CancelledError, PlatformError):
                await self._on_its_way
        await self._drop_producer()

    async def _until_published(self, messages: Sequence[Message]) -> None:
        end = time.monotonic() + self._patience_s
        attempt = 0
        while True:
            try:
                if self._producer is None:
                    async with asyncio.timeout(START_LIMIT_S):
                        self._producer = await start_producer(self._address)
                await publish(self._producer, [{"messages": messages}], ACK_LIMIT_S)
            except (KafkaError, OSError, TimeoutError) as error:
                await self._drop_producer()  # it may be wedged; a new one is not
                if time.monotonic() > end:
                    raise kafka_is_silent(self._address) from error
                await asyncio.sleep(retry_delay(attempt))
                attempt += 1
            else:
                self.published += len(messages)
                return

    async def _drop_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await close_within(CLOSE_LIMIT_S, producer.stop())

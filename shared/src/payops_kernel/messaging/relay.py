"""The relay: the only publisher of a database's outbox, one active at a time.

Reads outbox documents in their order, publishes, waits for every acknowledgement, deletes; the
next ones are read and packed meanwhile. A relay that lost its lease while it was paused may
still publish what it had read: duplicates are legal, gaps are not, and consumers keep the highest
sequence.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from payops_kernel.ending import close_within, end
from payops_kernel.faults import crash_point
from payops_kernel.logging import get_logger
from payops_kernel.messaging.leases import Lease
from payops_kernel.messaging.outbox import COLLECTION
from payops_kernel.messaging.producer import start_producer
from payops_kernel.messaging.publishing import Batches, pack
from payops_kernel.mongo import (
    ASCENDING,
    Document,
    Mongo,
    PyMongoError,
    is_transient,
    with_snapshot_reads,
)
from payops_kernel.mongo.transactions import retry_delay
from payops_kernel.telemetry import Metrics

SWEEP_SECONDS = 0.5
DOCUMENTS_A_SWEEP = 8
ACK_TIMEOUT_SECONDS = 30.0
MEASURE_SECONDS = 2.0

log = get_logger(__name__)


class LeaseLost(Exception):
    """Another relay holds the lease now."""


class Relay:
    """Publishes one database's outbox. ``wake()`` after a commit saves the sweep's wait."""

    def __init__(self, mongo: Mongo, bootstrap: str, metrics: Metrics, lease: Lease) -> None:
        self.pending: int | None = None
        """Outbox documents not yet published, as last measured; None while unknown."""
        self._mongo = mongo
        self._bootstrap = bootstrap
        self._metrics = metrics
        self._lease = lease
        self._wake = asyncio.Event()
        self._stopping = False
        self._producer: AIOKafkaProducer | None = None
        self._measured_at = 0.0

    def wake(self) -> None:
        """A transaction of this process has committed messages."""
        self._wake.set()

    async def run(self) -> None:
        """Relay until :meth:`stop`, again after every failure."""
        attempt = 0
        while not self._stopping:
            try:
                await self._measure()
                if await self._lease.hold():
                    await self._drain()
                attempt = 0
                await self._sleep(SWEEP_SECONDS)
            except LeaseLost:
                log.warning("relay.lease_lost")
            except (KafkaError, TimeoutError, OSError, PyMongoError) as error:
                await self._recover(error, attempt)
                attempt += 1
        await self._close_producer()

    async def stop(self, flush_seconds: float = 5.0) -> None:
        """Publish what is left, within the limit, and give the lease back."""
        end = time.monotonic() + flush_seconds
        with suppress(PyMongoError):
            while self._lease.held and time.monotonic() < end and await self._measure(0) != 0:
                self.wake()
                await asyncio.sleep(SWEEP_SECONDS / 4)
        self._stopping = True
        self.wake()
        with suppress(PyMongoError):
            await self._lease.release()

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        self._wake.clear()

    async def _recover(self, error: Exception, attempt: int) -> None:
        if attempt in {0, 10}:
            log.warning("relay.waits", error=f"{type(error).__name__}: {error}"[:200])
        if isinstance(error, PyMongoError) and not is_transient(error):
            log.error("relay.failed", exc_info=error)
        if not isinstance(error, PyMongoError):
            await self._close_producer()  # a producer can wedge; a new one never has
        await asyncio.sleep(retry_delay(attempt))

    async def _drain(self) -> None:
        """Publish until nothing is left.

        While Kafka acknowledges some documents, the last ones are deleted and the next are read
        and packed. Those are sent only when all is acknowledged, so that none overtakes another.
        """
        deleting: asyncio.Task[None] | None = None
        published: list[Any] = []
        coming = asyncio.create_task(self._next(exclude=()))
        try:
            while (found := await coming) is not None and not self._stopping:
                ids, batches = found
                coming = asyncio.create_task(self._next(exclude=published + ids))
                await batches.publish(ACK_TIMEOUT_SECONDS)
                if deleting is not None:
                    await deleting
                deleting, published = asyncio.create_task(self._delete(ids)), ids
                self._metrics.relayed.inc(batches.count)
                await self._measure()
            if deleting is not None:
                await deleting
        finally:
            await end([coming])
            if deleting is not None:
                with suppress(PyMongoError, LeaseLost):
                    await deleting

    async def _next(self, exclude: Sequence[Any]) -> tuple[list[Any], Batches] | None:
        """The ids of the next documents and what they say; their bodies are not kept."""
        documents = await self._read(exclude)
        if not documents:
            return None
        crash_point("relay.after_read")
        async with asyncio.timeout(ACK_TIMEOUT_SECONDS):
            if self._producer is None:
                self._producer = await start_producer(self._bootstrap)
            return [each["_id"] for each in documents], await pack(self._producer, documents)

    async def _read(self, exclude: Sequence[Any]) -> list[Document]:
        # A snapshot, so that a later change of an aggregate is never seen without an earlier one.
        query: Document = {"_id": {"$nin": list(exclude)}} if exclude else {}
        outbox = with_snapshot_reads(self._mongo.db[COLLECTION])
        cursor = outbox.find(query, limit=DOCUMENTS_A_SWEEP, sort=[("order", ASCENDING)])
        return await cursor.to_list(length=DOCUMENTS_A_SWEEP)

    async def _delete(self, ids: Sequence[Any]) -> None:
        if not await self._lease.hold():
            crash_point("relay.lease_lost")
            raise LeaseLost
        crash_point("relay.before_delete")
        await self._mongo.db[COLLECTION].delete_many({"_id": {"$in": list(ids)}})

    async def _measure(self, within_s: float = MEASURE_SECONDS) -> int | None:
        if time.monotonic() - self._measured_at >= within_s:
            self._measured_at = time.monotonic()
            outbox = self._mongo.db[COLLECTION]
            self.pending = await outbox.estimated_document_count()
            self._metrics.outbox_pending.set(self.pending)
        return self.pending

    async def _close_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await close_within(ACK_TIMEOUT_SECONDS, producer.stop())

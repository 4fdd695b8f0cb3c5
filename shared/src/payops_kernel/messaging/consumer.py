"""A consumer group's member on one topic: FastStream polls, slices are applied, nothing is lost.

FastStream hands over the raw records of a poll; no exception ever goes back to it. Each assigned
partition has a cursor that is positioned from MongoDB, never from Kafka's committed offset, which
is written for monitoring only.
"""

import asyncio
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import ConsumerStoppedError, IllegalStateError, KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import FAKE_CONSUMER, KafkaMessage

from payops_kernel.logging import get_logger
from payops_kernel.messaging.assignment import Assignment
from payops_kernel.messaging.client_mends import mend_aiokafka
from payops_kernel.messaging.cursors import Cursor, Verdict
from payops_kernel.messaging.log_reading import LogStarts, high_watermark
from payops_kernel.messaging.positions import FenceLost, Position
from payops_kernel.messaging.queues import PartitionQueues
from payops_kernel.messaging.records import Record
from payops_kernel.messaging.slices import (
    SLICE_BYTES_MAX,
    SLICE_RECORDS_MAX,
    Decoded,
    SliceRunner,
    Stopping,
)

# aiokafka fills a poll from one partition's fetched bytes before it looks at the next partition.
POLL_RECORDS_MAX = 4_000
POLL_WAIT_MS = 5_000
"""Records end it at once."""
PARTITION_POLL_RECORDS = 2_000
"""Polled ahead of one partition before it is the next one's turn."""
PARTITION_FETCH_BYTES = 512 * 1024
FETCH_BYTES_MAX = 32 * 1024 * 1024
FETCH_WAIT_MS = 1_000
HEARTBEAT_MS = 2_000
REBALANCE_TIMEOUT_MS = 60_000
POLL_INTERVAL_MAX_MS = 300_000
DECODE_STEP_RECORDS = 250
LOG_START_SECONDS = 10.0

log = get_logger(__name__)
mend_aiokafka()

RawRecord = ConsumerRecord[bytes | None, bytes | None]


@dataclass(frozen=True, slots=True)
class ConsumerLimits:
    """Limits of one consumer that deployments or tests may turn."""

    slice_records: int = SLICE_RECORDS_MAX
    slice_bytes: int = SLICE_BYTES_MAX
    session_timeout_ms: int = 10_000


class TopicConsumer:
    """Consumes one subscription into one handler."""

    def __init__(
        self,
        broker: KafkaBroker,
        runner: SliceRunner[Any],
        limits: ConsumerLimits | None = None,
    ) -> None:
        self.subscription = runner.subscription
        self.runner = runner
        self._limits = limits or ConsumerLimits()
        self._queues: PartitionQueues | None = None
        self._seeks: dict[int, int] = {}
        self._last_turn = -1
        self._log_starts = LogStarts(self.another)
        self._idle = asyncio.Event()
        self._idle.set()
        self.assignment = Assignment(
            topic=self.subscription.topic.name,
            group=self.subscription.group,
            service=self.subscription.group,
            positions=runner.positions,
            consumer=lambda: self.kafka,
            idle=self._wait_idle,
            log_end=lambda tp: high_watermark(self.another, tp),
        )
        self._subscriber = broker.subscriber(
            self.subscription.topic.name,
            batch=True,
            group_id=self.subscription.broker_group,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            listener=self.assignment,
            parser=_parse_nothing,
            decoder=_raw_records,
            max_partition_fetch_bytes=PARTITION_FETCH_BYTES,
            fetch_max_bytes=FETCH_BYTES_MAX,
            fetch_max_wait_ms=FETCH_WAIT_MS,
            session_timeout_ms=self._limits.session_timeout_ms,
            heartbeat_interval_ms=min(HEARTBEAT_MS, self._limits.session_timeout_ms // 3),
            rebalance_timeout_ms=REBALANCE_TIMEOUT_MS,
            max_poll_interval_ms=POLL_INTERVAL_MAX_MS,
            title=self.subscription.topic.name,
            no_reply=True,
        )
        # FastStream's own poll sleeps after an empty one, for as long as it has waited.
        self._subscriber.get_msg = _poll  # type: ignore[method-assign]
        self._subscriber(self._on_poll)

    @property
    def in_flight(self) -> int:
        """Records that were polled and are not applied yet."""
        return 0 if self._queues is None else self._queues.waiting

    def busy(self, partition: int) -> bool:
        """Whether records of the partition were polled and are not applied yet."""
        return self._queues is not None and self._queues.busy(partition)

    @property
    def kafka(self) -> AIOKafkaConsumer | None:
        """aiokafka's consumer, while FastStream runs it."""
        return self._subscriber.consumer

    def another(self, **settings: Any) -> AIOKafkaConsumer:
        """Another consumer of the same broker, with aiokafka's ``settings``; not started."""
        return self._subscriber.builder(client_id=self._subscriber.client_id, **settings)

    async def close(self) -> None:
        """Stop background work; the broker stops polling and waits for what is in flight."""
        await self.assignment.close()
        await self._log_starts.close()

    async def _wait_idle(self) -> None:
        await self._idle.wait()

    async def _on_poll(self, polled: Sequence[RawRecord]) -> None:
        self._queues = queues = PartitionQueues(self._take)
        self._idle.clear()
        for held in self.assignment.held.values():
            if held.cursor is not None:
                held.cursor.polled_anew()
        try:
            queues.add(map(Record.of, polled))
            while await self._poll_ahead(queues) or await queues.moved():
                pass
            await queues.done()
        except Exception as error:
            log.error("consumer.poll_failed", topic=self.subscription.topic.name, exc_info=error)
            for partition in self.assignment.held:
                self.assignment.reposition(partition)
        finally:
            queues.cancel()
            self._queues = None
            self._seek_back()
            self._idle.set()

    async def _poll_ahead(self, queues: PartitionQueues) -> bool:
        """Add what is fetched by the time there is room for it; False when nothing was added.

        While a backlog is read, the last slice of a poll would else commit alone. The partitions
        have their turns, so that they get on side by side and none keeps the loop for long.
        """
        await queues.until_there_is_room()
        added = False
        for partition in self._in_turn():
            kafka = self.kafka
            if kafka is None or not self._may_poll(partition, queues):
                return False
            if queues.full:
                break
            self._last_turn = partition
            one = TopicPartition(self.subscription.topic.name, partition)
            try:
                fetched = await kafka.getmany(one, timeout_ms=0, max_records=PARTITION_POLL_RECORDS)
            except (KafkaError, ConsumerStoppedError):
                return False  # FastStream's own poll meets it, too
            if one in fetched:
                added = True
                queues.add(map(Record.of, fetched[one]))
                await asyncio.sleep(0)
        return added

    def _in_turn(self) -> list[int]:
        held = self.assignment.held
        placed = sorted(number for number in held if held[number].cursor is not None)
        behind = bisect_right(placed, self._last_turn)
        return placed[behind:] + placed[:behind]

    def _may_poll(self, partition: int, queues: PartitionQueues) -> bool:
        # A partition that is taken away would have the poll wait for the next assignment, which
        # waits for this very poll.
        return queues.in_step and not self.runner.stopping() and partition in self.assignment.held

    async def _take(self, partition: int, records: list[Record]) -> bool:
        """Apply records; False when those that were polled after them cannot follow."""
        held = self.assignment.held.get(partition)
        if held is None or held.cursor is None:
            return False  # not positioned yet; positioning seeks, and they come again
        cursor = held.cursor
        selection = cursor.select(records)
        match selection.verdict:
            case Verdict.APPLY:
                if not await self._may_apply(partition, cursor, selection.records):
                    self.assignment.reposition(partition)
                    return False
                return await self._apply(partition, cursor, selection.records)
            case Verdict.SEEK:
                # Not before the poll's end: what was polled since then must not come after it.
                self._seeks[partition] = selection.seek_to
            case Verdict.REPOSITION:
                self.assignment.reposition(partition)
            case Verdict.REFUSE:
                # What the cursor was made of, not what is stored now: the operator may have been
                # quicker, and a change since then is what ends the refusal.
                stood_at = Position(cursor.next, cursor.anchor)
                self.assignment.refuse(partition, selection.reason, stood_at)
            case Verdict.WAIT:
                return True
        return False

    async def _may_apply(self, partition: int, cursor: Cursor, records: Sequence[Record]) -> bool:
        """Whether what these records leave out was never a record, as far as the log tells.

        aiokafka goes on at the log's start, and says nothing, once retention has removed what it
        would fetch. So the log is asked where it starts, after the records were fetched.
        """
        if not cursor.leaves_out_some(records):
            return True
        tp = TopicPartition(self.subscription.topic.name, partition)
        try:
            async with asyncio.timeout(LOG_START_SECONDS):
                return await self._log_starts.of(tp) <= cursor.next
        except (KafkaError, ConsumerStoppedError, OSError, TimeoutError) as error:
            log.warning("consumer.log_start_unknown", topic=tp.topic, error=str(error)[:200])
            return False

    async def _apply(self, partition: int, cursor: Cursor, records: Sequence[Record]) -> bool:
        running: asyncio.Task[int] | None = None
        try:
            for chunk in cut_slices(records, self._limits):
                events = await self._decode(chunk)  # overlaps the slice that is committing
                if running is not None:
                    cursor.applied(await running)
                    running = None
                if self.runner.stopping() or self._lost(partition, cursor):
                    return False
                expected = cursor.next
                running = asyncio.create_task(self.runner.apply(partition, expected, events))
            if running is not None:
                cursor.applied(await running)
        except FenceLost:
            log.info("consumer.fence_lost", topic=self.subscription.topic.name, partition=partition)
            self.assignment.reposition(partition)
        except Stopping:
            return False
        except Exception as error:
            log.error(
                "consumer.slice_failed", topic=self.subscription.topic.name,
                partition=partition, exc_info=error,
            )  # fmt: skip
            self.assignment.reposition(partition)
        else:
            return True
        return False

    def _lost(self, partition: int, cursor: Cursor) -> bool:
        held = self.assignment.held.get(partition)
        return held is None or held.cursor is not cursor

    async def _decode(self, records: Sequence[Record]) -> list[Decoded[Any]]:
        events: list[Decoded[Any]] = []
        for start in range(0, len(records), DECODE_STEP_RECORDS):
            events += self.runner.decode(records[start : start + DECODE_STEP_RECORDS])
            await asyncio.sleep(0)  # heartbeats share the loop
        return events

    def _seek_back(self) -> None:
        for partition, offset in self._seeks.items():
            if self.kafka is None or partition not in self.assignment.held:
                continue
            with suppress(IllegalStateError):  # no longer ours
                self.kafka.seek(TopicPartition(self.subscription.topic.name, partition), offset)
        self._seeks.clear()


def cut_slices(records: Sequence[Record], limits: ConsumerLimits) -> Iterator[Sequence[Record]]:
    """Consecutive runs of records within the limits; a record over the limit stands alone."""
    start, size = 0, 0
    for index, record in enumerate(records):
        full = index - start >= limits.slice_records or size + record.size > limits.slice_bytes
        if full and index > start:
            yield records[start:index]
            start, size = index, 0
        size += record.size
    if start < len(records):
        yield records[start:]


async def _poll(consumer: AIOKafkaConsumer) -> tuple[RawRecord, ...]:
    polled = await consumer.getmany(timeout_ms=POLL_WAIT_MS, max_records=POLL_RECORDS_MAX)
    return tuple(chain.from_iterable(polled.values()))


async def _parse_nothing(message: tuple[RawRecord, ...]) -> KafkaMessage:
    # FastStream's own parser decodes headers and raises on a bad one, which drops the whole poll.
    return KafkaMessage(
        body=b"", headers={}, raw_message=message, consumer=FAKE_CONSUMER, message_id="poll"
    )


async def _raw_records(message: KafkaMessage) -> Any:
    return message.raw_message

"""A slice: consecutive records of one partition, applied in one MongoDB transaction.

(1) compare-and-set the position; (2) the handler loads, folds and writes; (3) the outbox document,
dead letters in it; commit. What is transient is retried for ever; what is refused for good is
halved until one record is left, and that one becomes a dead letter.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, Protocol, TypeVar

from payops_contracts.topics import Subscription
from payops_kernel.contradictions import Contradiction, shown
from payops_kernel.errors import DeadLetter, Miswired
from payops_kernel.faults import crash_point
from payops_kernel.logging import get_logger
from payops_kernel.messaging.dead_letters import DeadLetterCount, dead_letter_message
from payops_kernel.messaging.outbox import Outbox
from payops_kernel.messaging.positions import Anchor, FenceLost, Position, Positions
from payops_kernel.messaging.records import Record
from payops_kernel.mongo import Mongo, PyMongoError, Session, is_transient
from payops_kernel.mongo.abandoned import FIRST_TRY, end_abandoned_transactions
from payops_kernel.mongo.transactions import retry_delay, run_once
from payops_kernel.ports import OutgoingMessage
from payops_kernel.telemetry import Metrics, Tracing

E = TypeVar("E")
E_co = TypeVar("E_co", covariant=True)

SLICE_RECORDS_MAX = 1_000
SLICE_BYTES_MAX = 4 * 1024 * 1024
LOG_EVERY_RETRIES = 20

log = get_logger(__name__)


class Decoded(NamedTuple, Generic[E]):
    """A record with its event, or with the sentence that says why there is none."""

    record: Record
    event: E | None
    problem: DeadLetter | None = None


@dataclass(slots=True)
class SliceWork:
    """One slice's open transaction, as its handler sees it."""

    session: Session
    group: str
    messages: list[OutgoingMessage] = field(default_factory=list)
    dead: list[Record] = field(default_factory=list)
    """The records of the dead letters among the messages."""
    contradictions: list[tuple[Record, Contradiction]] = field(default_factory=list)

    def emit(self, message: OutgoingMessage) -> None:
        """Publish with this transaction, after everything emitted before."""
        self.messages.append(message)

    def dead_letter(self, record: Record, problem: DeadLetter) -> None:
        """Send the record's own bytes to the dead-letter topic, with the reason in headers."""
        self.dead.append(record)
        self.messages.append(dead_letter_message(self.group, record, problem))

    def contradict(self, record: Record, contradiction: Contradiction) -> None:
        """Have a contradiction counted and logged once this is committed."""
        self.contradictions.append((record, contradiction))


class SliceHandler(Protocol[E]):
    """What a service does with a slice. ``decode`` may raise :class:`DeadLetter`."""

    def decode(self, record: Record) -> E:
        """The event of a record."""
        ...

    async def apply(self, work: SliceWork, events: Sequence[Decoded[E]]) -> None:
        """Load, fold, write and emit within ``work``; runs again when the transaction must."""
        ...


class Stopping(Exception):
    """The consumer is stopping; the slice was not applied and will be read again."""


@dataclass(slots=True)
class SliceRunner(Generic[E]):
    """Applies slices of one subscription, each exactly once."""

    mongo: Mongo
    subscription: Subscription
    handler: SliceHandler[E]
    positions: Positions
    outbox: Outbox
    metrics: Metrics
    dead_letters: DeadLetterCount
    tracing: Tracing
    stopping: Callable[[], bool]
    committed: Callable[[], None] = lambda: None
    """Called after each commit that left messages in the outbox."""
    in_flight: int = 0
    """Slices between fence and commit."""
    applied_total: int = 0

    def decode(self, records: Sequence[Record]) -> list[Decoded[E]]:
        """Decode without raising: a record that cannot be an event carries its problem."""
        decoded: list[Decoded[E]] = []
        for record in records:
            try:
                decoded.append(Decoded(record, self.handler.decode(record)))
            except DeadLetter as problem:
                decoded.append(Decoded(record, None, problem))
            except Exception as error:  # noqa: BLE001 - a decoder's own bug must not stop the log
                bug = DeadLetter(f"{type(error).__name__}: {error}"[:500], reason="decoder_failed")
                decoded.append(Decoded(record, None, bug))
        return decoded

    async def apply(self, partition: int, expected: int, events: Sequence[Decoded[E]]) -> int:
        """Apply the slice; return the new ``next``.

        Raises :class:`FenceLost` when another consumer moved the position, :class:`Stopping` when
        the process stops before the slice could be applied.
        """
        self.in_flight += 1
        started = time.perf_counter()
        try:
            traceparents = (
                getattr(item.event, "traceparent", None) or "" for item in events if item.event
            )
            with self.tracing.slice_span(
                f"{self.subscription.topic.name} slice",
                traceparents,
                records=len(events),
                partition=partition,
                first_offset=events[0].record.offset,
            ):
                following = await self._apply(partition, expected, events)
        finally:
            self.in_flight -= 1
        labels = (self.subscription.topic.name, self.subscription.group)
        self.applied_total += len(events)
        self.metrics.records.labels(*labels).inc(len(events))
        self.metrics.slice_size.labels(*labels).observe(len(events))
        self.metrics.slice_seconds.labels(*labels).observe(time.perf_counter() - started)
        return following

    async def _apply(self, partition: int, expected: int, events: Sequence[Decoded[E]]) -> int:
        try:
            return await self._until_committed(partition, expected, events)
        except (FenceLost, Stopping, Miswired):
            raise
        except Exception as refusal:  # noqa: BLE001 - halving names the record, and it is kept
            if len(events) == 1:
                return await self._bury(partition, expected, events[0], refusal)
        middle = len(events) // 2
        following = await self._apply(partition, expected, events[:middle])
        return await self._apply(partition, following, events[middle:])

    async def _bury(
        self, partition: int, expected: int, item: Decoded[E], refusal: Exception
    ) -> int:
        log.error(
            "slice.record_refused",
            topic=item.record.topic,
            partition=partition,
            offset=item.record.offset,
            error=type(refusal).__name__,
            exc_info=refusal,
        )
        problem = DeadLetter(f"{type(refusal).__name__}: {refusal}"[:500], reason="refused")
        return await self._until_committed(
            partition, expected, [Decoded(item.record, None, problem)]
        )

    async def _until_committed(
        self, partition: int, expected: int, events: Sequence[Decoded[E]]
    ) -> int:
        attempt = 0
        while True:
            try:
                return await self._once(partition, expected, events)
            except FenceLost:
                return await self._committed_unknowingly(partition, events, attempt)
            except PyMongoError as error:
                if not is_transient(error):
                    raise
                await self._pause(error, attempt)
                attempt += 1

    async def _committed_unknowingly(
        self, partition: int, events: Sequence[Decoded[E]], attempt: int
    ) -> int:
        # After a try whose result was lost, the position tells: exactly behind our last record
        # means that our own commit went through.
        stored = await self._position(partition) if attempt else None
        last = Anchor.of(events[-1].record)
        if stored is not None and stored.last == last:
            return last.offset + 1
        raise FenceLost(self.positions.row_id(partition))

    async def _position(self, partition: int) -> Position | None:
        attempt = 0
        while True:
            try:
                return await self.positions.load_confirmed(partition)
            except PyMongoError as error:
                await self._pause(error, attempt)
                attempt += 1

    async def _pause(self, error: PyMongoError, attempt: int) -> None:
        if self.stopping():
            raise Stopping from error
        name = self.subscription.topic.name
        self.metrics.retries.labels(name, self.subscription.group, type(error).__name__).inc()
        if attempt % LOG_EVERY_RETRIES == LOG_EVERY_RETRIES - 1:
            log.warning("slice.still_retrying", topic=name, attempt=attempt, error=str(error)[:200])
        await asyncio.sleep(retry_delay(attempt))
        if attempt >= FIRST_TRY:
            with suppress(PyMongoError):
                await end_abandoned_transactions(self.mongo)

    async def _once(self, partition: int, expected: int, events: Sequence[Decoded[E]]) -> int:
        last = Anchor.of(events[-1].record)

        async def body(session: Session) -> SliceWork:
            await self.positions.advance(partition, expected, last, session)
            crash_point("consumer.after_fence")
            work = SliceWork(session, self.subscription.group)
            good = [item for item in events if item.problem is None]
            for item in events:
                if item.problem is not None:
                    work.dead_letter(item.record, item.problem)
            if good:
                await self.handler.apply(work, good)
            crash_point("consumer.after_writes")
            await self.outbox.write(work.messages, session)
            crash_point("consumer.after_outbox")
            return work

        work = await run_once(
            self.mongo, body, before_commit=lambda: crash_point("consumer.before_commit")
        )
        crash_point("consumer.after_commit")
        if work.messages:
            self.committed()
        self.dead_letters.add(work.group, work.dead)
        for record, contradiction in work.contradictions:
            self._report(record, contradiction)
        return last.offset + 1

    def _report(self, record: Record, contradiction: Contradiction) -> None:
        self.metrics.contradictions.labels(record.topic, self.subscription.group).inc()
        if not contradiction.news:  # the same again: it has been said
            return
        log.warning(
            "event.contradicted",
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            source=contradiction.source,
            event_id=contradiction.event_id,
            first=shown(contradiction.first),
            other=shown(contradiction.other),
        )


__all__ = ["Decoded", "FenceLost", "SliceHandler", "SliceRunner", "SliceWork"]

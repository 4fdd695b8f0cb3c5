"""The worker role of a service: its consumers and its relay, from start to orderly stop.

Nothing here needs the servers to be up: what cannot start yet is tried again, readiness says so,
and the process lives on.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any

from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker

from payops_contracts.topics import Subscription, all_topics, dead_letter_topic
from payops_kernel.clock import Clock
from payops_kernel.due import DueWork, Held, never
from payops_kernel.due_rows import INDEXES as DUE_INDEXES
from payops_kernel.due_rows import DueRows
from payops_kernel.ending import close_within, end
from payops_kernel.errors import Unavailable
from payops_kernel.http.health import ConsumerReport, Report
from payops_kernel.logging import get_logger
from payops_kernel.messaging.consumer import ConsumerLimits, TopicConsumer
from payops_kernel.messaging.dead_letters import DeadLetterCount
from payops_kernel.messaging.leases import Lease
from payops_kernel.messaging.outbox import INDEXES as OUTBOX_INDEXES
from payops_kernel.messaging.outbox import Outbox
from payops_kernel.messaging.partitions import METADATA_AGE_MS, partitions_held
from payops_kernel.messaging.positions import INDEXES as POSITION_INDEXES
from payops_kernel.messaging.positions import Positions
from payops_kernel.messaging.relay import Relay
from payops_kernel.messaging.slices import SliceHandler, SliceRunner
from payops_kernel.messaging.watch import ConsumerWatch
from payops_kernel.mongo import IndexModel, Mongo, PyMongoError, View, ensure_collections
from payops_kernel.mongo.transactions import until_done
from payops_kernel.telemetry import Metrics, Tracing
from payops_kernel.work import Works

GRACEFUL_SECONDS = 10.0
BROKER_STOP_SECONDS = 12.0
"""Leaves time to flush the relay within the 20 s that a process has to end."""
START_ERRORS = (KafkaError, PyMongoError, OSError, TimeoutError, Unavailable)

log = get_logger(__name__)


class Worker:
    """Consumers, relay and watches of one process. Declare, then :meth:`start`."""

    def __init__(
        self,
        service: str,
        mongo: Mongo,
        bootstrap: str,
        metrics: Metrics,
        tracing: Tracing,
        clock: Clock,
        limits: ConsumerLimits | None = None,
        held: Held = never,
    ) -> None:
        """While ``held`` gives anything, due work waits."""
        self.outbox = Outbox(mongo.db, {t.name: t.message_bytes_max for t in all_topics()})
        self.dead_letters = DeadLetterCount(metrics)
        self.relay = Relay(mongo, bootstrap, metrics, Lease(mongo.db, "relay"))
        due_rows = DueRows(mongo.db, lambda: self.due.kinds)
        self.works = Works(service, clock, self.outbox, due_rows, self.relay.wake)
        self.due = DueWork(
            mongo, clock, due_rows, self.works, held,
            closed=lambda kind: metrics.due_closed.labels(kind).inc(),
        )  # fmt: skip
        self.consumers: list[TopicConsumer] = []
        self._mongo = mongo
        self._bootstrap = bootstrap
        self._metrics = metrics
        self._tracing = tracing
        self._limits = limits
        self._watches: list[ConsumerWatch] = []
        self.indexes: dict[str, Sequence[IndexModel]] = {
            **OUTBOX_INDEXES,
            **POSITION_INDEXES,
            **DUE_INDEXES,
        }
        self.views: list[View] = []
        self._preparations: list[Callable[[], Awaitable[None]]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._background: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self._besides: list[asyncio.Task[None]] = []
        self._ended: list[str] = []
        self._stopping = False
        self._started = False
        self._broker = KafkaBroker(
            bootstrap,
            consumer_only=True,  # only the relay publishes
            allow_auto_create_topics=False,
            metadata_max_age_ms=METADATA_AGE_MS,
            apply_types=False,
            graceful_timeout=GRACEFUL_SECONDS,
            logger=None,
        )

    def store(
        self, indexes: Mapping[str, Sequence[IndexModel]], views: Sequence[View] = ()
    ) -> None:
        """Collections, indexes and views that must be there before anything is consumed."""
        self.indexes.update(indexes)
        self.views.extend(views)

    def prepare(self, step: Callable[[], Awaitable[None]]) -> None:
        """A step between the collections and the first poll; safe to run again.

        It runs until the servers answer. Any other error of it leaves the worker unstarted: the
        step says why, by ``ServiceHealth.give_up``.
        """
        self._preparations.append(step)

    def run_in_background(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Work that goes on for ever beside the consumers; cancelled, and awaited, at the end.

        An exception ends it; that is logged, and the process is not ready any more.
        """
        self._background.append(work)

    def consume(self, subscription: Subscription, handler: SliceHandler[Any]) -> TopicConsumer:
        """Consume a subscription into a handler once the worker starts."""
        self.outbox.admit(dead_letter_topic(subscription))
        runner = SliceRunner(
            mongo=self._mongo,
            subscription=subscription,
            handler=handler,
            positions=Positions(self._mongo.db, subscription.group, subscription.topic.name),
            outbox=self.outbox,
            metrics=self._metrics,
            dead_letters=self.dead_letters,
            tracing=self._tracing,
            stopping=lambda: self._stopping,
            committed=self.relay.wake,
        )
        consumer = TopicConsumer(self._broker, runner, self._limits)
        self.consumers.append(consumer)
        group, topic = subscription.broker_group, subscription.topic.name
        held_by_group = partial(partitions_held, self._bootstrap, group, topic)
        self._watches.append(ConsumerWatch(consumer, self._metrics, held_by_group))
        return consumer

    async def start(self) -> None:
        """Begin; returns at once, and the rest happens as the servers answer."""
        self._tasks.append(asyncio.create_task(self._start()))

    async def stop(self) -> None:
        """Stop polling, finish the slices, flush the relay, leave the groups."""
        self._stopping = True
        if not self._started:
            await end(self._tasks)
        await end(self._besides)
        # aiokafka can wait for itself for ever when it is stopped in the middle of a rebalance.
        await close_within(BROKER_STOP_SECONDS, self._broker.stop())
        for consumer in self.consumers:
            await consumer.close()
        await self.relay.stop()
        await end(self._tasks)

    def report(self) -> Report:
        """What ``/health/ready`` says of this worker."""
        reasons: list[str] = []
        if not self._started:
            reasons.append("Kafka or MongoDB has not answered yet.")
        elif self.relay.pending is None:
            reasons.append("MongoDB has not answered the relay yet.")
        elif self.consumers and self.lag is None:
            reasons.append("The lag is not known: Kafka or MongoDB does not answer.")
        return Report(
            reasons=(*reasons, *self._ended, *self._positioning()),
            notices=(
                *(sentence for watch in self._watches for sentence in watch.waits_for.sentences),
                *self._unheld(),
            ),
            consumers=tuple(self._rows()),
            outbox_pending=self.relay.pending or 0,
            events_total=sum(consumer.runner.applied_total for consumer in self.consumers),
            dead_letters_total=self.dead_letters.total,
        )

    @property
    def lag(self) -> int | None:
        """Records that are not applied yet, over all consumers; None while that is unknown."""
        lags = [watch.lag for watch in self._watches]
        known = [lag for lag in lags if lag is not None]
        return sum(known) if lags and len(known) == len(lags) else None

    def _positioning(self) -> Sequence[str]:
        return [
            f"{consumer.subscription.topic.name} is not assigned or not positioned yet."
            for consumer in self.consumers
            if not consumer.assignment.positioned and not consumer.assignment.refusals()
        ]

    def _unheld(self) -> Sequence[str]:
        return [
            f"{watch.consumer.subscription.topic.name} partition {partition} has unread records, "
            f"and no member of the group {watch.consumer.subscription.group} holds it."
            for watch in self._watches
            for partition in sorted(watch.unheld)
        ]

    def _rows(self) -> Sequence[ConsumerReport]:
        return [
            ConsumerReport(
                topic=watch.consumer.subscription.topic.name,
                group=watch.consumer.subscription.group,
                lag=watch.lag or 0,
                in_flight=watch.consumer.in_flight,
                partitions=watch.partitions,
                held=len(watch.consumer.assignment.held),
                refused=" ".join(watch.consumer.assignment.refusals()) or None,
            )
            for watch in self._watches
        ]

    async def _start(self) -> None:
        await self._until_done("collections", self.ensure)
        self._tasks.append(asyncio.create_task(self._for_ever(self.relay.run)))
        await self._until_done("broker", self._start_broker)
        self._tasks += [asyncio.create_task(self._for_ever(watch.run)) for watch in self._watches]
        if self.due.kinds:
            self._tasks.append(asyncio.create_task(self._for_ever(self.due.run)))
        self._besides = [asyncio.create_task(self._for_ever(work)) for work in self._background]
        self._started = True

    async def _for_ever(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        name = getattr(work, "__qualname__", repr(work))
        try:
            await work()
        except Exception as error:
            log.error("worker.ended", work=name, exc_info=error)
            self._ended.append(f"{name} ended ({type(error).__name__}): restart the process.")

    async def ensure(self) -> None:
        """Make what :meth:`store` declared, and do what :meth:`prepare` said."""
        await ensure_collections(self._mongo.db, self.indexes, self.views)
        for step in self._preparations:
            await step()

    async def _start_broker(self) -> None:
        try:
            await self._broker.start()
        except BaseException:
            await close_within(BROKER_STOP_SECONDS, self._broker.stop())
            raise

    async def _until_done(self, what: str, work: Callable[[], Awaitable[None]]) -> None:
        def again(error: Exception, attempt: int) -> bool:
            silent = isinstance(error, START_ERRORS)
            if silent and attempt in {0, 10}:
                log.warning("worker.waits", what=what, error=str(error)[:200])
            return silent

        await until_done(work, again)

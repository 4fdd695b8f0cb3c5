"""Watches a consumer: lag from positions, Kafka's committed offsets as a hint, stuck members.

A member that stands still while both servers answer has met one of the client library's silent
stops: the process exits, and its supervisor starts a new one.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, OffsetAndMetadata, TopicPartition
from aiokafka.errors import KafkaError

from payops_kernel.logging import get_logger
from payops_kernel.messaging.consumer import TopicConsumer
from payops_kernel.messaging.open_transactions import OpenTransactions, fetched_ends
from payops_kernel.messaging.partitions import partitions_of
from payops_kernel.messaging.passing import pass_over
from payops_kernel.messaging.positions import Position
from payops_kernel.mongo import PyMongoError
from payops_kernel.telemetry import Metrics

LOOK_SECONDS = 2.0
SERVER_TIMEOUT_SECONDS = 5.0
HINT_EVERY_LOOKS = 3
STUCK_SECONDS = 30.0
UNASSIGNED_STUCK_SECONDS = 60.0
SLICE_STUCK_SECONDS = 120.0
"""With a slice in flight: it is being tried again, which is no silent stop of the library."""
UNREAD_SECONDS = 6.0
"""Longer than a group usually needs to share out new partitions; then it is asked who has them."""
ASK_EVERY_SECONDS = 10.0
ASK_SECONDS = 5.0
EXIT_STUCK = 75

log = get_logger(__name__)


def exit_process() -> None:
    """End this process at once; state is safe at any point."""
    os._exit(EXIT_STUCK)


@dataclass(slots=True)
class _Seen:
    next: int
    since: float
    was_held: bool


@dataclass(slots=True)
class ConsumerWatch:
    """One consumer's lag and liveness, renewed every :data:`LOOK_SECONDS`."""

    consumer: TopicConsumer
    metrics: Metrics
    held_by_group: Callable[[], Awaitable[frozenset[int] | None]]
    """The partitions that any member of the group holds; None while they are shared out."""
    on_stuck: Callable[[], None] = exit_process
    monotonic: Callable[[], float] = time.monotonic
    lag: int | None = None
    """Records between the stored positions and the end of what is committed; None while a server
    is silent."""
    partitions: int = 0
    """Partitions that the topic has; 0 before the first look."""
    unheld: frozenset[int] = frozenset()
    """Partitions with unread records that no member of the group holds, as last asked."""
    waits_for: OpenTransactions = field(init=False)
    _seen: dict[int, _Seen] = field(default_factory=dict)
    _hinted: dict[int, int] = field(default_factory=dict)
    _waiting: frozenset[int] = frozenset()
    _asked_at: float = -ASK_EVERY_SECONDS

    def __post_init__(self) -> None:
        self.waits_for = OpenTransactions(self.consumer, self.metrics, self.monotonic)

    async def run(self) -> None:
        """Look until cancelled."""
        look = 0
        while True:
            look += 1
            await self.renew(hint=look % HINT_EVERY_LOOKS == 0)
            if self.lag:
                await pass_over(self.consumer)
            await asyncio.sleep(LOOK_SECONDS)

    async def renew(self, hint: bool = False) -> None:
        """Look once, and start anew when a server is silent; ``hint`` commits offsets too."""
        try:
            async with asyncio.timeout(SERVER_TIMEOUT_SECONDS):
                await self.look()
                if hint:
                    await self._hint()
        except (TimeoutError, KafkaError, PyMongoError, OSError) as error:
            self.lag = None
            self.unheld = frozenset()
            self._seen.clear()  # silence of a server is not a stuck consumer
            log.debug("watch.server_silent", error=str(error)[:200])
        else:
            await self._ask_for_unheld()

    async def look(self) -> None:
        """Compare the stored positions with the log's ends once."""
        kafka = self.consumer.kafka
        if kafka is None:
            return
        topic = self.consumer.subscription.topic
        partitions = partitions_of(kafka, topic.name)
        ends = await kafka.end_offsets(partitions)
        stored = await self.consumer.runner.positions.load_all()
        await self._begin(kafka, (tp for tp in partitions if tp.partition not in stored), stored)
        lags = {tp.partition: max(0, end - stored[tp.partition].next) for tp, end in ends.items()}
        self._count_partitions(len(partitions))
        self._find_waiting(lags)
        self._check_shrunk(ends, stored)
        self._check_stuck(lags, stored)
        for partition, lag in lags.items():
            self.metrics.lag.labels(
                topic.name, self.consumer.subscription.group, str(partition)
            ).set(lag)
        self.lag = sum(lags.values())
        self.waits_for.look()

    async def _begin(
        self, kafka: AIOKafkaConsumer, new: Iterable[TopicPartition], stored: dict[int, Position]
    ) -> None:
        # From here on what lies in a new partition counts as unread, whoever holds it or nobody.
        for tp, start in (await kafka.beginning_offsets(list(new))).items():
            positions = self.consumer.runner.positions
            stored[tp.partition] = await positions.begin(tp.partition, start)

    def _count_partitions(self, number: int) -> None:
        self.partitions = number
        labels = (self.consumer.subscription.topic.name, self.consumer.subscription.group)
        self.metrics.partitions.labels(*labels).set(number)
        self.metrics.partitions_held.labels(*labels).set(len(self.consumer.assignment.held))

    def _find_waiting(self, lags: dict[int, int]) -> None:
        now, held = self.monotonic(), self.consumer.assignment.held
        self._waiting = frozenset(
            partition
            for partition, seen in self._seen.items()
            if lags.get(partition) and partition not in held and now - seen.since >= UNREAD_SECONDS
        )
        self.unheld &= self._waiting

    async def _ask_for_unheld(self) -> None:
        # A time limit of its own: a slow coordinator is no silent server.
        now = self.monotonic()
        if self._waiting and now - self._asked_at >= ASK_EVERY_SECONDS:
            self._asked_at = now
            try:
                async with asyncio.timeout(ASK_SECONDS):
                    of_group = await self.held_by_group()
            except (KafkaError, OSError, TimeoutError):
                of_group = None
            self.unheld = frozenset() if of_group is None else self._waiting - of_group

    def _check_shrunk(self, ends: dict[TopicPartition, int], stored: dict[int, Position]) -> None:
        # A log that was cut or made anew and is now shorter sends no record that would tell.
        assignment = self.consumer.assignment
        for tp, end in ends.items():
            held = assignment.held.get(tp.partition)
            if held is None or held.cursor is None or tp.partition not in stored:
                continue
            place = min(stored[tp.partition].next, held.cursor.next)
            if place > end and not self._goes_on(tp, place):
                assignment.reposition(tp.partition)

    def _goes_on(self, tp: TopicPartition, place: int) -> bool:
        # Behind the end of what is committed there may be an open transaction.
        fetched = None if self.consumer.kafka is None else fetched_ends(self.consumer.kafka, tp)
        return fetched is not None and fetched.high >= place

    def _check_stuck(self, lags: dict[int, int], stored: dict[int, Position]) -> None:
        now = self.monotonic()
        held = self.consumer.assignment.held
        for partition, lag in lags.items():
            place = stored[partition].next if partition in stored else -1
            seen = self._seen.get(partition)
            # One that was just assigned may stand where another member left it long ago.
            taken_up = seen is not None and partition in held and not seen.was_held
            if lag == 0 or seen is None or seen.next != place or taken_up:
                self._seen[partition] = _Seen(place, now, partition in held)
                continue
            seen.was_held = partition in held
            limit = STUCK_SECONDS if partition in held else UNASSIGNED_STUCK_SECONDS
            if self.consumer.runner.in_flight and partition not in self.unheld:
                limit = SLICE_STUCK_SECONDS
            if partition in held and held[partition].refused:
                continue
            ours = partition in held or not held or partition in self.unheld
            if ours and now - seen.since > limit:
                log.critical(
                    "watch.consumer_stuck", topic=self.consumer.subscription.topic.name,
                    partition=partition, next=place, lag=lag, seconds=round(now - seen.since),
                )  # fmt: skip
                self.on_stuck()

    async def _hint(self) -> None:
        kafka = self.consumer.kafka
        if kafka is None:
            return
        topic = self.consumer.subscription.topic.name
        hints = {
            TopicPartition(topic, number): OffsetAndMetadata(held.cursor.next, "")
            for number, held in self.consumer.assignment.held.items()
            if held.cursor is not None and self._hinted.get(number) != held.cursor.next
        }
        if hints:
            await kafka.commit(hints)
            self._hinted |= {tp.partition: hint.offset for tp, hint in hints.items()}

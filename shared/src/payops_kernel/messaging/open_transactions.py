"""Says which partitions a publisher's open transaction holds: nothing of ours can move them.

Consumers that read committed records are given nothing from the first offset of an open
transaction on (the last stable offset), be it other publishers' and committed. That is no lag of
ours, and no reason to start anew; it must be said all the same.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from payops_kernel.logging import get_logger
from payops_kernel.messaging.consumer import TopicConsumer
from payops_kernel.telemetry import Metrics

HELD_SECONDS = 5.0
"""An open transaction that holds a partition for less is how transactions are."""

log = get_logger(__name__)


@dataclass(slots=True)
class OpenTransactions:
    """The partitions of one member that wait for other people's transactions."""

    consumer: TopicConsumer
    metrics: Metrics
    monotonic: Callable[[], float] = time.monotonic
    sentences: tuple[str, ...] = ()
    """One a partition that is held for longer than :data:`HELD_SECONDS`."""
    _since: dict[TopicPartition, tuple[int, float]] = field(default_factory=dict)

    def look(self) -> None:
        """Renew the sentences from what the last fetches said; asks no server."""
        kafka = self.consumer.kafka
        now = self.monotonic()
        held = {} if kafka is None else {tp: (at, n) for tp, at, n in self._held(kafka)}
        for tp in self._since.keys() - held.keys():
            self._show(tp, 0)  # it may be another member's by now
            del self._since[tp]
        for tp, (at, _) in held.items():
            if self._since.get(tp, (-1, now))[0] != at:
                self._since[tp] = (at, now)
        self.sentences = tuple(
            _sentence(tp, at, offsets)
            for tp, (at, offsets) in sorted(held.items())
            if now - self._since[tp][1] >= HELD_SECONDS
        )

    def _held(self, kafka: AIOKafkaConsumer) -> Iterator[tuple[TopicPartition, int, int]]:
        for number, held in self.consumer.assignment.held.items():
            tp = TopicPartition(self.consumer.subscription.topic.name, number)
            if held.cursor is None or (ends := fetched_ends(kafka, tp)) is None:
                continue
            offsets = ends.high - ends.stable if held.cursor.next >= ends.stable else 0
            self._show(tp, offsets)
            if offsets > 0:
                yield tp, ends.stable, offsets

    def _show(self, tp: TopicPartition, offsets: int) -> None:
        group = self.consumer.subscription.group
        self.metrics.held.labels(tp.topic, group, str(tp.partition)).set(offsets)


class FetchedEnds(NamedTuple):
    """A partition's ends as the last fetch said."""

    stable: int
    """The last stable offset: where what is committed ends."""
    high: int
    """The high watermark: where the log ends, open transactions included."""


def fetched_ends(kafka: AIOKafkaConsumer, tp: TopicPartition) -> FetchedEnds | None:
    """The ends of a partition of this member; None before its first fetch."""
    if tp not in kafka.assignment():
        return None
    stable, high = kafka.last_stable_offset(tp), kafka.highwater(tp)
    return None if stable is None or high is None or stable < 0 else FetchedEnds(stable, high)


def _sentence(tp: TopicPartition, at: int, offsets: int) -> str:
    return (
        f"{tp.topic} partition {tp.partition}: an open transaction of a publisher holds it at "
        f"offset {at}; {offsets:,} offset(s) from there on are read once it has ended."
    )

"""Dead letters as they lie in their topics, and what a consumer noted in their headers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from payops_contracts.topics import SUBSCRIPTIONS, Subscription
from payops_local.errors import PlatformError
from payops_local.kafka_logs import KafkaLogs

NOTED = (
    "payops-topic",
    "payops-partition",
    "payops-offset",
    "payops-timestamp",
    "payops-reason",
    "payops-error",
    "payops-failed-at",
    "payops-code-version",
)
"""The headers that a consumer adds behind the record's own."""

Headers = tuple[tuple[str, bytes | None], ...]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One dead letter."""

    subscription: Subscription
    partition: int
    offset: int
    timestamp: int
    """Milliseconds since 1970, when it came to the dead-letter topic."""
    key: bytes | None
    value: bytes | None
    headers: Headers
    """The original record's own, in their order."""
    noted: dict[str, str]
    """What the consumer noted, by header."""

    @property
    def id(self) -> str:
        """``topic/partition/offset``: what people copy."""
        return f"{self.subscription.dead_letter_topic}/{self.partition}/{self.offset}"

    @property
    def mark(self) -> str:
        """The id with the instant: another one when the topic is made anew."""
        return f"{self.id}/{self.timestamp}"

    @property
    def origin(self) -> str:
        """Where the original record lay: ``topic/partition/offset``."""
        return "/".join(self.noted.get(name, "?") for name in NOTED[:3])

    @property
    def reason(self) -> str:
        """A word: why it is dead."""
        return self.noted.get("payops-reason", "?")

    @property
    def error(self) -> str:
        """A sentence: why it is dead."""
        return self.noted.get("payops-error", "?")

    @property
    def when(self) -> str:
        """When it failed, ISO 8601 UTC."""
        arrived = datetime.fromtimestamp(self.timestamp / 1000, UTC)
        return self.noted.get("payops-failed-at") or arrived.isoformat(timespec="milliseconds")

    @classmethod
    def of(cls, subscription: Subscription, record: Any) -> DeadLetter:
        """From the record in the dead-letter topic."""
        headers = tuple(record.headers)
        own = len(headers)
        # From the end: an original header of the same name stands before the consumer's.
        while own and headers[own - 1][0] in NOTED and own > len(headers) - len(NOTED):
            own -= 1
        noted = {
            name: (value or b"").decode("utf-8", errors="replace") for name, value in headers[own:]
        }
        return cls(
            subscription,
            record.partition,
            record.offset,
            record.timestamp,
            record.key,
            record.value,
            headers[:own],
            noted,
        )


def subscriptions(topic: str | None) -> Sequence[Subscription]:
    """Those whose dead letters are meant: all, or of one (dead-letter) topic by its name."""
    if topic is None:
        return SUBSCRIPTIONS
    chosen = [each for each in SUBSCRIPTIONS if topic in {each.dead_letter_topic, each.topic.name}]
    if not chosen:
        known = ", ".join(each.dead_letter_topic for each in SUBSCRIPTIONS)
        raise PlatformError(f"There is no dead-letter topic {topic}: choose one of {known}.")
    return chosen


async def read_all(logs: KafkaLogs, chosen: Sequence[Subscription]) -> AsyncIterator[DeadLetter]:
    """Every dead letter of the subscriptions, oldest first within each log."""
    for subscription in chosen:
        partitions = logs.partitions(subscription.dead_letter_topic)
        for tp, log in (await logs.bounds(partitions)).items():
            async for record in logs.read(tp, log.start, log.end):
                yield DeadLetter.of(subscription, record)


async def read_one(logs: KafkaLogs, wanted: str) -> DeadLetter:
    """The dead letter of an id; raises PlatformError when there is none."""
    topic, _, place = wanted.partition("/")
    partition, _, offset = place.partition("/")
    if not (partition.isascii() and partition.isdigit() and offset.isascii() and offset.isdigit()):
        raise PlatformError(
            f"'{wanted}' is not the id of a dead letter: copy one from `./payops dlq list`."
        )
    (subscription, *_) = subscriptions(topic)
    numbered = [
        tp
        for tp in logs.partitions(subscription.dead_letter_topic)
        if tp.partition == int(partition)
    ]
    for tp, log in (await logs.bounds(numbered)).items():
        if log.start <= int(offset) < log.end:
            async for record in logs.read(tp, int(offset), int(offset) + 1):
                return DeadLetter.of(subscription, record)
    raise PlatformError(f"There is no dead letter {wanted}: `./payops dlq list` shows those there.")

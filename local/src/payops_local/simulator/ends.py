"""Which subscriptions PayOps has had end: from then on this hub tells no more of them.

They are read from the commands' beginning at every start, so that nothing has to be kept; until
all that stand there are known, nobody may ask.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from pydantic import TypeAdapter, ValidationError

from payops_contracts.subscriptions import SubscriptionEndRequestV1, SubscriptionEndWithdrawnV1
from payops_contracts.topics import PAYMENT_COMMANDS
from payops_kernel.ending import close_within
from payops_kernel.logging import get_logger
from payops_kernel.mongo.transactions import retry_delay
from payops_local.simulator.commands import (
    CLOSE_LIMIT_S,
    POLL_MS,
    POLL_RECORDS,
    START_LIMIT_S,
    assign,
    consumer_of,
    within,
)
from payops_local.simulator.hub import wait
from payops_local.simulator.scenarios import Telling

ABOUT = b"subscription-end"
"""Stands in the type of what is of concern here."""

_COMMANDS: TypeAdapter[SubscriptionEndRequestV1 | SubscriptionEndWithdrawnV1] = TypeAdapter(
    SubscriptionEndRequestV1 | SubscriptionEndWithdrawnV1
)

log = get_logger(__name__)


@dataclass(slots=True)
class Ends:
    """Subscription → from when on nothing is told of it, in seconds since 1970."""

    known: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once all that was asked for until the start is read."""
    _ends: dict[str, float] = field(default_factory=dict)

    def take(self, value: bytes | None) -> None:
        """One record of the commands' topic."""
        if value is None or ABOUT not in value:
            return
        try:
            command = _COMMANDS.validate_json(value)
        except ValidationError:
            return  # whoever answers it says so
        subscription_id = command.data.subscription_id
        if isinstance(command, SubscriptionEndRequestV1):
            self._ends[subscription_id] = command.data.ends_at.timestamp()
        else:
            self._ends.pop(subscription_id, None)

    def withholds(self, telling: Telling) -> bool:
        """Whether it is of a subscription that had ended before."""
        if telling.of is None:
            return False
        subscription_id, begin = telling.of
        return begin >= self._ends.get(subscription_id, begin + 1)


async def read_ends(kafka: str, ends: Ends, stopping: asyncio.Event) -> None:
    """Keep ``ends`` up to date until ``stopping``, however often the broker goes and comes."""
    attempt = 0
    while not stopping.is_set():
        consumer = consumer_of(kafka, None)
        try:
            await within(START_LIMIT_S, consumer.start())
            await assign(consumer, PAYMENT_COMMANDS)
            attempt = 0
            await _read(consumer, ends, stopping)
        except (KafkaError, OSError, TimeoutError) as error:
            log.warning("simulator.ends_wait", why=str(error) or type(error).__name__)
            await wait(stopping, retry_delay(attempt))
            attempt += 1
        finally:
            await close_within(CLOSE_LIMIT_S, consumer.stop())
    ends.known.set()  # or whoever waits for it would not stop


async def _read(consumer: AIOKafkaConsumer, ends: Ends, stopping: asyncio.Event) -> None:
    until = await within(START_LIMIT_S, consumer.end_offsets(list(consumer.assignment())))
    while not stopping.is_set():
        if not ends.known.is_set() and await _is_at(consumer, until):
            ends.known.set()
        await assign(consumer, PAYMENT_COMMANDS)
        polled = await consumer.getmany(timeout_ms=POLL_MS, max_records=POLL_RECORDS)
        for records in polled.values():
            for record in records:
                ends.take(record.value)


async def _is_at(consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> bool:
    stands = [await within(START_LIMIT_S, consumer.position(place)) for place in ends]
    return all(at >= end for at, end in zip(stands, ends.values(), strict=True))

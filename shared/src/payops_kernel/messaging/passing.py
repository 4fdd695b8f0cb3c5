"""Passes over what nobody can read at a log's end: aborted records, and transactions' markers.

In the midst of a log the next record carries the position over them. At its end no record comes,
and they would count as lag for ever. So the position itself is moved, after another reader has
seen that nothing committed lies there: that is a fact about the log, whatever this consumer has
polled meanwhile. The anchor stays the record that was applied last.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from aiokafka import TopicPartition
from aiokafka.errors import ConsumerStoppedError, KafkaError, OffsetOutOfRangeError

from payops_kernel.logging import get_logger
from payops_kernel.messaging.assignment import Held
from payops_kernel.messaging.consumer import TopicConsumer
from payops_kernel.messaging.cursors import Cursor
from payops_kernel.messaging.log_reading import free_of_records
from payops_kernel.messaging.positions import Position
from payops_kernel.mongo import PyMongoError

READ_SECONDS = 3.0
"""One look reads so long; what it has seen by then is passed, and the next one goes on."""
LIMIT_SECONDS = 10.0

SILENCE = (TimeoutError, KafkaError, PyMongoError, ConsumerStoppedError, OSError)

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a partition stood when it was looked at, and up to where the consumer has read."""

    held: Held
    cursor: Cursor
    next: int
    begin: int
    end: int


async def pass_over(consumer: TopicConsumer) -> None:
    """Move each position of this member that stands before offsets without a record.

    A server that does not answer is not waited for; the next look tries again.
    """
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            places = await _places(consumer)
            if places:
                await _pass(consumer, places)
    except OffsetOutOfRangeError as error:
        for tp in error.args[0]:  # retention was quicker: its bounds tell what that means
            consumer.assignment.reposition(tp.partition)
    except SILENCE as error:
        log.debug("passing.server_silent", error=str(error)[:200])


async def _places(consumer: TopicConsumer) -> dict[TopicPartition, _Place]:
    kafka = consumer.kafka
    places: dict[TopicPartition, _Place] = {}
    if kafka is None:
        return places
    for number, held in tuple(consumer.assignment.held.items()):
        tp = TopicPartition(consumer.subscription.topic.name, number)
        if (cursor := held.cursor) is None or consumer.busy(number):
            continue
        read_to = await kafka.position(tp)
        if read_to > cursor.next:
            places[tp] = _Place(held, cursor, cursor.next, cursor.seek_to, read_to)
    return places


async def _pass(consumer: TopicConsumer, places: Mapping[TopicPartition, _Place]) -> None:
    ranges = {tp: (place.begin, place.end) for tp, place in places.items()}
    free = await free_of_records(consumer.another, ranges, READ_SECONDS)
    for tp, place in places.items():
        cursor = place.cursor
        if place.held.cursor is not cursor or cursor.next != place.next:
            continue
        if cursor.awaiting_anchor and place.begin < place.next:
            if free[tp] > place.begin:  # where the record applied last should lie
                _refuse(consumer, tp, cursor)
        elif free[tp] > place.next:
            await _move(consumer, tp, place, free[tp])


def _refuse(consumer: TopicConsumer, tp: TopicPartition, cursor: Cursor) -> None:
    stood_at = Position(cursor.next, cursor.anchor)
    offset = cursor.seek_to  # the anchor's: it is awaited
    reason = f"record {offset}, applied last, is gone from the log, or was aborted"
    consumer.assignment.refuse(tp.partition, reason, stood_at)


async def _move(consumer: TopicConsumer, tp: TopicPartition, place: _Place, to: int) -> None:
    moved = await consumer.runner.positions.pass_over(tp.partition, place.next, to)
    # A slice that was cut from the cursor meanwhile loses its fence, and finds its place again.
    if moved and place.held.cursor is place.cursor and place.cursor.next == place.next:
        place.cursor.passed(to)
    log.debug("passing.passed", topic=tp.topic, partition=tp.partition, next=to, moved=moved)

"""Reads the commands of a topic for its responder, at least once, however often the broker goes and
comes.

A desk's group is its own and no part of PayOps: it has no dead letters. It only keeps the offsets;
one process reads all partitions, so that no rebalance stands in the way after a restart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from payops_contracts.topics import Topic
from payops_kernel.ending import close_within
from payops_kernel.logging import get_logger
from payops_kernel.messaging.partitions import METADATA_AGE_MS
from payops_kernel.mongo.transactions import retry_delay
from payops_local.simulator.hub import TICK_S, wait
from payops_local.simulator.responder import Responder

POLL_MS = 200
POLL_RECORDS = 2_000
COMMIT_LIMIT_S = 5.0
START_LIMIT_S = 10.0
CLOSE_LIMIT_S = 5.0

T = TypeVar("T")

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where commands of one kind are taken."""

    topic: Topic
    group: str
    responder: Responder[Any]


async def read_commands(kafka: str, desk: Desk, stopping: asyncio.Event) -> None:
    """Hand every command to the desk's responder until ``stopping``, and commit what it has
    settled.
    """
    attempt = 0
    while not stopping.is_set():
        consumer = consumer_of(kafka, desk.group)
        try:
            await within(START_LIMIT_S, consumer.start())
            await assign(consumer, desk.topic)
            attempt = 0
            await _read(consumer, desk, stopping)
        except (KafkaError, OSError, TimeoutError) as error:
            log.warning("simulator.commands_wait", why=str(error) or type(error).__name__)
            await wait(stopping, retry_delay(attempt))
            attempt += 1
        finally:
            await close_within(CLOSE_LIMIT_S, consumer.stop())


async def _read(consumer: AIOKafkaConsumer, desk: Desk, stopping: asyncio.Event) -> None:
    responder = desk.responder
    committed: dict[int, int] = {}
    while not stopping.is_set():
        if responder.full:
            await wait(stopping, TICK_S)
        else:
            await assign(consumer, desk.topic)
            polled = await consumer.getmany(timeout_ms=POLL_MS, max_records=POLL_RECORDS)
            for partition, records in polled.items():
                for record in records:
                    place = (partition.partition, record.offset)
                    responder.take(place, record.value, asked_at(record.value, record.timestamp))
        committed = await _commit(consumer, desk, committed)
    await _commit(consumer, desk, committed)


def asked_at(value: bytes | None, written_ms: int) -> float:
    """When a command was given, in seconds since 1970: business time, which may be the past."""
    try:
        return datetime.fromisoformat(orjson.loads(value or b"")["time"]).timestamp()
    except (ValueError, KeyError, TypeError):
        return written_ms / 1000


async def _commit(
    consumer: AIOKafkaConsumer, desk: Desk, committed: dict[int, int]
) -> dict[int, int]:
    settled = desk.responder.settled()
    fresh = {p: at for p, at in settled.items() if committed.get(p) != at}
    if fresh:
        offsets = {TopicPartition(desk.topic.name, p): at for p, at in fresh.items()}
        await within(COMMIT_LIMIT_S, consumer.commit(offsets))
    return committed | fresh


async def assign(consumer: AIOKafkaConsumer, topic: Topic) -> None:
    """All partitions that the topic has by now; those that were read go on where they stand."""
    # Before the first assignment nothing is known of the topic, and it begins with so many.
    numbers = consumer.partitions_for_topic(topic.name) or range(topic.partitions)
    partitions = [TopicPartition(topic.name, number) for number in numbers]
    read = consumer.assignment()
    if read.issuperset(partitions):
        return
    stands = {tp: await within(START_LIMIT_S, consumer.position(tp)) for tp in read}
    consumer.assign(partitions)
    for tp, offset in stands.items():
        consumer.seek(tp, offset)


async def within(limit_s: float, work: Coroutine[Any, Any, T]) -> T:
    """What the work brings; raises ``TimeoutError`` when it takes longer."""
    # A task of its own: aiokafka may not end when it is cancelled, and may be cancelled by itself.
    task = asyncio.create_task(work)
    done, _ = await asyncio.wait({task}, timeout=limit_s)
    if not done or task.cancelled():
        task.cancel()
        raise TimeoutError(f"nothing for {limit_s:g} s")
    return task.result()


def consumer_of(kafka: str, group: str | None) -> AIOKafkaConsumer:
    """One that begins where its group stands; without a group at the beginning."""
    return AIOKafkaConsumer(
        bootstrap_servers=kafka,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        metadata_max_age_ms=METADATA_AGE_MS,
    )

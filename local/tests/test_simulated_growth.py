"""The provider behind the hub reads every partition of the commands, those added later too."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import uuid4

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from payops_contracts.topics import PAYMENT_COMMANDS
from payops_kernel.messaging.producer import start_producer
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.testing import eventually
from payops_local.simulator.commands import Desk, read_commands

PARTITIONS = 6
READ_SECONDS = 20.0


class Heard:
    """A responder that only notes which commands it is given."""

    full = False

    def __init__(self) -> None:
        self.places: list[tuple[int, int]] = []

    def take(self, place: tuple[int, int], value: bytes | None, came_at: float) -> None:
        self.places.append(place)

    def settled(self) -> dict[int, int]:
        return {partition: offset + 1 for partition, offset in sorted(self.places)}


async def send(kafka: str, topic: str, partitions: range) -> None:
    producer = await start_producer(kafka)
    try:
        await eventually(
            lambda: producer.partitions_for(topic), until=lambda seen: len(seen) >= len(partitions)
        )
        for number in partitions:
            await producer.send_and_wait(topic, b"{}", b"key", partition=number)
    finally:
        await producer.stop()


async def grow(kafka: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.create_partitions({topic: NewPartitions(PARTITIONS)})
    finally:
        await admin.close()


async def test_commands_in_partitions_that_were_added_are_answered_and_none_is_read_twice(
    kafka_address: str,
) -> None:
    topic = replace(PAYMENT_COMMANDS, name=f"commands-{uuid4().hex[:12]}")
    await ensure_topics(kafka_address, [topic])
    heard, stopping = Heard(), asyncio.Event()
    desk = Desk(topic, topic.name, heard)  # type: ignore[arg-type]
    reading = asyncio.create_task(read_commands(kafka_address, desk, stopping))
    await send(kafka_address, topic.name, range(topic.partitions))
    await eventually(lambda: len(heard.places) == topic.partitions, READ_SECONDS)
    await grow(kafka_address, topic.name)
    await send(kafka_address, topic.name, range(PARTITIONS))
    await eventually(lambda: len(heard.places) == topic.partitions + PARTITIONS, READ_SECONDS)
    stopping.set()
    await reading
    old = {(number, offset) for number in range(topic.partitions) for offset in (0, 1)}
    new = {(number, 0) for number in range(topic.partitions, PARTITIONS)}
    assert sorted(heard.places) == sorted(old | new)

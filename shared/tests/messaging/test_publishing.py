"""Messages into the partitions that the topic has now, whatever it had a moment ago."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder

from payops_kernel.messaging.producer import partition_of
from payops_kernel.messaging.publishing import pack, publish

KEYS = [f"ORD-{number}".encode() for number in range(50)]
DOCUMENT = {"messages": [{"topic": "toy", "key": key, "value": b"v"} for key in KEYS]}
BATCH_BYTES = 1_000_000
PATIENCE_S = 5.0


class Producer:
    """Knows a number of partitions, and asserts as aiokafka's does."""

    def __init__(self, partitions: int) -> None:
        self.partitions = partitions
        self.sent: list[TopicPartition] = []

    async def partitions_for(self, topic: str) -> set[int]:
        assert topic == "toy"
        return set(range(self.partitions))

    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(BATCH_BYTES, 0, is_transactional=False)

    async def send_batch(
        self, batch: BatchBuilder, topic: str, *, partition: int
    ) -> asyncio.Future[None]:
        assert partition < self.partitions, "Unrecognized partition"
        self.sent.append(TopicPartition(topic, partition))
        acknowledged: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        acknowledged.set_result(None)
        return acknowledged


def producer(partitions: int) -> Any:
    return Producer(partitions)


async def test_keys_are_placed_over_the_partitions_that_the_producer_knows_now() -> None:
    grown = producer(4)
    await publish(grown, [DOCUMENT], PATIENCE_S)
    assert {tp.partition for tp in grown.sent} == {partition_of(key, 4) for key in KEYS}
    grown.partitions, grown.sent = 6, []
    await publish(grown, [DOCUMENT], PATIENCE_S)
    assert {tp.partition for tp in grown.sent} == {partition_of(key, 6) for key in KEYS}
    assert {4, 5} <= {tp.partition for tp in grown.sent}


async def test_what_was_packed_before_the_topic_grew_is_sent_as_it_was_packed() -> None:
    grown = producer(4)
    batches = await pack(grown, [DOCUMENT])
    grown.partitions = 6
    await batches.publish(PATIENCE_S)
    assert {tp.partition for tp in grown.sent} == set(range(4))


async def test_a_topic_made_anew_with_fewer_partitions_is_an_error_that_the_relay_mends() -> None:
    shrunk = producer(4)
    batches = await pack(shrunk, [DOCUMENT])
    shrunk.partitions = 1
    with pytest.raises(KafkaError):
        await batches.publish(PATIENCE_S)

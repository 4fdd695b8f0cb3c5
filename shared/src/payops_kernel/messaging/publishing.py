"""Outbox documents to Kafka: batches a partition in the documents' order, all acks awaited."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import StaleMetadata
from aiokafka.producer.message_accumulator import BatchBuilder

from payops_kernel.faults import crash_point
from payops_kernel.messaging.producer import partition_of
from payops_kernel.mongo import Document


@dataclass(frozen=True, slots=True)
class Batches:
    """The messages of some documents, packed for a producer; nothing is sent yet."""

    producer: AIOKafkaProducer
    packed: Sequence[tuple[TopicPartition, BatchBuilder]]
    """In the order in which each partition is to have them."""
    count: int
    """Messages in all of them."""

    async def publish(self, timeout_seconds: float) -> None:
        """Send them all and wait for every acknowledgement.

        Raises aiokafka's ``KafkaError`` or ``TimeoutError`` when one is missing; none of the
        documents may be deleted then.
        """
        async with asyncio.timeout(timeout_seconds):
            acks: list[asyncio.Future[object]] = [
                await self._send(tp, batch) for tp, batch in self.packed
            ]
            crash_point("relay.after_send")
            half = len(acks) // 2
            await asyncio.gather(*acks[:half])
            crash_point("relay.after_half_of_the_acks")
            await asyncio.gather(*acks[half:])
        crash_point("relay.after_all_acks")

    async def _send(self, tp: TopicPartition, batch: BatchBuilder) -> asyncio.Future[object]:
        # Of a topic that was made anew with fewer partitions aiokafka only asserts that it is not.
        if tp.partition not in await self.producer.partitions_for(tp.topic):
            raise StaleMetadata(f"{tp.topic} has no partition {tp.partition} any more")
        sent: asyncio.Future[object] = await self.producer.send_batch(
            batch, tp.topic, partition=tp.partition
        )
        return sent


async def publish(
    producer: AIOKafkaProducer, documents: Sequence[Document], timeout_seconds: float
) -> None:
    """Pack and publish in one go; raises as :meth:`Batches.publish` does."""
    async with asyncio.timeout(timeout_seconds):
        batches = await pack(producer, documents)
    await batches.publish(timeout_seconds)


async def pack(producer: AIOKafkaProducer, documents: Sequence[Document]) -> Batches:
    """The batches of the documents' messages. Lets others have the loop now and then."""
    lanes_of: dict[str, list[list[Document]]] = {}
    for document in documents:
        for message in document["messages"]:
            topic, key = message["topic"], message["key"]
            if topic not in lanes_of:
                lanes_of[topic] = [[] for _ in await producer.partitions_for(topic)]
            lanes = lanes_of[topic]
            lanes[0 if key is None else partition_of(key, len(lanes))].append(message)
        await asyncio.sleep(0)
    packed: list[tuple[TopicPartition, BatchBuilder]] = []
    for topic, lanes in lanes_of.items():
        for number, messages in enumerate(lanes):
            tp = TopicPartition(topic, number)
            packed += [(tp, batch) for batch in _batches(producer, tp, messages)]
            await asyncio.sleep(0)
    return Batches(producer, packed, sum(len(document["messages"]) for document in documents))


def _batches(
    producer: AIOKafkaProducer, tp: TopicPartition, messages: Sequence[Document]
) -> Iterator[BatchBuilder]:
    if not messages:
        return
    batch: BatchBuilder = producer.create_batch()
    for message in messages:
        if _append(batch, message):
            continue
        yield batch
        batch = producer.create_batch()
        if not _append(batch, message):
            raise ValueError(f"a message for {tp.topic} is larger than a batch may be")
    yield batch


def _append(batch: BatchBuilder, message: Document) -> bool:
    stored = message.get("headers")
    headers = [(name, value) for name, value in stored] if stored else []
    appended = batch.append(
        key=message["key"], value=message["value"], timestamp=None, headers=headers
    )
    return appended is not None

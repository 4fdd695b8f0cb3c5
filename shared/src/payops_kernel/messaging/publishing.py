"""Outbox documents to Kafka: batches a partition in the documents' order, all acks awaited."""

import asyncio
from collections.abc import Iterator, Sequence

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.producer.message_accumulator import BatchBuilder

from payops_kernel.faults import crash_point
from payops_kernel.messaging.producer import partition_of
from payops_kernel.mongo import Document

Ack = asyncio.Future[object]


async def publish(
    producer: AIOKafkaProducer, documents: Sequence[Document], timeout_seconds: float
) -> int:
    """Publish every message of the documents; return how many once all are acknowledged.

    Raises aiokafka's ``KafkaError`` or ``TimeoutError`` when any is not; none may be deleted then.
    """
    async with asyncio.timeout(timeout_seconds):
        by_partition = await _by_partition(producer, documents)
        acks: list[Ack] = []
        for tp, messages in by_partition.items():
            acks += await _send(producer, tp, messages)
        crash_point("relay.after_send")
        half = len(acks) // 2
        await asyncio.gather(*acks[:half])
        crash_point("relay.after_half_of_the_acks")
        await asyncio.gather(*acks[half:])
    crash_point("relay.after_all_acks")
    return sum(len(messages) for messages in by_partition.values())


async def _by_partition(
    producer: AIOKafkaProducer, documents: Sequence[Document]
) -> dict[TopicPartition, list[Document]]:
    counts: dict[str, int] = {}
    grouped: dict[TopicPartition, list[Document]] = {}
    for message in _messages(documents):
        topic = message["topic"]
        if topic not in counts:
            counts[topic] = len(await producer.partitions_for(topic))
        key = message["key"]
        number = 0 if key is None else partition_of(key, counts[topic])
        grouped.setdefault(TopicPartition(topic, number), []).append(message)
    return grouped


def _messages(documents: Sequence[Document]) -> Iterator[Document]:
    for document in documents:
        yield from document["messages"]


async def _send(
    producer: AIOKafkaProducer, tp: TopicPartition, messages: Sequence[Document]
) -> list[Ack]:
    acks: list[Ack] = []
    batch: BatchBuilder = producer.create_batch()
    for message in messages:
        if _append(batch, message):
            continue
        acks.append(await producer.send_batch(batch, tp.topic, partition=tp.partition))
        batch = producer.create_batch()
        if not _append(batch, message):
            raise ValueError(f"a message for {tp.topic} is larger than a batch may be")
    if batch.record_count():
        acks.append(await producer.send_batch(batch, tp.topic, partition=tp.partition))
    return acks


def _append(batch: BatchBuilder, message: Document) -> bool:
    headers = [(name, value) for name, value in message.get("headers", ())]
    appended = batch.append(
        key=message["key"], value=message["value"], timestamp=None, headers=headers
    )
    return appended is not None

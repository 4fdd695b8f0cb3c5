"""What tests tell a real broker, and what they find published about one thing."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer

from payops_kernel.messaging.producer import start_producer
from payops_kernel.messaging.publishing import publish
from payops_kernel.testing import eventually

PATIENCE_SECONDS = 40.0
POLL_MS = 200


async def tell(kafka: str, topic: str, events: Sequence[dict[str, Any]]) -> None:
    """Publish events under their subjects, acknowledged by the broker."""
    told = [
        {"topic": topic, "key": each["subject"].encode(), "value": orjson.dumps(each)}
        for each in events
    ]
    producer = await start_producer(kafka)
    try:
        await publish(producer, [{"messages": told}], PATIENCE_SECONDS)
    finally:
        await producer.stop()


@asynccontextmanager
async def reading(kafka: str, topic: str) -> AsyncIterator[AIOKafkaConsumer]:
    """Reads a topic from its beginning."""
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=kafka,
        group_id=None,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def published(kafka: str, topic: str, subject: str, count: int) -> list[Any]:
    """The first records of a topic about one thing."""
    found: list[Any] = []
    async with reading(kafka, topic) as consumer:

        async def look() -> bool:
            for records in (await consumer.getmany(timeout_ms=POLL_MS)).values():
                found.extend(each for each in records if (each.key or b"").decode() == subject)
            return len(found) >= count

        await eventually(look, PATIENCE_SECONDS)
    return found

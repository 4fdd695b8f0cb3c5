"""What the tests do to topics: make them anew, cut them, fill them."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, RecordsToDelete
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.protocol.group import LeaveGroupRequest
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from payops_contracts.topics import Topic, all_topics
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.testing import eventually
from payops_testing.faultlab.upstream import Outgoing

ADMIN_TIMEOUT_MS = 60_000
TOPIC_SECONDS = 20.0
REQUEST_BYTES_MAX = 5 * 1024 * 1024
REQUEST_TIMEOUT_MS = 120_000
METADATA_AGE_MS = 500
"""A publisher that sees new partitions before any consumer of ours."""
BATCH_BYTES_MAX = 1024 * 1024


async def fresh_topics(bootstrap: str, topics: Sequence[Topic] | None = None) -> None:
    """Delete the topics (default: all of the platform), see them gone, and make them anew."""
    wanted = list(topics or all_topics())
    names = {topic.name for topic in wanted}
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=ADMIN_TIMEOUT_MS)
    await admin.start()
    try:
        present = names.intersection(await admin.list_topics())
        if present:
            await admin.delete_topics(sorted(present), timeout_ms=ADMIN_TIMEOUT_MS)

        async def gone() -> bool:
            return not names.intersection(await admin.list_topics())

        await eventually(gone, TOPIC_SECONDS)
        await ensure_topics(bootstrap, wanted)
        await eventually(lambda: _all_lead(admin, names), TOPIC_SECONDS)
    finally:
        await admin.close()


async def grow(bootstrap: str, topics: Sequence[str], partitions: int) -> None:
    """Give the topics more partitions, so many in all; they lead when this returns."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=ADMIN_TIMEOUT_MS)
    await admin.start()
    try:
        await admin.create_partitions({topic: NewPartitions(partitions) for topic in topics})

        async def grown() -> bool:
            described = await admin.describe_topics(list(topics))
            return all(
                len(topic["partitions"]) == partitions
                and all(part["leader"] >= 0 for part in topic["partitions"])
                for topic in described
            )

        await eventually(grown, TOPIC_SECONDS)
    finally:
        await admin.close()


async def _all_lead(admin: AIOKafkaAdminClient, names: set[str]) -> bool:
    described = await admin.describe_topics(sorted(names))
    return all(
        topic["error_code"] == 0 and all(p["leader"] >= 0 for p in topic["partitions"])
        for topic in described
    )


async def end_sessions(bootstrap: str, service: str) -> None:
    """What the broker does when the sessions of a service's members have run out, without the wait.

    A service has a group for each topic that it reads. A member that lives has to join again.
    """
    its_own = re.compile(rf"{re.escape(service)}(-\w+)?\.")
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=ADMIN_TIMEOUT_MS)
    await admin.start()
    try:
        groups = [name for name, *_ in await admin.list_consumer_groups() if its_own.match(name)]
        for group in groups:
            coordinator = await admin.find_coordinator(group)
            (answer,) = await admin.describe_consumer_groups([group], coordinator)
            described: Any = answer
            for member_id, *_ in described.groups[0][5]:
                await admin._send_request(LeaveGroupRequest(group, member_id), coordinator)
    finally:
        await admin.close()


async def members(bootstrap: str, group: str) -> int:
    """Among how many members a group's partitions are shared out; 0 while they are not."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=ADMIN_TIMEOUT_MS)
    await admin.start()
    try:
        (answer,) = await admin.describe_consumer_groups([group])
        described: Any = answer
        state, found = described.groups[0][2], described.groups[0][5]
        return len(found) if state == "Stable" else 0
    finally:
        await admin.close()


async def delete_records(bootstrap: str, topic: str, before: dict[int, int]) -> None:
    """What retention does: the log of each partition then starts at the given offset."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=ADMIN_TIMEOUT_MS)
    await admin.start()
    try:
        await admin.delete_records(
            {
                TopicPartition(topic, partition): RecordsToDelete(before_offset=offset)
                for partition, offset in before.items()
            },
            timeout_ms=ADMIN_TIMEOUT_MS,
        )
    finally:
        await admin.close()


async def send(
    bootstrap: str, topic: str, outgoing: Sequence[Outgoing], compression: str | None = None
) -> None:
    """Produce all, in order, acknowledged."""
    async with _producer(bootstrap, compression) as producer:
        await _send(producer, topic, outgoing)


async def send_batch(bootstrap: str, topic: str, partition: int, batch: BatchBuilder) -> None:
    """Produce a batch that was made by hand, with what ``send`` would refuse."""
    async with _producer(bootstrap, idempotent=False) as producer:
        await (await producer.send_batch(batch, topic, partition=partition))


def batch_with_broken_header_name(outgoing: Sequence[Outgoing], broken: int) -> BatchBuilder:
    """The records in one batch; the one numbered ``broken`` has a header name of stray bytes."""
    batch = BatchBuilder(BATCH_BYTES_MAX, 0, is_transactional=False)
    batch._builder = _DefaultRecordBatchBuilderPy(
        magic=2,
        compression_type=0,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=0,
        batch_size=BATCH_BYTES_MAX,
    )
    for number, record in enumerate(outgoing):
        headers = [*record.headers]
        if number == broken:
            headers.append((_StrayBytes("name"), b"value"))
        appended = batch.append(
            key=record.key, value=record.value, timestamp=1_770_000_000_000, headers=headers
        )
        assert appended is not None
    return batch


class _StrayBytes(str):
    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return b"\xff\xfe" + super().encode(encoding, errors)


async def trickle(
    bootstrap: str, topic: str, portions: Sequence[Sequence[Outgoing]], pause: float
) -> None:
    """Produce portion by portion; patient with a broker that is away for a while."""
    async with _producer(bootstrap) as producer:
        for portion in portions:
            await _send(producer, topic, portion)
            await asyncio.sleep(pause)


@asynccontextmanager
async def _producer(
    bootstrap: str, compression: str | None = None, *, idempotent: bool = True
) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=idempotent,
        compression_type=compression,
        max_request_size=REQUEST_BYTES_MAX,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        metadata_max_age_ms=METADATA_AGE_MS,
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def _send(producer: AIOKafkaProducer, topic: str, outgoing: Sequence[Outgoing]) -> None:
    futures = [await _send_one(producer, topic, record) for record in outgoing]
    await producer.flush()
    await asyncio.gather(*futures)


async def _send_one(producer: AIOKafkaProducer, topic: str, record: Outgoing) -> Awaitable[Any]:
    if record.key is None and record.value is None:  # legal, but not for this producer's send()
        batch = producer.create_batch()
        batch.append(key=None, value=None, timestamp=None, headers=list(record.headers))
        acknowledged: Awaitable[Any] = await producer.send_batch(
            batch, topic, partition=record.partition or 0
        )
        return acknowledged
    sent: Awaitable[Any] = await producer.send(
        topic,
        value=record.value,
        key=record.key,
        headers=list(record.headers),
        partition=record.partition,
    )
    return sent

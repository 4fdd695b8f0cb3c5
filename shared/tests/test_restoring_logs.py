"""What a restored service reads of the logs: committed records, and ends behind what is none."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from payops_kernel.messaging.positions import Anchor, Position
from payops_kernel.restoring.logs import ends_of, is_read, values


@pytest.fixture
async def topic(kafka_address: str) -> AsyncIterator[str]:
    """Four records in partition 0 of 2; transactions aborted the second and the last one."""
    name = f"restoring-{uuid4().hex[:8]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_address)
    await admin.start()
    await admin.create_topics([NewTopic(name, 2, 1)])
    producer = AIOKafkaProducer(bootstrap_servers=kafka_address, transactional_id=name)
    await producer.start()
    for value, committed in ((b"one", True), (b"never", False), (b"two", True), (b"no", False)):
        await producer.begin_transaction()
        await producer.send_and_wait(name, value, partition=0)
        await (producer.commit_transaction() if committed else producer.abort_transaction())
    await producer.stop()
    yield name
    await admin.delete_topics([name])
    await admin.close()


def at(offset: int) -> Position:
    return Position(offset + 1, Anchor(offset, 0, 0))


async def test_what_was_aborted_was_never_published(kafka_address: str, topic: str) -> None:
    assert [value async for value in values(kafka_address, topic)] == [b"one", b"two"]


async def test_a_log_is_read_when_only_aborted_and_control_records_are_left(
    kafka_address: str, topic: str
) -> None:
    ends = await ends_of(kafka_address, topic)
    assert ends == {0: 8, 1: 0}
    assert not await is_read(kafka_address, topic, {}, ends)
    assert not await is_read(kafka_address, topic, {0: at(0)}, ends)
    assert await is_read(kafka_address, topic, {0: at(4)}, ends)
    assert await is_read(kafka_address, topic, {0: at(0)}, {0: 4, 1: 0})

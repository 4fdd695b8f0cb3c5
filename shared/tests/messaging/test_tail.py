"""Topics followed from their ends, on a real broker: nothing of before, all of after, no trace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from payops_contracts.topics import Topic
from payops_kernel.ending import end
from payops_kernel.messaging.tail import Records, TopicTail
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.testing import eventually
from payops_local.servers import KafkaServer
from payops_testing.faultlab.broker import fresh_topics, grow

PATIENCE_S = 30.0
NEW_PARTITIONS_S = 10.0


@dataclass
class Heard:
    """What the tail told."""

    begun: int = 0
    values: list[bytes] = field(default_factory=list)

    def begin(self) -> None:
        self.begun += 1

    def take(self, records: Records) -> None:
        self.values += [record.value for record in records]

    def look(self) -> None:
        pass


class Stage:
    """Topics, a tail of them and what it told."""

    def __init__(self, kafka: str, topics: list[Topic]) -> None:
        self.heard = Heard()
        self.kafka = kafka
        self.topics = topics
        self.tail = TopicTail(kafka, [topic.name for topic in topics], self.heard)

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.tail.run())
        try:
            await eventually(lambda: self.tail.following, PATIENCE_S)
            yield
        finally:
            await end([task])

    async def send(self, *values: str, partition: int = 0, topic: int = 0) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.kafka, metadata_max_age_ms=500)
        await producer.start()
        try:
            for value in values:
                name = self.topics[topic].name
                await producer.send_and_wait(name, value.encode(), partition=partition)
        finally:
            await producer.stop()

    async def hears(self, *values: str, within: float = PATIENCE_S) -> None:
        wanted = sorted(value.encode() for value in values)
        await eventually(lambda: sorted(self.heard.values), within, until=wanted.__eq__)


async def a_stage(kafka: str, topics: int = 1) -> Stage:
    made = [
        Topic(f"tail.{uuid4().hex[:10]}", ("-",), "-", "-", events=None, partitions=2)
        for _ in range(topics)
    ]
    await ensure_topics(kafka, made)
    return Stage(kafka, made)


async def test_what_lay_there_before_is_not_told_and_all_that_comes_is(kafka_address: str) -> None:
    on = await a_stage(kafka_address, topics=2)
    await on.send("before")
    async with on.following():
        await on.send("a")
        await on.send("b", partition=1)
        await on.send("c", topic=1)
        await on.hears("a", "b", "c")
        assert on.heard.begun == 1
        await eventually(lambda: on.tail.behind == 0)


async def test_what_an_aborted_transaction_wrote_is_not_told(kafka_address: str) -> None:
    on = await a_stage(kafka_address)
    producer = AIOKafkaProducer(bootstrap_servers=kafka_address, transactional_id=uuid4().hex)
    async with on.following():
        await producer.start()
        try:
            await producer.begin_transaction()
            await producer.send_and_wait(on.topics[0].name, b"aborted", partition=0)
            await producer.abort_transaction()
        finally:
            await producer.stop()
        await on.send("after")
        await on.hears("after")
        # The marker at the end of the log is no record that we are behind of.
        await eventually(lambda: on.tail.behind == 0)


async def test_partitions_that_are_added_are_read_within_ten_seconds_from_their_start(
    kafka_address: str,
) -> None:
    on = await a_stage(kafka_address)
    async with on.following():
        await on.send("a")
        await on.hears("a")
        await grow(kafka_address, [on.topics[0].name], 4)
        await on.send("b", partition=3)
        await on.hears("a", "b", within=NEW_PARTITIONS_S)
        await on.send("c", partition=0)
        await on.hears("a", "b", "c")
        assert on.heard.begun == 1


async def test_a_topic_that_comes_later_is_read_from_its_start(kafka_address: str) -> None:
    on = await a_stage(kafka_address)
    on.topics.append(Topic(f"tail.{uuid4().hex[:10]}", ("-",), "-", "-", events=None))
    on.tail = TopicTail(kafka_address, [topic.name for topic in on.topics], on.heard)
    async with on.following():
        await ensure_topics(kafka_address, on.topics[1:])
        await on.send("a", topic=1)
        await on.hears("a", within=NEW_PARTITIONS_S)


async def test_no_group_is_left_behind(kafka_address: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_address)
    await admin.start()
    try:
        before = set(await admin.list_consumer_groups())
        on = await a_stage(kafka_address)
        async with on.following():
            await on.send("a")
            await on.hears("a")
        assert set(await admin.list_consumer_groups()) <= before
    finally:
        await admin.close()


async def test_a_log_that_was_made_anew_is_begun_anew(kafka_address: str) -> None:
    on = await a_stage(kafka_address)
    async with on.following():
        await on.send("a", "b", "c")
        await on.hears("a", "b", "c")
        await fresh_topics(kafka_address, on.topics)
        await eventually(lambda: on.heard.begun, PATIENCE_S, until=lambda times: times == 2)
        await eventually(lambda: on.tail.following, PATIENCE_S)
        await on.send("d")
        await on.hears("a", "b", "c", "d")


async def test_a_broker_that_is_away_is_said_and_nothing_is_missed(
    kafka_server: KafkaServer,
) -> None:
    on = await a_stage(kafka_server.address)
    async with on.following():
        await on.send("a")
        await on.hears("a")
        kafka_server.kill()
        try:
            since = await eventually(lambda: on.tail.stale_since, PATIENCE_S)
            assert since is not None
            assert not on.tail.following
        finally:
            await kafka_server.astart()
        await on.send("b")
        await eventually(lambda: on.tail.stale_since is None, PATIENCE_S)
        await on.hears("a", "b")
        assert on.heard.begun == 1


async def test_a_broker_that_is_away_at_the_start_is_waited_for(kafka_server: KafkaServer) -> None:
    on = await a_stage(kafka_server.address)
    kafka_server.kill()
    task = asyncio.create_task(on.tail.run())
    try:
        await eventually(lambda: on.tail.stale_since is not None, PATIENCE_S)
        await kafka_server.astart()
        await eventually(lambda: on.tail.following, PATIENCE_S)
        await on.send("a")
        await on.hears("a")
    finally:
        if not kafka_server.running:
            await kafka_server.astart()
        await end([task])

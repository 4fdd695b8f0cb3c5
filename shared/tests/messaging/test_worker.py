"""A worker on a real broker and a real mongod: in through the consumer, out through the relay."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import orjson
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from payops_contracts.topics import Subscription, Topic
from payops_kernel.clock import DrivenClock
from payops_kernel.errors import DeadLetter, NotFound
from payops_kernel.messaging import AggregateFold, Outbox, OutgoingMessage, Record
from payops_kernel.messaging.partitions import partitions_held
from payops_kernel.messaging.producer import start_producer
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.mongo import Collection, Document, Mongo
from payops_kernel.repository import MongoRepository
from payops_kernel.telemetry import Metrics, Tracing
from payops_kernel.testing import eventually
from payops_kernel.worker import Worker

ACCOUNTS = 5
ROUNDS = 40
MESSAGE_BYTES_MAX = 1_000_000
PATIENCE_S = 30.0
GROWN = 6
GROWN_WITHIN_S = 10.0
POISON = b'{"account": "a0", "n": '


@dataclass
class Account:
    """A toy aggregate: what it took, in its order."""

    id: str
    version: int = 0
    taken: list[int] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


class Accounts:
    """Store and rules of the toy."""

    def __init__(self, collection: Collection, says_on: str) -> None:
        self.collection = collection
        self._says_on = says_on

    def to_document(self, account: Account) -> Document:
        return {"_id": account.id, "version": account.version, "taken": account.taken}

    def from_document(self, document: Document) -> Account:
        return Account(document["_id"], document["version"], document["taken"])

    def fold(self, account: Account | None, event: dict[str, Any]) -> Account:
        account = account or Account(event["account"])
        account.said = []
        if event["n"] not in account.taken:
            account.version += 1
            account.taken.append(event["n"])
            account.said = [f"{account.id}:{account.version}"]
        return account

    def messages(self, account: Account) -> Iterable[OutgoingMessage]:
        key = account.id.encode()
        return [OutgoingMessage(self._says_on, key, text.encode()) for text in account.said]


def decoded(record: Record) -> dict[str, Any]:
    try:
        event: dict[str, Any] = orjson.loads(record.value or b"")
    except orjson.JSONDecodeError as error:
        raise DeadLetter(str(error), reason="not_json") from error
    return event


@dataclass(frozen=True)
class Stage:
    """Topics of the test's own, and a worker's way between them."""

    kafka: str
    mongo: Mongo
    clock: DrivenClock
    said: Topic
    subscription: Subscription

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[Worker]:
        """A running worker that folds the topic into accounts."""
        metrics, tracing = Metrics(), Tracing("test")
        worker = Worker("test", self.mongo, self.kafka, metrics, tracing, self.clock)
        topics = (self.said.name, self.subscription.dead_letter_topic)
        worker.outbox = Outbox(self.mongo.db, dict.fromkeys(topics, MESSAGE_BYTES_MAX))
        worker.store({"accounts": []})
        toy = Accounts(self.mongo.db["accounts"], self.said.name)
        fold = AggregateFold(
            self.subscription.topic.name,
            decoded,
            MongoRepository(toy, missing=NotFound, says=toy.messages),
            worker.due.rows,
            fact=lambda event: event,
            key=lambda event: str(event["account"]),
            fold=toy.fold,
        )
        worker.consume(self.subscription, fold)
        await worker.start()
        try:
            yield worker
        finally:
            await worker.stop()

    async def send(self, values: Iterable[tuple[str, bytes]]) -> None:
        producer = await start_producer(self.kafka)
        try:
            for key, value in values:
                await producer.send(self.subscription.topic.name, value, key.encode())
            await producer.flush()
        finally:
            await producer.stop()

    async def published(self, topic: str, count: int) -> list[tuple[bytes | None, bytes | None]]:
        """The first `count` messages of a topic, and no more came."""
        consumer = AIOKafkaConsumer(
            topic,
            bootstrap_servers=self.kafka,
            group_id=None,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
        )
        await consumer.start()
        found: list[tuple[bytes | None, bytes | None]] = []
        try:

            async def look() -> int:
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    found.extend((record.key, record.value) for record in records)
                return len(found)

            await eventually(look, PATIENCE_S, until=lambda seen: seen >= count)
            ends = await consumer.end_offsets(consumer.assignment())
        finally:
            await consumer.stop()
        assert sum(ends.values()) == count
        return found


async def stage(kafka: str, mongo: Mongo, clock: DrivenClock) -> Stage:
    mark = uuid4().hex[:12]
    asked = Topic(f"asked-{mark}", "test", "account", "numbers", None)
    said = Topic(f"said-{mark}", "test", "account", "versions", None)
    subscription = Subscription(asked, group=f"keeper-{mark}")
    dead = Topic(subscription.dead_letter_topic, "test", "account", "what cannot be read", None)
    await ensure_topics(kafka, [asked, said, dead])
    return Stage(kafka, mongo, clock, said, subscription)


def event(account: int, n: int) -> tuple[str, bytes]:
    name = f"a{account}"
    return name, orjson.dumps({"account": name, "n": n})


async def drained(worker: Worker) -> None:
    await eventually(
        lambda: (worker.lag, worker.relay.pending),
        PATIENCE_S,
        until=lambda seen: seen == (0, 0),
    )


async def test_every_event_sent_twice_is_applied_and_published_once_and_in_order(
    kafka_address: str, own_mongo: Mongo, driven_clock: DrivenClock
) -> None:
    on = await stage(kafka_address, own_mongo, driven_clock)
    await on.send(event(a, n) for n in range(ROUNDS) for a in range(ACCOUNTS) for _ in range(2))
    async with on.worker() as worker:
        await drained(worker)
    found = await on.published(on.said.name, ACCOUNTS * ROUNDS)
    for account in range(ACCOUNTS):
        name = f"a{account}"
        said = [(value or b"").decode() for key, value in found if key == name.encode()]
        assert said == [f"{name}:{version}" for version in range(1, ROUNDS + 1)]
        document = await own_mongo.db["accounts"].find_one({"_id": name})
        assert document == {"_id": name, "version": ROUNDS, "taken": list(range(ROUNDS))}


async def test_poison_becomes_a_dead_letter_byte_for_byte_and_holds_nobody_up(
    kafka_address: str, own_mongo: Mongo, driven_clock: DrivenClock
) -> None:
    on = await stage(kafka_address, own_mongo, driven_clock)
    await on.send([event(0, 0), ("a0", POISON), event(0, 1), event(1, 0)])
    async with on.worker() as worker:
        await drained(worker)
    assert await on.published(on.subscription.dead_letter_topic, 1) == [(b"a0", POISON)]
    assert len(await on.published(on.said.name, 3)) == 3


async def test_a_worker_goes_on_where_the_one_before_it_stopped(
    kafka_address: str, own_mongo: Mongo, driven_clock: DrivenClock
) -> None:
    on = await stage(kafka_address, own_mongo, driven_clock)
    await on.send(event(a, 0) for a in range(ACCOUNTS))
    async with on.worker() as worker:
        await drained(worker)
    await on.send(event(a, 1) for a in range(ACCOUNTS))
    async with on.worker() as worker:
        await drained(worker)
        assert worker.report().events_total == ACCOUNTS
    assert len(await on.published(on.said.name, 2 * ACCOUNTS)) == 2 * ACCOUNTS


async def grow(kafka: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.create_partitions({topic: NewPartitions(GROWN)})
    finally:
        await admin.close()


async def test_two_workers_share_the_partitions_of_a_topic_that_grew_and_the_group_says_so(
    kafka_address: str, own_mongo: Mongo, driven_clock: DrivenClock
) -> None:
    on = await stage(kafka_address, own_mongo, driven_clock)
    topic, group = on.subscription.topic.name, on.subscription.group
    async with on.worker() as one, on.worker() as two:

        def held() -> list[set[int]]:
            return [set(worker.consumers[0].assignment.held) for worker in (one, two)]

        await eventually(held, PATIENCE_S, until=all)
        await grow(kafka_address, topic)
        mine, others = await eventually(
            held, GROWN_WITHIN_S, until=lambda seen: sum(map(len, seen)) == GROWN
        )
        assert mine | others == set(range(GROWN))
        assert await partitions_held(kafka_address, group, topic) == frozenset(range(GROWN))
        rows = [worker.report().consumers[0] for worker in (one, two)]
        assert [row.held for row in rows] == [len(mine), len(others)]
        await eventually(
            lambda: [worker.report().consumers[0].partitions for worker in (one, two)],
            until=lambda seen: seen == [GROWN, GROWN],
        )
        await on.send(event(a, 0) for a in range(ACCOUNTS))
        await eventually(
            lambda: sum(worker.report().events_total for worker in (one, two)),
            PATIENCE_S,
            until=lambda seen: seen == ACCOUNTS,
        )
        # Here, and not after both have ended: the one that relays may be the first to end.
        assert len(await on.published(on.said.name, ACCOUNTS)) == ACCOUNTS
    assert await partitions_held(kafka_address, group, topic) == frozenset()


async def test_work_beside_that_ends_by_an_error_makes_the_process_not_ready(
    kafka_address: str, own_mongo: Mongo, driven_clock: DrivenClock
) -> None:
    async def broken() -> None:
        raise KeyError("a defect")

    worker = Worker("test", own_mongo, kafka_address, Metrics(), Tracing("test"), driven_clock)
    worker.beside(broken)
    await worker.start()
    try:
        (reason,) = await eventually(
            lambda: [r for r in worker.report().reasons if "broken" in r], PATIENCE_S, until=bool
        )
    finally:
        await worker.stop()
    assert "ended (KeyError): restart the process." in reason

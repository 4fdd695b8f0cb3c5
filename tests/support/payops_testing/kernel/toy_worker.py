"""A toy worker on a real broker and a real mongod: accounts that take numbers, and say so."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import orjson
from aiokafka import AIOKafkaConsumer

from payops_contracts.topics import Subscription, Topic
from payops_kernel.clock import DrivenClock
from payops_kernel.errors import DeadLetter, NotFound
from payops_kernel.messaging import AggregateFold, Outbox, OutgoingMessage, Record
from payops_kernel.messaging.producer import start_producer
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.mongo import Collection, Document, Mongo
from payops_kernel.repository import MongoRepository
from payops_kernel.telemetry import Metrics, Tracing
from payops_kernel.testing import eventually
from payops_kernel.worker import Worker

ACCOUNTS = 5
MESSAGE_BYTES_MAX = 1_000_000
PATIENCE_S = 30.0


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
    asked = Topic(f"asked-{mark}", ("test",), "account", "numbers", None)
    said = Topic(f"said-{mark}", ("test",), "account", "versions", None)
    subscription = Subscription(asked, group=f"keeper-{mark}")
    dead = Topic(subscription.dead_letter_topic, ("test",), "account", "what cannot be read", None)
    await ensure_topics(kafka, [asked, said, dead])
    return Stage(kafka, mongo, clock, said, subscription)


def event(account: int, n: int) -> tuple[str, bytes]:
    name = f"a{account}"
    return name, orjson.dumps({"account": name, "n": n})


async def drained(worker: Worker) -> None:
    """Until all is consumed and published. (`relay.pending` is of some time ago.)"""

    async def left() -> tuple[int | None, int]:
        return worker.lag, await outbox.collection.count_documents({})

    outbox = worker.outbox
    await eventually(left, PATIENCE_S, until=lambda seen: seen == (0, 0))

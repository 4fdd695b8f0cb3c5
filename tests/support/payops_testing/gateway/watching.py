"""A gateway on a port of its own in the test's loop, and streams of its that a test reads."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import uvicorn
from aiokafka import AIOKafkaProducer

from gateway.bootstrap import SERVICE, bootstrap
from gateway.live.topics import LiveTopic
from gateway.settings import Settings
from payops_contracts.topics import TRANSACTIONS, Topic
from payops_kernel.auth.principals import UserRole
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.runtime import Runtime
from payops_kernel.settings import Role
from payops_kernel.testing import eventually
from payops_local.ports import LOOPBACK

KIND = "transactions"
PATIENCE_S = 60.0
PARTITIONS = 2


@dataclass(frozen=True)
class Said:
    """One event of a stream."""

    name: str
    id: str
    data: dict[str, Any]


class Watcher:
    """Reads one stream until it is left."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.heard: list[Said] = []
        self.over = False
        self._reading = asyncio.create_task(self._read())

    def all(self, name: str) -> list[Said]:
        """What was heard under a name."""
        return [said for said in self.heard if said.name == name]

    async def until(self, name: str, times: int = 1, within: float = PATIENCE_S) -> Said:
        """The event of that name, once it has come so often."""
        heard = await eventually(
            lambda: self.all(name), within, until=lambda found: len(found) >= times
        )
        return heard[times - 1]

    async def told(self, subject: str, version: int) -> None:
        """Wait until the stream has said that a subject has this version."""

        def last() -> int:
            versions = [
                each["version"]
                for said in self.all("changes")
                for each in said.data["changed"]
                if each["id"] == subject
            ]
            return versions[-1] if versions else 0

        await eventually(last, PATIENCE_S, until=lambda seen: seen == version)

    async def leave(self) -> None:
        """Read no more."""
        self._reading.cancel()
        await self.answer.aclose()

    async def _read(self) -> None:
        fields: dict[str, str] = {}
        async for line in self.answer.aiter_lines():
            name, colon, value = line.partition(": ")
            if colon:
                fields[name] = value
            elif fields:
                said = Said(fields["event"], fields.get("id", ""), json.loads(fields["data"]))
                self.heard.append(said)
                fields = {}
        self.over = True


class WatchedGateway:
    """The gateway's app, served; and the topic that it reads."""

    def __init__(
        self, url: str, topic: str, kafka: str, token: str, stop: Callable[[], None]
    ) -> None:
        self.url, self.topic, self.stop = url, topic, stop
        self._kafka = kafka
        self.client = httpx.AsyncClient(
            base_url=url, timeout=None, headers={"authorization": f"Bearer {token}"}
        )

    @asynccontextmanager
    async def watch(
        self, headers: Mapping[str, str] | None = None, **asked: Any
    ) -> AsyncIterator[Watcher]:
        """A stream, from its ``hello`` on."""
        request = self.client.build_request("GET", "/v1/events", params=asked, headers=headers)
        answer = await self.client.send(request, stream=True)
        assert answer.status_code == 200, await answer.aread()
        watcher = Watcher(answer)
        try:
            await watcher.until("hello")
            yield watcher
        finally:
            await watcher.leave()

    async def happen(self, *changes: tuple[str, int], partition: int | None = None) -> None:
        """Publish that these subjects now have these versions, as the relay would."""
        async with publishing(self._kafka) as producer:
            for subject, version in changes:
                said = json.dumps({"subject": subject, "sequence": f"{version:012}", "data": {}})
                await producer.send(
                    self.topic, said.encode(), key=subject.encode(), partition=partition
                )

    async def storm(self, changes: Sequence[tuple[str, int]]) -> None:
        """The same, very many at once."""
        async with publishing(self._kafka) as producer:
            await asyncio.gather(*(
                producer.send(
                    self.topic,
                    json.dumps({"subject": subject, "sequence": str(version)}).encode(),
                    partition=0,
                )
                for subject, version in changes
            ))  # fmt: skip

    async def health(self) -> dict[str, Any]:
        """What the gateway says of itself."""
        found: dict[str, Any] = (await self.client.get("/health/ready")).json()
        return found

    async def ready(self) -> None:
        """Wait until the topic is followed."""

        async def is_following() -> bool:
            follows: bool = (await self.health())["streams"]["following"]
            return follows

        await eventually(is_following, PATIENCE_S)


@asynccontextmanager
async def publishing(kafka: str) -> AsyncIterator[AIOKafkaProducer]:
    """A producer that has sent everything at its end."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", metadata_max_age_ms=500)
    await producer.start()
    try:
        yield producer
        await producer.flush()
    finally:
        await producer.stop()


def a_topic() -> Topic:
    """A topic of the test's own in the place of transactions'."""
    return Topic(
        name=f"live.{uuid4().hex[:12]}", publishers=TRANSACTIONS.publishers, subject="-", says="-",
        events=None, partitions=PARTITIONS,
    )  # fmt: skip


@asynccontextmanager
async def gateway_watched(
    settings: Settings, kafka: str, token: str, topic: Topic
) -> AsyncIterator[WatchedGateway]:
    """A gateway that follows the topic, in this loop; stopped as a signal stops it."""
    await ensure_topics(kafka, [topic])
    own = settings.model_copy(update={"kafka": kafka, "role": Role.API})
    process = Runtime(SERVICE, own)
    live = {KIND: LiveTopic(topic, UserRole.VIEWER)}
    app = bootstrap(own, process, live=live).http_app("test", "test")
    config = uvicorn.Config(app, host=LOOPBACK, port=0, lifespan="on", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    url = f"http://{LOOPBACK}:{port}"
    watched = WatchedGateway(url, topic.name, kafka, token, process.health.stop)
    try:
        await watched.ready()
        yield watched
    finally:
        process.health.stop()
        await watched.client.aclose()
        server.should_exit = True
        await serving

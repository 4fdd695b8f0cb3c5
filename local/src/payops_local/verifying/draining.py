"""Is anything still on its way between upstream and the KPIs?

A look goes with the flow: upstream's log, the service's outbox, the next log. What was published
before the look is then seen somewhere in it. Drained means two successive looks that see nothing.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import httpx
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from payops_contracts.topics import SUBSCRIPTIONS, Subscription
from payops_local.connections import Client, PyMongoError, database
from payops_local.kafka_logs import KafkaLogs
from payops_local.platform import Platform
from payops_local.progress import Progress

LOOKS_DRAINED = 2
LOOK_EVERY_S = 0.5
HEALTH_LIMIT_S = 3.0
BROKER_LIMIT_S = 10.0
DOWN_LIMIT_S = 30.0
"""How long to wait for services of which none runs; one that is restarted comes back sooner."""
GAP_LIMIT_S = 2.0
"""How long it is looked whether a lag that does not move holds any record."""


@dataclass(slots=True)
class Look:
    """What one look saw."""

    lag: dict[str, int] = field(default_factory=dict)
    """``topic → group`` → records that are not applied yet."""
    outbox: dict[str, int] = field(default_factory=dict)
    """Service → outbox documents (1: at least one)."""
    in_flight: dict[str, int] = field(default_factory=dict)
    """Service → records of slices that are being applied."""
    troubles: list[str] = field(default_factory=list)
    """Who did not answer, or refuses its log."""
    down: list[str] = field(default_factory=list)
    """Services that do not run; with everything drained that is no trouble."""
    services: int = 0

    @property
    def empty(self) -> bool:
        """Whether nothing was on its way."""
        return not (
            any(self.lag.values())
            or any(self.outbox.values())
            or any(self.in_flight.values())
            or self.troubles
        )

    @property
    def hopeless(self) -> bool:
        """Whether something is on its way and no service runs that could take it."""
        return not self.empty and len(self.down) == self.services > 0

    def __str__(self) -> str:
        parts = [f"{name} {count:,} behind" for name, count in self.lag.items() if count]
        parts += [f"{name}'s outbox is not empty" for name, count in self.outbox.items() if count]
        parts += [f"{name} has {n:,} in flight" for name, n in self.in_flight.items() if n]
        parts += self.troubles
        if parts:
            parts += [f"{name} does not run" for name in self.down]
        return "; ".join(parts) or "nothing is on its way"


class Pipeline:
    """Looks at one platform's logs, databases and services."""

    def __init__(self, platform: Platform, logs: KafkaLogs, client: Client) -> None:
        self._platform, self._logs, self._client = platform, logs, client
        self._stood: dict[TopicPartition, int] = {}

    async def look(self) -> Look:
        """One look; servers that do not answer are a trouble of it."""
        look = Look()
        async with httpx.AsyncClient(timeout=HEALTH_LIMIT_S, trust_env=False) as http:
            await self._ask_services(http, look)
        try:
            async with asyncio.timeout(BROKER_LIMIT_S):
                await self._logs.refresh()
                for subscription in SUBSCRIPTIONS:
                    name = f"{subscription.topic.name} → {subscription.group}"
                    look.lag[name] = await self._lag(subscription, look)
                    await self._look_at_outbox(subscription.service, look)
        except (KafkaError, OSError, TimeoutError):
            look.troubles.append("Kafka does not answer")
        except PyMongoError:
            look.troubles.append("MongoDB does not answer")
        return look

    async def drained(self, deadline_s: float) -> Look | None:
        """Wait until drained; None then, else what the last look before the deadline saw."""
        end = time.monotonic() + deadline_s
        hoped_at = time.monotonic()
        progress = Progress()
        empty = 0
        try:
            while True:
                look = await self.look()
                empty = empty + 1 if look.empty else 0
                if empty == LOOKS_DRAINED:
                    return None
                if not look.hopeless:
                    hoped_at = time.monotonic()
                if not look.empty and time.monotonic() > min(end, hoped_at + DOWN_LIMIT_S):
                    return look
                progress.show(f"waiting until drained: {look}")
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            progress.close()

    async def _ask_services(self, http: httpx.AsyncClient, look: Look) -> None:
        names = sorted({subscription.service for subscription in SUBSCRIPTIONS})
        answers = await asyncio.gather(*(self._health(http, name) for name in names))
        look.services = len(names)
        for name, answer in zip(names, answers, strict=True):
            if answer is None:
                look.troubles.append(f"{name} does not answer")
                continue
            if not answer:
                look.down.append(name)  # nothing is in flight in what does not run
            consumers = answer.get("consumers", [])
            look.in_flight[name] = sum(int(row["in_flight"]) for row in consumers)
            look.troubles += [str(row["refused"]) for row in consumers if row.get("refused")]

    async def _health(self, http: httpx.AsyncClient, service: str) -> dict[str, Any] | None:
        """The service's readiness; empty when it does not run, None when it is silent."""
        try:
            response = await http.get(f"{self._platform.url(service)}/health/ready")
            answer: dict[str, Any] = response.json()
        except httpx.ConnectError:
            return {}
        except (httpx.HTTPError, ValueError):
            return None
        return answer

    async def _look_at_outbox(self, service: str, look: Look) -> None:
        db = database(self._client, self._platform.database(service))
        look.outbox[service] = await db["outbox"].count_documents({}, limit=1)

    async def _end(self, tp: TopicPartition) -> int:
        return await self._logs.really_ends(tp)

    async def _lag(self, subscription: Subscription, look: Look) -> int:
        bounds = await self._logs.bounds(self._logs.partitions(subscription.topic.name))
        db = database(self._client, self._platform.database(subscription.service))
        lag = 0
        for tp, log in bounds.items():
            row_id = f"{subscription.group}/{tp.topic}/{tp.partition}"
            row = await db["positions"].find_one({"_id": row_id})
            following = log.start if row is None else int(row["next"])
            if following > log.end and following > await self._end(tp):
                look.troubles.append(
                    f"{row_id} says {following}, past the log's end: it was truncated or made anew"
                )
            if following < log.start:
                look.troubles.append(
                    f"{row_id} says {following}, but the log starts at {log.start}: "
                    "offsets were removed before they were read"
                )
                continue
            behind = max(0, log.end - following)
            if behind and not await self._is_gap(tp, following, log.end):
                lag += behind
        return lag

    async def _is_gap(self, tp: TopicPartition, following: int, end: int) -> bool:
        # A running consumer passes over aborted records and the markers of transactions by
        # itself; one that does not run is not behind because of them.
        stood, self._stood[tp] = self._stood.get(tp), following
        if stood != following:
            return False
        try:
            reading = self._logs.read(tp, following, end)
            async with asyncio.timeout(GAP_LIMIT_S), aclosing(reading) as records:
                async for _ in records:
                    return False
        except TimeoutError:
            return False
        return True

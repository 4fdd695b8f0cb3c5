"""The transactions service's own process on the private servers, and how to talk to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx

from bench.backlog import stand_at_the_end
from bench.bed import Bed
from bench.context import Bench
from bench.results import NotMeasured
from bench.stored import store_payments
from payops_contracts.topics import TRANSACTIONS_ON_PAYMENTS
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.mongo import Mongo, ensure_collections
from payops_local.ports import LOOPBACK
from payops_local.services import SERVICES
from payops_local.supervising.python_process import PythonProcess
from transactions.store.transactions import COLLECTION, INDEXES

SERVICE = "transactions"
START_LIMIT_S = 60.0
ASK_LIMIT_S = 60.0


@dataclass
class TransactionsService:
    """A running service: where it is, its database, its process."""

    bed: Bed
    mongo: Mongo
    process: PythonProcess
    client: httpx.AsyncClient
    """For requests beside the load."""

    @cached_property
    def port(self) -> int:
        """Where it listens."""
        offsets = {each.name: each.port_offset for each in SERVICES}
        return self.bed.platform.port(offsets[SERVICE])

    @property
    def pids(self) -> dict[str, int | None]:
        """Of the servers and the service, for a CPU meter."""
        return self.bed.server_pids | {"service": self.process.pid}

    def headers(self, role: str) -> dict[str, str]:
        """What lets a role in."""
        return {"Authorization": f"Bearer {self.bed.platform.token(role)}"}

    async def ask(
        self, method: str, path: str, *, role: str = "operator", key: str = "", **more: Any
    ) -> httpx.Response:
        """One request beside the load; raises :class:`NotMeasured` when it is refused."""
        headers = self.headers(role) | ({"Idempotency-Key": key} if key else {})
        url = f"http://{LOOPBACK}:{self.port}{path}"
        answer = await self.client.request(method, url, headers=headers, **more)
        if not answer.is_success:
            raise NotMeasured(f"{method} {path} was answered {answer.status_code}")
        return answer


@asynccontextmanager
async def transactions_service(
    bench: Bench, *, stored: int = 0
) -> AsyncIterator[TransactionsService]:
    """Start it on at least so many stored payments; those stay for the measurements behind."""
    bed = bench.bed
    platform = bed.platform
    mongo = bed.mongo(platform.database(SERVICE))
    await ensure_topics(platform.kafka)
    await ensure_collections(mongo.db, INDEXES)
    missing = stored - await mongo.db[COLLECTION].estimated_document_count()
    if missing > 0:
        await store_payments(mongo, stored)
        bench.say(f"  {stored:,} payments stored")
    await stand_at_the_end(platform.kafka, TRANSACTIONS_ON_PAYMENTS, mongo)
    process = bed.service(SERVICE)
    await process.astart(START_LIMIT_S)
    try:
        async with httpx.AsyncClient(timeout=ASK_LIMIT_S) as client:
            yield TransactionsService(bed, mongo, process, client)
    finally:
        await process.astop()

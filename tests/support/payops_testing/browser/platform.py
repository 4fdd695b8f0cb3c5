"""The services and the pages over them, on servers that they have alone; payments come by Kafka."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from copy import copy
from pathlib import Path
from typing import Any

import httpx
import orjson

from payops_contracts.topics import UPSTREAM_PAYMENTS
from payops_kernel.auth.principals import UserRole
from payops_kernel.messaging.producer import start_producer
from payops_kernel.messaging.publishing import publish
from payops_kernel.mongo import connect
from payops_kernel.testing import eventually
from payops_local.event_publisher import message
from payops_local.ports import free_ports
from payops_local.services import BACKOFFICE, GATEWAY, SERVICES
from payops_testing.running_services import RunningServices
from payops_testing.transactions.builders import an_event

PUBLISH_LIMIT_S = 90.0
SEEN_LIMIT_S = 30.0
AT_FIRST = {"upstream.payment.created.v1", "upstream.payment.pending.v1"}
WRITE_CONFLICT = 112
"""mongod's code of what passes: a job is tried again."""
AT_ONCE = 50
"""How many payments one question asks for."""


class PagesPlatform(RunningServices):
    """Transactions, analytics, gateway, backoffice; nothing is stored at first."""

    def __init__(self, kafka: str, mongo: str, folder: Path) -> None:
        super().__init__(kafka, mongo, folder, services=SERVICES, payments=0)
        self.kafka = kafka

    @property
    def pages(self) -> str:
        """Where the pages are."""
        return self.url(BACKOFFICE)

    async def publish(self, events: Iterable[dict[str, Any]]) -> None:
        """Upstream events of payments, acknowledged by the broker."""
        await self.tell(UPSTREAM_PAYMENTS.name, events)

    async def tell(self, topic: str, events: Iterable[dict[str, Any]]) -> None:
        """Events on a topic, acknowledged by the broker."""
        told = [message(topic, event["subject"], orjson.dumps(event)) for event in events]
        producer = await start_producer(self.kafka)
        try:
            await publish(producer, [{"messages": told}], PUBLISH_LIMIT_S)
        finally:
            await producer.stop()

    async def pay(self, payments: Sequence[list[dict[str, Any]]]) -> None:
        """Publish payments (each the events of one), and wait until the list has them all, paid or
        failed where they end so."""
        await self.publish(event for payment in payments for event in payment)
        waited = {each[0]["subject"]: each[-1]["type"] not in AT_FIRST for each in payments}
        async with self.api() as api:

            async def all_there() -> bool:
                asked = list(waited)[:AT_ONCE]
                query: dict[str, Any] = {"transaction_id": asked, "limit": AT_ONCE}
                answer = await api.get("/v1/transactions", params=query)
                assert answer.is_success, answer.text
                for row in answer.json()["items"]:
                    if not waited[row["transaction_id"]] or row["status"] != "CREATED":
                        del waited[row["transaction_id"]]
                return not waited

            await eventually(all_there, deadline=SEEN_LIMIT_S)

    @contextmanager
    def beside(self, **more: str) -> Iterator[str]:
        """A gateway and pages of their own over the same services, with ``more`` settings.

        Gives where these pages are. Who is signed in at the others is so here.
        """
        other = copy(self)
        other._services = [each for each in SERVICES if each.name in {GATEWAY, BACKOFFICE}]
        own = free_ports(len(other._services))
        names = [each.name for each in other._services]
        other._ports = self._ports | dict(zip(names, own, strict=True))
        other._processes, other._more = {}, more
        try:
            other._start_all()
            yield other.pages
        finally:
            other._stop()

    async def store(self, rows: Iterable[list[dict[str, Any]]]) -> None:
        """Put payments where they are stored, as if they had been folded long ago."""
        mongo = connect(self._mongo, f"{self._prefix}transactions")
        for batch in rows:
            await mongo.db["transactions"].insert_many(batch, ordered=False)
        mongo.close()

    async def forget_choices(self) -> None:
        """Nobody has chosen a language, a zone or a view any more."""
        mongo = connect(self._mongo, f"{self._prefix}gateway")
        await mongo.db["desks"].delete_many({})
        mongo.close()

    @asynccontextmanager
    async def no_file_whole(self) -> AsyncIterator[None]:
        """Within the block no job that makes a file of transactions comes to its end."""
        prefix = f"{self._prefix}transactions"
        refused = {
            "failCommands": ["insert"],
            "namespace": f"{prefix}.export_files",
            "errorCode": WRITE_CONFLICT,
        }
        mongo = connect(self._mongo, prefix)
        point = {"configureFailPoint": "failCommand"}
        await mongo.client.admin.command(point | {"mode": "alwaysOn", "data": refused})
        try:
            yield
        finally:
            await mongo.client.admin.command(point | {"mode": "off"})
            mongo.close()

    def api(self, role: UserRole = UserRole.ADMIN) -> httpx.AsyncClient:
        """The gateway, as somebody of a role."""
        token = self.issuer.issue(f"{role}@payops.local", role.title(), [role])
        headers = {"authorization": f"Bearer {token}"}
        return httpx.AsyncClient(base_url=self.url(GATEWAY), headers=headers, timeout=60)


def a_payment(transaction_id: str, *ends: str, **data: Any) -> list[dict[str, Any]]:
    """The events of one payment: created, then ``ends`` (``paid``, ``failed`` …), all with the
    same data; see :func:`~payops_testing.transactions.builders.an_event` for what it has."""
    return [an_event(kind, transaction_id, **data) for kind in ("created", *ends)]

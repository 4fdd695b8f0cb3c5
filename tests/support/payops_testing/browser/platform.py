"""The services and the pages over them, on servers that they have alone; payments come by Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import httpx
import orjson

from payops_contracts.topics import UPSTREAM_PAYMENTS
from payops_kernel.messaging.producer import start_producer
from payops_kernel.messaging.publishing import publish
from payops_kernel.testing import eventually
from payops_local.event_publisher import message
from payops_local.services import BACKOFFICE, GATEWAY, SERVICES
from payops_testing.running_services import RunningServices
from payops_testing.transactions.builders import an_event

PUBLISH_LIMIT_S = 30.0
SEEN_LIMIT_S = 30.0


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
        """Upstream events, acknowledged by the broker."""
        told = [
            message(UPSTREAM_PAYMENTS.name, event["subject"], orjson.dumps(event))
            for event in events
        ]
        producer = await start_producer(self.kafka)
        try:
            await publish(producer, [{"messages": told}], PUBLISH_LIMIT_S)
        finally:
            await producer.stop()

    async def pay(self, payments: Sequence[list[dict[str, Any]]]) -> None:
        """Publish payments (each the events of one), and wait until the list has them all."""
        await self.publish(event for payment in payments for event in payment)
        ids = {payment[0]["subject"] for payment in payments}
        async with self.api() as api:

            async def all_there() -> bool:
                found = await asyncio.gather(*(api.get(f"/v1/transactions/{i}") for i in ids))
                return all(answer.status_code == 200 for answer in found)

            await eventually(all_there, deadline=SEEN_LIMIT_S)

    def api(self) -> httpx.AsyncClient:
        """The gateway, as an admin."""
        headers = {"authorization": f"Bearer {self.token}"}
        return httpx.AsyncClient(base_url=self.url(GATEWAY), headers=headers, timeout=20)


def a_payment(transaction_id: str, *ends: str, **data: Any) -> list[dict[str, Any]]:
    """The events of one payment: created, then ``ends`` (``paid``, ``failed`` …), all with the
    same data; see :func:`~payops_testing.transactions.builders.an_event` for what it has."""
    return [an_event(kind, transaction_id, **data) for kind in ("created", *ends)]

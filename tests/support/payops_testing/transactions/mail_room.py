"""A mail server, a customer's payments and the work that mails them, for tests about mail."""

import email.policy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from typing import Any

import httpx
import orjson
from aiosmtpd.controller import Controller

from payops_kernel.auth.principals import UserRole
from payops_kernel.clock import PlatformClock
from payops_kernel.messaging import Decoded, SliceWork
from payops_kernel.mongo import Mongo
from payops_kernel.mongo.transactions import run_once
from payops_kernel.runtime import Runtime
from payops_kernel.testing.callers import ClientOf
from payops_local.ports import free_ports
from payops_testing.services import service_on
from payops_testing.transactions.builders import NOON, a_record, an_event
from transactions import bootstrap
from transactions.settings import Settings

READY_WITHIN_S = 30.0
PAID = an_event("paid", notification_channels=["email"])


def paid_by(**user: Any) -> dict[str, Any]:
    known = {"id": "u-1", "name": "Ada Byron", "email": "ada@example.com"}
    return an_event("paid", notification_channels=["email"], user=known | user)


class Inbox:
    """A mail server that takes, refuses or puts off."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.says = "250 taken"
        self.hangs_up = False

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.says.startswith("250"):
            raw = envelope.content
            parsed = message_from_bytes(raw, policy=email.policy.default)
            assert isinstance(parsed, EmailMessage)
            self.mails.append(parsed)
        if self.hangs_up:
            server.transport.abort()
        return self.says


def serve(inbox: Inbox, port: int) -> Controller:
    server = Controller(
        inbox, hostname="127.0.0.1", port=port, ready_timeout=READY_WITHIN_S, enable_SMTPUTF8=False
    )
    server.start()
    return server


class MailRoom:
    def __init__(
        self,
        runtime: Runtime,
        clock: PlatformClock,
        client: httpx.AsyncClient,
        inbox: Inbox,
        server: Controller,
    ) -> None:
        self.runtime, self.clock, self.client = runtime, clock, client
        self.inbox, self.server = inbox, server
        self.mongo: Mongo = runtime.mongo

    async def deliver(self) -> int:
        """Do what is due; how many rows that were."""
        return await self.runtime.worker.due.look()

    async def put_off_by(self) -> timedelta:
        """Try what is due; how long it waits now. Passes that time."""
        clock = self.clock
        tried_at = clock.now()
        await self.deliver()
        row = await self.mongo.db["due"].find_one({})
        if row is None:
            return clock.now() - tried_at
        clock.offset += row["due_at"] - clock.now()
        wait: timedelta = row["due_at"] - tried_at
        return wait

    async def upstream_says(self, *events: dict[str, Any]) -> None:
        handler = self.runtime.worker.consumers[0].runner.handler
        decoded = [
            Decoded(record, handler.decode(record))
            for record in (a_record(event, offset) for offset, event in enumerate(events))
        ]
        await run_once(self.mongo, lambda s: handler.apply(SliceWork(s, "transactions"), decoded))

    async def history(self, transaction_id: str = "t-1") -> list[str]:
        found = await self.mongo.db["transactions"].find_one({"_id": transaction_id})
        assert found is not None
        return [row["event"] for row in found["history"]]

    async def events_about(self, change: str) -> list[dict[str, Any]]:
        told = [
            orjson.loads(message["value"])
            async for document in self.mongo.db["outbox"].find()
            for message in document["messages"]
        ]
        return [event for event in told if event["type"] == f"payops.transaction.{change}.v1"]

    async def last_note(self) -> str:
        shown = (await self.client.get("/v1/transactions/t-1")).json()
        note: str = shown["history"][0]["note"]
        return note

    async def notify(self, key: str = "k") -> httpx.Response:
        return await self.client.post(
            "/v1/transactions/t-1/notifications", json={}, headers={"Idempotency-Key": key}
        )


@asynccontextmanager
async def mail_room(mongo_uri: str, client_of: ClientOf) -> AsyncIterator[MailRoom]:
    """The service on a database and a mail server of its own, at noon."""
    inbox, clock = Inbox(), PlatformClock()
    clock.offset = NOON - clock.now()
    (port,) = free_ports(1)
    async with (
        service_on(mongo_uri, bootstrap, Settings(smtp=f"127.0.0.1:{port}"), clock) as service,
        client_of(service.http_app("test", "test"), UserRole.OPERATOR) as client,
    ):
        made = MailRoom(service.runtime, clock, client, inbox, serve(inbox, port))
        yield made
        made.server.stop()

"""Somebody at the routes of checkout rules, with a look into the database."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
from fastapi import FastAPI

from checkout_rules import bootstrap
from checkout_rules.settings import Settings
from payops_contracts.registry import validate
from payops_contracts.topics import AUDIT, CHECKOUT_RULES
from payops_kernel.auth.principals import UserRole
from payops_kernel.clock import DrivenClock
from payops_kernel.mongo import Mongo
from payops_kernel.runtime import Runtime, Service
from payops_kernel.testing.callers import ClientOf
from payops_testing.services import service_on

Json = dict[str, Any]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ADYEN = {"provider": "adyen", "method": "credit-cards"}
NEXI = {"provider": "nexi", "method": "credit-cards"}


def terms(name: str = "Web shop", **parts: Any) -> Json:
    """What a rule says: the web channel with Adyen, unless told otherwise."""
    said = {"match_lists": [{"key": "channel", "values": ["web"]}], "pairs": [ADYEN]} | parts
    return {"name": name} | {key: value for key, value in said.items() if value is not None}


class House(NamedTuple):
    """The service and its one app."""

    service: Service[Runtime]
    app: FastAPI


@asynccontextmanager
async def checkout_rules_on(uri: str) -> AsyncIterator[House]:
    """The service on a database of its own, as after its first start."""
    async with service_on(uri, bootstrap, Settings(zone="UTC"), DrivenClock(NOON)) as made:
        yield House(made, made.http_app("test", "test"))


class Desk:
    """Calls as somebody of a role, an approver unless told otherwise."""

    def __init__(self, house: House, client: httpx.AsyncClient) -> None:
        self.mongo: Mongo = house.service.runtime.mongo
        self.client = client

    async def create(self, said: Json | None = None, **body: Any) -> Json:
        """A new draft; the answer."""
        answer = await self.post("", {"terms": said or terms()} | body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def active(self, said: Json | None = None, **body: Any) -> Json:
        """A new rule that answers; the answer."""
        made = await self.create(said, **body)
        answer = await self.activate(made["rule_id"], made["step"], accept_warnings=True)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def save(self, rule_id: str, step: int, said: Json, **body: Any) -> httpx.Response:
        """Save a version."""
        return await self.client.put(
            f"/v1/checkout-rules/{rule_id}",
            json={"terms": said} | body,
            headers={"If-Match": f'"{step}"'},
        )

    async def activate(self, rule_id: str, step: int, key: str = "", **body: Any) -> httpx.Response:
        """Have the last version answer."""
        return await self.post(f"/{rule_id}/activation", body, step=step, key=key)

    async def remove(self, rule_id: str, step: int, **query: str) -> httpx.Response:
        """Archive a rule."""
        return await self.client.delete(
            f"/v1/checkout-rules/{rule_id}", params=query, headers={"If-Match": f'"{step}"'}
        )

    async def restore(self, rule_id: str, number: int, step: int, **body: Any) -> httpx.Response:
        """Save an older version again."""
        return await self.post(f"/{rule_id}/versions/{number}/restoration", body, step=step)

    async def order(self, rule_ids: Sequence[str], version: int, **body: Any) -> httpx.Response:
        """Try the active rules in this order."""
        return await self.post("/ordering", {"rule_ids": [*rule_ids]} | body, step=version)

    async def check(self, said: Json, **body: Any) -> list[Json]:
        """What the checks find."""
        answer = await self.client.post("/v1/checkout-rules/checks", json={"terms": said} | body)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["findings"])

    async def post(
        self, path: str, body: Json, step: int | None = None, key: str = ""
    ) -> httpx.Response:
        """A command under a key, of its own unless told otherwise."""
        headers = {"Idempotency-Key": key or uuid4().hex}
        headers |= {} if step is None else {"If-Match": f'"{step}"'}
        return await self.client.post(f"/v1/checkout-rules{path}", json=body, headers=headers)

    async def get(self, path: str = "", **query: Any) -> Json:
        """What is read below the rules."""
        answer = await self.client.get(f"/v1/checkout-rules{path}", params=query)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def rule_set(self) -> Json:
        """The rules that answer."""
        return await self.get("/rule-set")

    async def tried(self) -> list[str]:
        """The ids of the rules that answer, in the order of trying."""
        return [each["rule_id"] for each in (await self.rule_set())["rules"]]

    async def published(self, topic: str = CHECKOUT_RULES.name) -> list[Any]:
        """The events that wait to be published, each valid by its contract."""
        return [
            validate(message["value"])
            async for document in self.mongo.db["outbox"].find(sort=[("order", 1)])
            for message in document["messages"]
            if message["topic"] == topic
        ]

    async def audited(self) -> list[Any]:
        """The audit records."""
        return [each.data for each in await self.published(AUDIT.name)]

    async def counts(self) -> Mapping[str, int]:
        """How many documents there are of what commands write."""
        names = ("checkout_rules", "outbox", "rule_set", "provider_catalogue", "idempotency")
        return {name: await self.mongo.db[name].count_documents({}) for name in names}


@asynccontextmanager
async def desk_of(
    house: House, client_of: ClientOf, role: UserRole = UserRole.APPROVER
) -> AsyncIterator[Desk]:
    """Somebody of a role at the service's routes."""
    async with client_of(house.app, role) as client:
        yield Desk(house, client)

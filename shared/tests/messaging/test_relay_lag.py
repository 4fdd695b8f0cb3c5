"""The relay's lag as every process sees it, and the commands that it refuses."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import APIRouter

from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.messaging.outbox import COLLECTION
from payops_kernel.messaging.relay_lag import (
    RELAY_LAG_MAX_SECONDS,
    RETRY_AFTER_SECONDS,
    RelayLag,
)
from payops_kernel.mongo import Mongo, Timestamp, connect
from payops_kernel.ports import CommandAnswer, CommandContext, RequestIdentity, Work
from payops_kernel.runtime import Runtime
from payops_kernel.settings import Role, ServiceSettings
from payops_kernel.telemetry import Metrics
from payops_kernel.testing import eventually
from payops_testing.kernel.dropping import drop_database

OPERATOR = Principal.of("olga", "Olga", [UserRole.OPERATOR], "token")
NOBODY = "127.0.0.1:1"
"""Where no broker answers."""
SLOWNESS_SECONDS = 20.0
"""How late a busy machine may look."""


async def waits_since(mongo: Mongo, seconds: float) -> None:
    """A message has waited for so long."""
    order = Timestamp(int(time.time() - seconds), 1)
    await mongo.db[COLLECTION].insert_one({"order": order, "messages": []})


def lag_shown(metrics: Metrics) -> float | None:
    return metrics.registry.get_sample_value("payops_relay_lag_seconds")


async def test_the_lag_is_the_age_of_the_oldest_message_and_zero_without_any(
    own_mongo: Mongo,
) -> None:
    metrics = Metrics()
    lag = RelayLag(own_mongo, metrics)
    await lag.look()
    assert (lag.seconds, lag_shown(metrics)) == (0.0, 0.0)
    for seconds in (5, 500, 50):
        await waits_since(own_mongo, seconds)
    await lag.look()
    assert lag.seconds is not None
    assert 500 <= lag.seconds <= 500 + SLOWNESS_SECONDS
    assert lag_shown(metrics) == lag.seconds


@pytest.mark.parametrize("seconds", [None, 0.0, 12.0, RELAY_LAG_MAX_SECONDS])
async def test_writes_are_taken_up_to_the_limit_and_while_nobody_knows(
    own_mongo: Mongo, seconds: float | None
) -> None:
    lag = RelayLag(own_mongo, Metrics(), seconds)
    assert lag.refusal is None
    assert lag.notices() == ()


async def test_above_the_limit_writes_are_refused_with_the_mend(own_mongo: Mongo) -> None:
    lag = RelayLag(own_mongo, Metrics(), RELAY_LAG_MAX_SECONDS + 1)
    refusal = lag.refusal
    assert refusal is not None
    assert refusal.retryable
    assert re.search(r"waited 61 s .* same request again in 10 s", str(refusal))
    (notice,) = lag.notices()
    assert "more than 60 s" in notice


async def test_a_lag_that_nobody_can_measure_any_more_refuses_nobody(mongo_uri: str) -> None:
    away = connect(mongo_uri, "away")
    away.close()
    lag = RelayLag(away, Metrics(), RELAY_LAG_MAX_SECONDS + 1)
    await lag.renew()
    assert lag.seconds is None


@asynccontextmanager
async def running(mongo_uri: str, role: Role) -> AsyncIterator[tuple[Runtime, httpx.AsyncClient]]:
    """A service of one command whose broker does not answer."""
    settings = ServiceSettings(
        kafka=NOBODY, mongo=mongo_uri, database_prefix=f"test_{uuid4().hex[:12]}_", role=role
    )
    runtime = Runtime("sample", settings)
    routes = APIRouter()

    @routes.get("/things")
    async def read() -> str:
        return "read"

    @routes.post("/things", status_code=201)
    async def write(key: str) -> str:
        async def body(_work: Work) -> CommandAnswer:
            return CommandAnswer(201, {})

        identity = RequestIdentity.of("olga", "/things", key, "")
        await runtime.commands.run(CommandContext(OPERATOR, identity), body)
        return "written"

    app = runtime.service(routes).http_app("Sample", "")
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sample") as client:
        try:
            async with app.router.lifespan_context(app):
                yield runtime, client
        finally:
            own = connect(mongo_uri, settings.database("sample"))
            await drop_database(own)
            own.close()


@pytest.mark.parametrize("role", [Role.ALL, Role.API])
async def test_a_service_refuses_commands_while_its_relay_is_behind_and_takes_them_again(
    mongo_uri: str, role: Role
) -> None:
    async with running(mongo_uri, role) as (runtime, client):

        async def writing(status: int) -> httpx.Response:
            answer = await client.post("/things", params={"key": uuid4().hex})
            assert answer.status_code == status, answer.text
            return answer

        await writing(201)
        await waits_since(runtime.mongo, RELAY_LAG_MAX_SECONDS / 4)  # a broker that starts anew
        await eventually(lambda: (runtime.relay_lag.seconds or 0) > 0)
        await writing(201)

        await waits_since(runtime.mongo, RELAY_LAG_MAX_SECONDS + 1)
        refused = await eventually(lambda: writing(429))
        problem = refused.json()
        assert (problem["code"], problem["status"]) == ("relay_behind", 429)
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.headers["retry-after"] == str(RETRY_AFTER_SECONDS)
        assert (await client.get("/things")).status_code == 200
        assert (await client.get("/health/live")).status_code == 200

        async def health() -> Any:
            return (await client.get("/health/ready")).json()

        ready = await eventually(health, until=lambda seen: seen["ready"])
        assert any("get 429" in reason for reason in ready["reasons"])

        await runtime.mongo.db[COLLECTION].delete_many({})
        await eventually(lambda: writing(201))

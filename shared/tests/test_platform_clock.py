"""Business time of a service follows the platform's document, on a real mongod."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from payops_kernel import platform_clock
from payops_kernel.clock import PlatformClock
from payops_kernel.mongo import Database, Mongo
from payops_kernel.platform_clock import (
    COLLECTION,
    DOCUMENT_ID,
    follow,
    platform_database,
    read_offset,
)
from payops_kernel.runtime import Runtime
from payops_kernel.settings import Role, ServiceSettings
from payops_kernel.testing import SLOW_MACHINE, eventually
from payops_local.servers import MongoServer

FORWARD = timedelta(days=40, hours=3, milliseconds=250)
BACK = timedelta(days=-2)


async def set_offset(platform: Database, offset: timedelta) -> None:
    """Move business time for the whole platform."""
    milliseconds = int(offset / timedelta(milliseconds=1))
    await platform[COLLECTION].update_one(
        {"_id": DOCUMENT_ID}, {"$set": {"offset_ms": milliseconds}}, upsert=True
    )


TOLERANCE = timedelta(minutes=1)
IMPATIENT_MS = int(1_500 * SLOW_MACHINE)
"""More than the driver waits between two looks for a primary."""
RECOVERY_SECONDS = 30.0


@pytest.fixture(autouse=True)
def _quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform_clock, "LOOK_SECONDS", 0.02)


@pytest.fixture
async def platform(own_mongo: Mongo) -> AsyncIterator[Database]:
    prefix = f"clock_{uuid4().hex[:8]}_"
    yield platform_database(own_mongo, prefix)
    await own_mongo.client.drop_database(f"{prefix}platform")


@asynccontextmanager
async def following(clock: PlatformClock, platform: Database) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(follow(clock, platform))
    yield task
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def arrives_at(clock: PlatformClock, offset: timedelta) -> None:
    await eventually(lambda: clock.offset == offset, RECOVERY_SECONDS)
    assert abs(clock.now() - datetime.now(UTC) - offset) < TOLERANCE


async def test_a_services_clock_moves_forward_and_back_with_the_platform(
    mongo_uri: str, platform: Database
) -> None:
    prefix = platform.name.removesuffix("platform")
    settings = ServiceSettings(mongo=mongo_uri, database_prefix=prefix, role=Role.API)
    clock = PlatformClock()
    runtime = Runtime("follower", settings, clock)
    app = runtime.service().http_app("test", "test")
    async with app.router.lifespan_context(app):
        await arrives_at(clock, timedelta(0))
        for offset in (FORWARD, BACK):
            await set_offset(platform, offset)
            await arrives_at(clock, offset)
        await platform[COLLECTION].delete_one({"_id": DOCUMENT_ID})
        await arrives_at(clock, timedelta(0))


async def test_without_a_document_business_time_is_real_time(platform: Database) -> None:
    clock = PlatformClock(FORWARD)
    await read_offset(clock, platform)
    assert clock.offset == timedelta(0)


async def test_all_services_read_one_document_to_the_millisecond(platform: Database) -> None:
    await set_offset(platform, BACK)
    await set_offset(platform, FORWARD)
    clocks = PlatformClock(), PlatformClock(BACK)
    for clock in clocks:
        await read_offset(clock, platform)
    assert [clock.offset for clock in clocks] == [FORWARD, FORWARD]
    assert await platform[COLLECTION].count_documents({}) == 1


class Noted:
    """Stands in for the clock's log: how often it could not read, and how often it moved."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def debug(self, event: str, **_fields: Any) -> None:
        self.events.append(event)

    info = debug


@pytest.mark.faults
async def test_while_mongod_is_away_the_last_offset_stays_and_then_it_goes_on(
    mongo_server: MongoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = Noted()
    monkeypatch.setattr(platform_clock, "log", noted)
    client: Any = AsyncIOMotorClient(
        mongo_server.uri, serverSelectionTimeoutMS=IMPATIENT_MS, connectTimeoutMS=IMPATIENT_MS
    )
    platform: Database = client.get_database(f"clock_{uuid4().hex[:8]}_platform")
    clock = PlatformClock()
    await set_offset(platform, FORWARD)
    try:
        async with following(clock, platform) as task:
            await arrives_at(clock, FORWARD)
            await mongo_server.akill()
            try:
                await eventually(lambda: "clock.unread" in noted.events, RECOVERY_SECONDS)
                await arrives_at(clock, FORWARD)
            finally:
                await mongo_server.astart()
            await set_offset(platform, BACK)
            await arrives_at(clock, BACK)
            assert not task.done()
        assert noted.events.count("clock.moved") == 2
    finally:
        await client.drop_database(platform.name)
        client.close()


async def test_one_service_may_have_a_clock_of_its_own(platform: Database) -> None:
    await set_offset(platform, FORWARD)
    await platform[COLLECTION].update_one(
        {"_id": DOCUMENT_ID}, {"$set": {"of.debits": -86_400_000}}
    )
    clocks = {name: PlatformClock() for name in ("debits", "payments", "")}
    for name, clock in clocks.items():
        await read_offset(clock, platform, name)
    assert [clock.offset for clock in clocks.values()] == [timedelta(days=-1), FORWARD, FORWARD]

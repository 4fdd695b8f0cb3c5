"""A relay on a real broker and a real mongod, stopped right behind a commit."""

from __future__ import annotations

import asyncio
import time

from payops_kernel.clock import DrivenClock
from payops_kernel.messaging.leases import Lease
from payops_kernel.messaging.outbox import COLLECTION
from payops_kernel.messaging.relay import Relay
from payops_kernel.mongo import Mongo, Timestamp
from payops_kernel.telemetry import Metrics
from payops_kernel.testing import SLOW_MACHINE, eventually
from payops_testing.kernel.toy_worker import PATIENCE_S, stage


async def test_what_was_committed_since_the_last_look_is_published_before_it_stops(
    kafka_address: str, own_mongo: Mongo, driven_clock: DrivenClock
) -> None:
    on = await stage(kafka_address, own_mongo, driven_clock)
    lease = Lease(own_mongo.db, "relay")
    relay = Relay(own_mongo, kafka_address, Metrics(), lease)
    running = asyncio.create_task(relay.run())
    await eventually(lambda: lease.held and relay.pending == 0)
    message = {"topic": on.said.name, "key": b"a0", "value": b"a0:1"}
    order = Timestamp(int(time.time()), 1)
    await own_mongo.db[COLLECTION].insert_one({"order": order, "messages": [message]})
    await relay.stop(PATIENCE_S * SLOW_MACHINE)
    await running
    assert await on.published(on.said.name, 1) == [(b"a0", b"a0:1")]
    assert await own_mongo.db[COLLECTION].count_documents({}) == 0

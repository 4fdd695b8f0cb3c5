"""Ends of subscriptions on a real broker: those of before a start are known before anybody asks."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from payops_contracts.topics import PAYMENT_COMMANDS
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.testing.deadlines import eventually
from payops_local.event_publisher import EventPublisher, message
from payops_local.simulator.ends import Ends, read_ends
from payops_local.simulator.scenarios import Telling
from payops_testing.local.subscription_commands import NOW, end_request

DEADLINE_S = 90.0

pytestmark = pytest.mark.timeout(900)


async def test_an_end_of_before_the_start_is_known_and_a_withdrawal_is_heeded(
    kafka_address: str,
) -> None:
    key, ends, stopping = f"sub-{uuid4().hex}", Ends(), asyncio.Event()
    later = Telling(NOW + 10, 0, "t", {}, (key, NOW + 10))
    earlier = Telling(NOW - 10, 0, "t", {}, (key, NOW - 10))
    await ensure_topics(kafka_address)
    publisher = EventPublisher(kafka_address, patience_s=20.0)
    await publisher.start(PAYMENT_COMMANDS.name)
    reading = None
    try:
        await publisher.send([message(PAYMENT_COMMANDS.name, key, end_request(key, NOW))])
        await publisher.flush()
        reading = asyncio.create_task(read_ends(kafka_address, ends, stopping))
        await asyncio.wait_for(ends.known.wait(), DEADLINE_S)
        assert ends.withholds(later)
        assert not ends.withholds(earlier)
        withdrawn = end_request(key, NOW, "withdrawn")
        await publisher.send([message(PAYMENT_COMMANDS.name, key, withdrawn)])
        await publisher.flush()
        await eventually(lambda: not ends.withholds(later), DEADLINE_S)
    finally:
        stopping.set()
        if reading is not None:
            await asyncio.wait_for(reading, DEADLINE_S)
        await publisher.close()


async def test_without_a_broker_nobody_waits_for_ever() -> None:
    ends, stopping = Ends(), asyncio.Event()
    reading = asyncio.create_task(read_ends("127.0.0.1:1", ends, stopping))
    stopping.set()
    await asyncio.wait_for(reading, DEADLINE_S)
    assert ends.known.is_set()

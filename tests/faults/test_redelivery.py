"""Duplicates, replays and disorder: each upstream event counts once, whatever the log does."""

import random
from datetime import UTC, datetime

import pytest
from faultlab.arena import Arena
from faultlab.upstream import payments, records

pytestmark = [pytest.mark.faults, pytest.mark.servers]


async def test_every_upstream_event_twice_changes_nothing(arena: Arena) -> None:
    events = payments(200)
    twice = [record for record in records(events) for _ in range(2)]
    await arena.start()
    await arena.publish(twice)
    await arena.publish(records(events))
    findings = await arena.verdict()
    assert findings.payments == 200
    assert findings.history_rows == findings.events == len(events)
    assert findings.dead_letters == 0

"""Analytics through the same faults: each payment counts once, whatever happens on the way."""

import asyncio
from functools import partial

import pytest
from faultlab.arena import DOMAIN, Arena
from faultlab.lanes import Lanes
from faultlab.upstream import payments, records

from payops_kernel.testing import eventually

pytestmark = [pytest.mark.faults, pytest.mark.servers]

PAYMENTS = 200
POINTS = (
    "consumer.after_load",
    "consumer.after_fold",
    "consumer.before_commit",
    "consumer.after_commit",
)
RECOVERY_SECONDS = 90.0


@pytest.mark.timeout(900)
async def test_a_kill_of_analytics_at_any_point_counts_nothing_twice_and_misses_nothing(
    lanes: Lanes,
) -> None:
    # The kernel's points between these are tried with transactions, the service's own are here.
    await lanes.run({point: partial(_killed_at, point) for point in POINTS})


async def _killed_at(point: str, arena: Arena) -> None:
    events = payments(PAYMENTS)
    half = len(events) // 2
    # Analytics emits nothing, but its slices pass the same points.
    doomed = arena.launch("analytics", fault=f"{point}:2")
    await arena.start()
    await arena.publish(records(events[:half]))
    await doomed.crashed()
    arena.launch("analytics")
    await arena.publish(records(events[half:]))
    assert (await arena.verdict()).payments == PAYMENTS


async def test_all_domain_events_counted_again_from_the_start_change_no_kpi(arena: Arena) -> None:
    events = payments(PAYMENTS)
    analytics = await arena.start("analytics")
    await arena.start()
    await arena.publish(records(events))
    await arena.verdict()
    before = arena.counted()
    assert await analytics.stop() == 0
    arena.rewind(DOMAIN, "analytics")
    await arena.start("analytics")
    await arena.verdict()
    assert arena.counted() == before


async def test_everything_killed_at_once_continues_with_nothing_lost(arena: Arena) -> None:
    events = payments(PAYMENTS * 2)
    half = len(events) // 2
    before = [arena.launch(), arena.launch("analytics")]
    async with arena.load(events[:half]):
        await eventually(lambda: arena.applied() > half // 4, RECOVERY_SECONDS)
    for process in before:
        process.kill()
    await asyncio.gather(arena.mongo.akill(), arena.kafka.akill())
    await asyncio.gather(arena.mongo.astart(), arena.kafka.astart())
    for service in ("transactions", "analytics"):
        arena.launch(service)
    await arena.publish(records(events[half:]))
    findings = await arena.verdict(deadline=RECOVERY_SECONDS)
    assert findings.payments == PAYMENTS * 2

"""Several processes of one service: paused ones, moved partitions, storms, two relays."""

import asyncio
from functools import partial

import pytest

from payops_kernel.testing import eventually
from payops_testing.faultlab.arena import Arena
from payops_testing.faultlab.broker import members
from payops_testing.faultlab.lanes import Lanes
from payops_testing.faultlab.relays import lease_owner, reading_what_waits, slow_reads
from payops_testing.faultlab.upstream import records
from payops_testing.parcels.under_fault import PARCELS_SERVICE

pytestmark = [pytest.mark.faults, pytest.mark.servers]

PAYMENTS = 600
MOVE_SECONDS = 45.0
STORM_ROUNDS = 4


@pytest.mark.timeout(1_800)
async def test_several_processes_of_one_service_lose_and_repeat_nothing(lanes: Lanes) -> None:
    await lanes.run(
        {
            "members that come and go all the time": _storm,
            "a paused consumer goes on after its partitions moved": _moved_away,
            "a consumer paused inside a transaction": _paused_inside,
            "a relay that wakes after its lease ran out": _late_relay,
            "two processes share the partitions": _sharing,
        },
        PARCELS_SERVICE,
    )


async def _moved_away(
    arena: Arena,
) -> None:
    events = arena.service.events(PAYMENTS)
    first = await arena.start()
    async with arena.load(events):
        await eventually(lambda: arena.applied() > len(events) // 6, MOVE_SECONDS)
        first.pause()
        stood_at = arena.positions()  # the second may have done all by the time it is looked at
        await arena.start()
        await eventually(lambda: _all_moved(arena, stood_at), MOVE_SECONDS)
        first.resume()
    findings = await arena.verdict()
    assert (findings.payments, findings.history_rows) == (PAYMENTS, len(events))
    await first.ready()


async def _paused_inside(
    arena: Arena,
) -> None:
    events = arena.service.events(200)
    half = len(events) // 2
    first = await arena.start()
    arena.fail_command(
        "alwaysOn",
        failCommands=["insert"],
        namespace=f"{arena.database.name}.outbox",
        blockConnection=True,
        blockTimeMS=1_500,
    )
    await arena.publish(records(events[:half]))
    await eventually(lambda: arena.in_transaction() > 0, MOVE_SECONDS)
    first.pause()
    arena.fail_command("off")
    second = await arena.start()
    await arena.publish(records(events[half:]))
    await arena.drained()
    first.resume()
    findings = await arena.verdict()
    assert findings.history_rows == len(events)
    await first.ready()
    await second.ready()


async def _storm(
    arena: Arena,
) -> None:
    events = arena.service.events(PAYMENTS)
    stable = await arena.start()
    async with arena.load(events, pause=0.1):
        for number in range(STORM_ROUNDS):
            guest = await arena.start()
            if number % 2:
                guest.kill()
            else:
                assert await guest.stop() == 0
    findings = await arena.verdict()
    assert (findings.payments, findings.history_rows) == (PAYMENTS, len(events))
    stable.require_running()


async def _late_relay(
    arena: Arena,
) -> None:
    events = arena.service.events(200)
    half = len(events) // 2
    first = await arena.start()
    slow_reads(arena)
    await arena.publish(records(events[:half]))
    await reading_what_waits(arena)
    first.pause()  # it will wake with documents that it read, and publish them late
    old_owner = lease_owner(arena)
    arena.fail_command("off")
    await arena.start()
    await arena.publish(records(events[half:]))
    await arena.drained()
    assert lease_owner(arena) != old_owner
    first.resume()
    await eventually(lambda: "relay.lease_lost" in first.log_text(), MOVE_SECONDS)
    findings = await arena.verdict()
    assert findings.history_rows == findings.events == len(events)


async def _sharing(arena: Arena) -> None:
    events = arena.service.events(PAYMENTS)
    both = [arena.launch(), arena.launch()]
    await asyncio.gather(*(process.ready() for process in both))
    # One that is ready may not have been given its partitions yet.
    group = f"{arena.service.group}.{arena.entrance}"
    shared = partial(members, arena.kafka.address, group)
    await eventually(shared, MOVE_SECONDS, until=lambda number: number == len(both))
    async with arena.load(events):
        await asyncio.gather(*(process.ready() for process in both))
    findings = await arena.verdict()
    assert (findings.payments, findings.history_rows) == (PAYMENTS, len(events))
    bodies = [await process.ready() for process in both]
    assert all(body["events_total"] for body in bodies)


def _all_moved(arena: Arena, stood_at: dict[int, int]) -> bool:
    now = arena.positions()
    return all(now[partition] > stood_at[partition] for partition in stood_at)

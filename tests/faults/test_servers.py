"""mongod and the broker restarted, killed, paused and stopped under load: no loss, no crash."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

import pytest

from payops_kernel.testing import eventually
from payops_testing.faultlab.arena import Arena
from payops_testing.faultlab.lanes import Lanes
from payops_testing.faultlab.processes import ServiceProcess
from payops_testing.parcels.carrier import carried
from payops_testing.parcels.under_fault import PARCELS_SERVICE

pytestmark = [pytest.mark.faults, pytest.mark.servers]

PAYMENTS = 600
PAYMENTS_EACH = 300
STOPPED_SECONDS = 12.0
STOPPED_SECONDS_FULL = 60.0
FROZEN_SECONDS = 8.0
RECOVERY_SECONDS = 90.0

Hurt = Callable[[Arena], Awaitable[None]]


async def _restart_mongod(arena: Arena) -> None:
    await arena.mongo.arestart()


async def _kill_mongod(arena: Arena) -> None:
    await arena.mongo.akill()
    await arena.mongo.astart()


async def _restart_broker(arena: Arena) -> None:
    await arena.kafka.arestart()


async def _kill_broker(arena: Arena) -> None:
    await arena.kafka.akill()
    await arena.kafka.astart()


async def _kill_both(arena: Arena) -> None:
    await asyncio.gather(arena.mongo.akill(), arena.kafka.akill())
    await asyncio.gather(arena.mongo.astart(), arena.kafka.astart())


async def _survives(hurts: Mapping[str, Hurt], arena: Arena) -> None:
    """One process lives through all that happens to its servers; nothing is lost or repeated."""
    process = await arena.start()
    told = 0
    for name, hurt in hurts.items():
        events = carried(PAYMENTS_EACH, prefix=name.replace(" ", "-"))
        applied = arena.applied()
        async with arena.load(events):
            await eventually(
                partial(_applied_more_than, arena, applied + len(events) // 10), RECOVERY_SECONDS
            )
            await hurt(arena)
        await arena.drained(RECOVERY_SECONDS)
        told += len(events)
    findings = await arena.verdict(deadline=RECOVERY_SECONDS)
    assert (findings.payments, findings.history_rows) == (PAYMENTS_EACH * len(hurts), told)
    assert findings.dead_letters == 0
    process.require_running()
    await process.ready(RECOVERY_SECONDS)


async def _mongod_away(seconds: float, arena: Arena) -> None:
    await arena.mongo.astop()
    await _stands_unready(arena, seconds)
    await arena.mongo.astart()


async def _broker_away(seconds: float, arena: Arena) -> None:
    await arena.kafka.astop()
    await _stands(arena, seconds)
    await arena.kafka.astart()


async def _frozen(server: str, arena: Arena) -> None:
    hurt = getattr(arena, server)
    hurt.pause()
    try:
        await _stands(arena, FROZEN_SECONDS)
    finally:
        hurt.resume()


@pytest.mark.timeout(1_800)
async def test_a_server_that_goes_and_comes_back_under_load_costs_time_only(
    lanes: Lanes, request: pytest.FixtureRequest
) -> None:
    full = request.config.getoption("--full")
    away = STOPPED_SECONDS_FULL if full else STOPPED_SECONDS
    # About as long as one another, the longest first.
    chains: list[dict[str, Hurt]] = [
        {
            "broker stopped for a while": partial(_broker_away, away),
            "broker killed": _kill_broker,
        },
        {
            "broker restarted": _restart_broker,
            "broker frozen": partial(_frozen, "kafka"),
            "mongod restarted": _restart_mongod,
        },
        {
            "mongod stopped for a while": partial(_mongod_away, away),
            "mongod killed": _kill_mongod,
            "mongod frozen": partial(_frozen, "mongo"),
            "both killed": _kill_both,
        },
    ]
    await lanes.run(
        {" > ".join(chain): partial(_survives, chain) for chain in chains}, PARCELS_SERVICE
    )


async def _started_before_its_servers(arena: Arena) -> None:
    await asyncio.gather(arena.mongo.astop(), arena.kafka.astop())
    process = arena.launch()
    health = await eventually(process.health, 30.0)
    assert health is not None
    assert not health["ready"]
    await arena.mongo.astart()
    await _stands(arena, 5.0)  # tries to reach the broker, again and again
    await arena.kafka.astart()
    events = arena.service.events(100)
    async with arena.load(events):
        await process.ready(RECOVERY_SECONDS)
    assert (await arena.verdict()).history_rows == len(events)


async def _stopped_without_servers(arena: Arena) -> None:
    await asyncio.gather(arena.mongo.astop(), arena.kafka.astop())
    process = arena.launch()
    await eventually(process.health, 30.0)
    assert await process.stop() == 0
    await asyncio.gather(arena.mongo.astart(), arena.kafka.astart())


@pytest.mark.timeout(1_800)
async def test_a_service_starts_and_stops_in_order_with_and_without_its_servers(
    lanes: Lanes,
) -> None:
    await lanes.run(
        {
            "started before its servers": _started_before_its_servers,
            "stopped while its servers are away": _stopped_without_servers,
            "stopped under load, and a successor goes on": _stopped_under_load,
        },
        PARCELS_SERVICE,
    )


async def _stopped_under_load(arena: Arena) -> None:
    events = arena.service.events(PAYMENTS)
    async with arena.load(events):
        for share in (10, 5, 3):
            process = await arena.start()
            await eventually(partial(_applied_more_than, arena, len(events) // share), 60.0)
            assert await process.stop() == 0
        await arena.start()
    findings = await arena.verdict()
    assert (findings.payments, findings.history_rows) == (PAYMENTS, len(events))


def _applied_more_than(arena: Arena, offsets: int) -> bool:
    return arena.applied() > offsets


async def _stands(arena: Arena, seconds: float) -> None:
    """For so long no process ends."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds

    def look() -> bool:
        for process in arena.processes:
            process.require_running()
        return loop.time() > end

    await eventually(look, seconds + 5.0, every=0.2)


async def _stands_unready(arena: Arena, seconds: float) -> None:
    """For so long no process ends, and at the end each says that it is not ready."""
    await _stands(arena, seconds)
    for process in arena.processes:
        await eventually(partial(_says_unready, process), RECOVERY_SECONDS)


async def _says_unready(process: ServiceProcess) -> bool:
    health = await process.health()
    return health is not None and not health["ready"]

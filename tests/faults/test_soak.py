"""Minutes of random faults under load, and the checker at the end (with ``--full``)."""

import random
import time
from collections.abc import Awaitable, Callable

import pytest

from payops_kernel.testing import eventually
from payops_testing.faultlab.arena import Arena
from payops_testing.faultlab.processes import ServiceProcess
from payops_testing.faultlab.service import SERVICES, ServiceUnderFault
from payops_testing.faultlab.upstream import payments

pytestmark = [pytest.mark.faults, pytest.mark.servers, pytest.mark.full]

PAYMENTS = 9_000
PAUSE_SECONDS = 0.05
SOAK_SECONDS = 240.0
RECOVERY_SECONDS = 180.0
LOAD_LIMIT_SECONDS = 900.0
AWAY_SECONDS = 8.0
START_SECONDS = 60.0


class Chaos:
    """Does one random thing at a time, and leaves one process of each service running."""

    def __init__(self, arena: Arena, chance: random.Random) -> None:
        self._arena = arena
        self._chance = chance
        self._running: dict[ServiceUnderFault, ServiceProcess] = {}
        self.done: list[str] = []

    async def begin(self) -> None:
        """One process of each service."""
        for service in SERVICES:
            self._running[service] = await self._arena.start(service)

    async def strike(self) -> None:
        """One fault, from beginning to end."""
        faults: list[Callable[[], Awaitable[None]]] = [
            self._kill_service,
            self._stop_service,
            self._pause_service,
            self._second_member,
            self._restart_mongod,
            self._kill_mongod,
            self._kill_broker,
            self._freeze_broker,
            self._failing_commits,
        ]
        fault = self._chance.choice(faults)
        self.done.append(fault.__name__)
        await fault()
        for process in self._running.values():
            process.require_running()

    def _any_service(self) -> ServiceUnderFault:
        return self._chance.choice(SERVICES)

    async def _kill_service(self) -> None:
        service = self._any_service()
        self._running[service].kill()
        self._running[service] = self._arena.launch(service)
        await self._some_time()

    async def _stop_service(self) -> None:
        service = self._any_service()
        # Before a process answers, Python has not loaded what ends it in order.
        await eventually(self._running[service].health, START_SECONDS)
        assert await self._running[service].stop() == 0
        self._running[service] = self._arena.launch(service)

    async def _pause_service(self) -> None:
        process = self._running[self._any_service()]
        process.pause()
        await self._some_time()
        process.resume()

    async def _second_member(self) -> None:
        guest = self._arena.launch(self._any_service())
        await self._some_time()
        guest.kill()

    async def _restart_mongod(self) -> None:
        await self._arena.mongo.arestart()

    async def _kill_mongod(self) -> None:
        await self._arena.mongo.akill()
        await self._some_time()
        await self._arena.mongo.astart()

    async def _kill_broker(self) -> None:
        await self._arena.kafka.akill()
        await self._some_time()
        await self._arena.kafka.astart()

    async def _freeze_broker(self) -> None:
        self._arena.kafka.pause()
        await self._some_time()
        self._arena.kafka.resume()

    async def _failing_commits(self) -> None:
        self._arena.fail_command(
            {"activationProbability": 0.3},
            failCommands=["commitTransaction"],
            closeConnection=True,
        )
        await self._some_time()
        self._arena.fail_command("off")

    async def _some_time(self) -> None:
        end = time.monotonic() + self._chance.uniform(0.5, AWAY_SECONDS)
        await eventually(lambda: time.monotonic() > end, AWAY_SECONDS * 2)


@pytest.mark.timeout(1_800)
async def test_minutes_of_random_faults_lose_nothing_and_repeat_nothing(arena: Arena) -> None:
    seed = random.randrange(10**6)
    chaos = Chaos(arena, random.Random(seed))
    events = payments(PAYMENTS, seed=seed)
    await chaos.begin()
    async with arena.load(events, PAUSE_SECONDS, LOAD_LIMIT_SECONDS):
        end = time.monotonic() + SOAK_SECONDS
        while time.monotonic() < end:
            await chaos.strike()
    try:
        findings = await arena.verdict(deadline=RECOVERY_SECONDS)
    except AssertionError as error:
        raise AssertionError(f"seed {seed}, faults {chaos.done}: {error}") from error
    assert (findings.payments, findings.history_rows) == (PAYMENTS, len(events))
    assert findings.dead_letters == 0

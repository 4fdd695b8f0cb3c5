"""The simulator on a broker of its own: what it keeps of its history."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.testing.deadlines import eventually
from payops_local.ports import free_ports
from payops_local.servers import KafkaServer
from payops_local.simulator import playing
from payops_local.simulator.__main__ import run
from payops_local.simulator.settings import SimulatorSettings
from payops_local.simulator.told_until import Told, ToldUntil

pytestmark = [pytest.mark.servers, pytest.mark.timeout(900)]

DEADLINE_S = 90.0
HESITATES_S = 2.0


@pytest.fixture
async def fresh_log(tmp_path: Path) -> AsyncIterator[str]:
    """The address of a broker to which nobody ever told anything."""
    port, controller_port = free_ports(2)
    server = KafkaServer(port, controller_port, tmp_path / "kafka", short_lived=True)
    await server.astart()
    try:
        await ensure_topics(server.address)
        yield server.address
    finally:
        await asyncio.to_thread(server.stop)


class HesitantNote(ToldUntil):
    """Is read only when others had the time to tell something."""

    async def read(self) -> Told | None:
        with suppress(AssertionError):
            await eventually(self.log_is_empty, HESITATES_S, until=lambda empty: not empty)
        return await super().read()


async def kept(kafka: str) -> Told | None:
    async with ToldUntil(kafka) as note:
        return await note.read()


async def test_what_the_hub_tells_beside_a_history_never_takes_it_away(
    fresh_log: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playing, "ToldUntil", HesitantNote)
    settings = SimulatorSettings(kafka=fresh_log, simulator_history_days=2, simulator_rate=500)
    stopping = asyncio.Event()
    running = asyncio.create_task(run(settings, stopping))
    try:
        told = await eventually(lambda: kept(fresh_log), DEADLINE_S)
    finally:
        stopping.set()
        await asyncio.wait_for(running, DEADLINE_S)
    assert told is not None
    assert told.days == 2

"""Several arenas side by side: most of a fault's time is waiting for sessions to end."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from payops_contracts.topics import all_topics
from payops_local.servers.private import PrivateServers
from payops_testing.faultlab.arena import Arena
from payops_testing.faultlab.broker import end_sessions, fresh_topics
from payops_testing.faultlab.service import SERVICES, TRANSACTIONS, ServiceUnderFault

CASE_SECONDS = 800.0
SHOWN_CHARACTERS = 3_000

Case = Callable[[Arena], Awaitable[object]]


@asynccontextmanager
async def fresh_arena(
    servers: PrivateServers, logs: Path, service: ServiceUnderFault = TRANSACTIONS
) -> AsyncIterator[Arena]:
    """An arena on servers that run, with fresh topics; its processes end with it."""
    kafka, mongo = await asyncio.to_thread(lambda: (servers.kafka(), servers.mongo()))
    for server in (kafka, mongo):
        server.resume()
        await server.astart()
    await fresh_topics(kafka.address, [*all_topics(), *service.topics])
    for each in {*SERVICES, service}:  # the sessions of an earlier arena's processes
        await end_sessions(kafka.address, each.group)
    arena = Arena(kafka, mongo, logs, service)
    try:
        yield arena
    finally:
        await arena.close()


class Lanes:
    """Runs the cases of one test over a few pairs of servers, each case in a fresh arena."""

    def __init__(self, servers: Sequence[PrivateServers], logs: Path) -> None:
        self._servers = servers
        self._logs = logs

    async def run(
        self, cases: Mapping[str, Case], service: ServiceUnderFault = TRANSACTIONS
    ) -> None:
        """Run all against the service; raises with every case that failed, named."""
        waiting = list(cases.items())
        failed: dict[str, str] = {}
        await asyncio.gather(
            *(self._lane(servers, service, waiting, failed) for servers in self._servers)
        )
        assert not failed, "\n\n".join(f"{name}: {why}" for name, why in failed.items())

    async def _lane(
        self,
        servers: PrivateServers,
        service: ServiceUnderFault,
        waiting: list[tuple[str, Case]],
        failed: dict[str, str],
    ) -> None:
        while waiting:
            name, case = waiting.pop(0)
            logs = Path(tempfile.mkdtemp(dir=self._logs))
            try:
                async with (
                    asyncio.timeout(CASE_SECONDS),
                    fresh_arena(servers, logs, service) as arena,
                ):
                    await case(arena)
            except Exception as error:  # noqa: BLE001 - the other cases shall be told too
                failed[name] = f"{type(error).__name__}: {error}"[:SHOWN_CHARACTERS]

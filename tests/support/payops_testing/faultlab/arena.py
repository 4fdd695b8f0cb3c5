"""One test's world: fresh topics, databases of its own, service processes, the checker."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import PyMongoError

from payops_kernel.testing import eventually
from payops_local.places import CHECKOUT
from payops_local.servers import KafkaServer, MongoServer
from payops_testing.faultlab.broker import end_sessions, send, trickle
from payops_testing.faultlab.checker.findings import Findings
from payops_testing.faultlab.checker.logs import LogRecord, log_ends, read_logs
from payops_testing.faultlab.checker.verdict import check
from payops_testing.faultlab.processes import LOOK_SECONDS, ServiceProcess
from payops_testing.faultlab.service import ServiceUnderFault
from payops_testing.faultlab.upstream import Event, Outgoing, records

DRAIN_SECONDS = 60.0
SESSION_TIMEOUT_MS = 6_000
DIRECT_TIMEOUT_MS = 20_000
PORTION = 5
LOAD_SECONDS = 360.0
START_SECONDS = 40.0
COMMAND_SECONDS = 180.0
COMMAND_SOURCES = ("contracts/src", "shared/src", "local/src")

Document = dict[str, Any]


class Arena:
    """Servers, databases with a prefix of their own, and the processes of one test.

    ``service`` is the one that the test hurts: what is said of no other is said of it.
    """

    def __init__(
        self, kafka: KafkaServer, mongo: MongoServer, logs: Path, service: ServiceUnderFault
    ) -> None:
        self.service = service
        self.entrance = service.line[0].reads
        self.kafka = kafka
        self.mongo = mongo
        self.prefix = f"faults_{uuid4().hex[:8]}_"
        self.processes: list[ServiceProcess] = []
        self._logs = logs
        self._client: MongoClient[Document] = MongoClient(
            mongo.uri, tz_aware=True, serverSelectionTimeoutMS=DIRECT_TIMEOUT_MS
        )

    @property
    def database(self) -> Database[Document]:
        """The service's own database, read and hurt directly."""
        return self.database_of(self.service)

    def database_of(self, service: ServiceUnderFault) -> Database[Document]:
        """Another service's database."""
        return self._client[f"{self.prefix}{service.name}"]

    @property
    def admin(self) -> Database[Document]:
        """For fail points."""
        return self._client["admin"]

    def launch(self, service: ServiceUnderFault | None = None, fault: str = "") -> ServiceProcess:
        """Start a service process; ``fault`` is a crash point with its pass, ``name:n``."""
        service = service or self.service
        number = len(self.processes)
        process = ServiceProcess(
            service,
            {
                **self._servers,
                "PAYOPS_SESSION_TIMEOUT_MS": str(SESSION_TIMEOUT_MS),
                "PAYOPS_HOST": "127.0.0.1",
                "PAYOPS_DEMO": "1",
                "PAYOPS_FAULT": fault,
            },
            self._logs / f"{service.name}-{number}.log",
        )
        self.processes.append(process)
        return process

    async def start(
        self, service: ServiceUnderFault | None = None, fault: str = ""
    ) -> ServiceProcess:
        """Start a service process and wait until it is ready."""
        process = self.launch(service, fault)
        await process.ready()
        return process

    async def start_line(self) -> list[ServiceProcess]:
        """Start all services from the entrance to this one, and wait until they are ready."""
        started = [self.launch(service) for service in self.service.line]
        await asyncio.gather(*(process.ready() for process in started))
        return started

    async def start_unready(self) -> ServiceProcess:
        """Start a service process and wait until it answers, ready or not."""
        process = self.launch()
        await eventually(process.health, START_SECONDS)
        return process

    async def crashed(self, process: ServiceProcess) -> None:
        """The only process of its service has died at its crash point; a successor need not wait.

        Its session ends at once. Tests of members that pause wait for sessions to run out.
        """
        await process.crashed()
        await end_sessions(self.kafka.address, process.service.group)

    async def publish(self, outgoing: Sequence[Outgoing]) -> None:
        """Produce to the topic at the pipeline's entrance."""
        await send(self.kafka.address, self.entrance, outgoing)

    async def drained(self, deadline: float = DRAIN_SECONDS) -> None:
        """Everything published so far is applied, and every outbox document is published."""
        for service in self._line:
            ends = await log_ends(self.kafka.address, service.reads)
            drained = partial(self._require_drained, service, ends)
            await eventually(drained, deadline, every=LOOK_SECONDS)

    async def verdict(
        self,
        earlier: Sequence[LogRecord] = (),
        deadline: float = DRAIN_SECONDS,
        strangers: int = 0,
    ) -> Findings:
        """Drain, then the independent checker's findings; violations raise."""
        await self.drained(deadline)
        address, uri = self.kafka.address, self.mongo.uri
        return await check(address, uri, self.prefix, self._line, earlier, strangers)

    async def upstream_log(self) -> tuple[LogRecord, ...]:
        """What the topic at the entrance holds now."""
        return (await read_logs(self.kafka.address, [self.entrance]))[self.entrance].records

    @asynccontextmanager
    async def load(
        self, events: Sequence[Event], pause: float = 0.02, limit: float = LOAD_SECONDS
    ) -> AsyncIterator[None]:
        """Publish the events little by little while the block runs; all are out at its end."""
        outgoing = records(events)
        portions = [outgoing[n : n + PORTION] for n in range(0, len(outgoing), PORTION)]
        task = asyncio.create_task(trickle(self.kafka.address, self.entrance, portions, pause))
        try:
            yield
            await asyncio.wait_for(task, limit)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def upstream_ends(self) -> dict[int, int]:
        """Where the partitions of the topic at the entrance end now."""
        return await log_ends(self.kafka.address, self.entrance)

    def positions(self, service: ServiceUnderFault | None = None) -> dict[int, int]:
        """The stored next offset of each partition of the topic that the service reads."""
        service = service or self.service
        prefix = service.row_id(0)[:-1]
        return {
            int(row["_id"].removeprefix(prefix)): row["next"]
            for row in self.database_of(service)["positions"].find()
            if row["_id"].startswith(prefix)
        }

    def applied(self) -> int:
        """Offsets that are behind the stored positions."""
        return sum(self.positions().values())

    def stored(self, service: ServiceUnderFault | None = None) -> dict[str, Document]:
        """The service's state, its documents by id."""
        service = service or self.service
        return {row["_id"]: row for row in service.state(self.database_of(service))}

    def reposition(self, partition: int, following: int) -> None:
        """Go on at an offset, with no record to see again; the service may be reading there."""
        self.database["positions"].replace_one(
            {"_id": self.service.row_id(partition)}, {"next": following, "last": None}, upsert=True
        )

    async def payops(self, *call: str) -> str:
        """What ``./payops`` says to a call on these servers; fails when the call does."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "payops_local", call[0]),
            *("--data", str(self._logs / "platform"), *call[1:]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={
                **os.environ,
                **self._servers,
                "PYTHONPATH": os.pathsep.join(str(CHECKOUT / path) for path in COMMAND_SOURCES),
            },
        )
        told, _ = await asyncio.wait_for(process.communicate(), COMMAND_SECONDS)
        said = told.decode()
        assert process.returncode == 0, f"{call} ended with {process.returncode}: {said}"
        return said

    def rewind(self) -> None:
        """Put every partition of the service's consumer back to the log's start."""
        for partition in self.positions():
            self.reposition(partition, 0)

    def in_transaction(self) -> int:
        """Sessions of the service that are inside a transaction now."""
        look: list[Document] = [
            {"$currentOp": {"idleSessions": True}},
            {"$match": {"appName": self.database.name, "transaction": {"$exists": True}}},
        ]
        return len(list(self.admin.aggregate(look)))

    def fail_command(self, mode: dict[str, Any] | str, **data: Any) -> int:
        """Set mongod's ``failCommand`` fail point; ``off`` ends it.

        How many commands it has failed since mongod started.
        """
        command: Document = {"configureFailPoint": "failCommand", "mode": mode}
        if data:
            command["data"] = data
        return int(self.admin.command(command)["count"])

    async def close(self) -> None:
        """End every process, and drop the databases."""
        await asyncio.gather(*(process.aend() for process in self.processes))
        with suppress(PyMongoError):
            self.fail_command("off")
        for name in self._client.list_database_names():
            if name.startswith(self.prefix):
                self._client.drop_database(name)
        self._client.close()

    def _require_drained(self, service: ServiceUnderFault, ends: dict[int, int]) -> bool:
        for process in self.processes:
            assert process.exit_code in (None, 0, -9), f"{process.exit_code}; {process.log_tail()}"
        stands = self.positions(service)
        behind = {n: (stands.get(n, 0), end) for n, end in ends.items() if stands.get(n, 0) < end}
        assert not behind, f"{service.name} is behind the log's ends: {behind}; {self._tails()}"
        waiting = self.database_of(service)["outbox"].count_documents({})
        assert waiting == 0, f"{waiting} outbox documents wait; {self._tails()}"
        return True

    @property
    def _servers(self) -> dict[str, str]:
        return {
            "PAYOPS_KAFKA": self.kafka.address,
            "PAYOPS_MONGO": self.mongo.uri,
            "PAYOPS_DATABASE_PREFIX": self.prefix,
        }

    @property
    def _line(self) -> list[ServiceUnderFault]:
        """All that take part, from the entrance on."""
        there = {*self.service.line, *(process.service for process in self.processes)}
        return sorted(there, key=lambda service: len(service.line))

    def _tails(self) -> str:
        return " ".join(p.log_tail() for p in self.processes if p.exit_code is None)

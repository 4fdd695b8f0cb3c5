"""One test's world: fresh topics, databases of its own, service processes, the checker."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
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
from payops_testing.faultlab.checker import Findings, check
from payops_testing.faultlab.checker.logs import LogRecord, log_ends, read_logs
from payops_testing.faultlab.processes import LOOK_SECONDS, ServiceProcess
from payops_testing.faultlab.upstream import Event, Outgoing, records

UPSTREAM = "upstream.payments"
DOMAIN = "payops.transactions"
GROUP = "transactions"
ANALYTICS_GROUP = "analytics"
DRAIN_SECONDS = 60.0
SESSION_TIMEOUT_MS = 6_000
DIRECT_TIMEOUT_MS = 5_000
PORTION = 5
LOAD_SECONDS = 120.0
START_SECONDS = 40.0
COMMAND_SECONDS = 60.0
COMMAND_SOURCES = ("contracts/src", "shared/src", "local/src")

Document = dict[str, Any]


class Arena:
    """Servers, databases with a prefix of their own, and the processes of one test."""

    def __init__(self, kafka: KafkaServer, mongo: MongoServer, logs: Path) -> None:
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
        """The transactions service's own database, read and hurt directly."""
        return self._client[f"{self.prefix}transactions"]

    @property
    def admin(self) -> Database[Document]:
        """For fail points."""
        return self._client["admin"]

    def launch(self, service: str = "transactions", fault: str = "") -> ServiceProcess:
        """Start a service process; ``fault`` is a crash point with its pass, ``name:n``."""
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
            self._logs / f"{service}-{number}.log",
        )
        self.processes.append(process)
        return process

    async def start(self, service: str = "transactions", fault: str = "") -> ServiceProcess:
        """Start a service process and wait until it is ready."""
        process = self.launch(service, fault)
        await process.ready()
        return process

    async def start_unready(self, service: str = "transactions") -> ServiceProcess:
        """Start a service process and wait until it answers, ready or not."""
        process = self.launch(service)
        await eventually(process.health, START_SECONDS)
        return process

    async def crashed(self, process: ServiceProcess) -> None:
        """The only process of its service has died at its crash point; a successor need not wait.

        Its session ends at once. Tests of members that pause wait for sessions to run out.
        """
        await process.crashed()
        await end_sessions(self.kafka.address, process.service)

    async def publish(self, outgoing: Sequence[Outgoing]) -> None:
        """Produce to ``upstream.payments``."""
        await send(self.kafka.address, UPSTREAM, outgoing)

    async def drained(self, deadline: float = DRAIN_SECONDS) -> None:
        """Everything published so far is applied, and every outbox document is published."""
        ends = await self.upstream_ends()
        await eventually(lambda: self._require_drained(ends), deadline, every=LOOK_SECONDS)
        if self._counts:
            told = await log_ends(self.kafka.address, DOMAIN)
            await eventually(lambda: self._require_counted(told), deadline, every=LOOK_SECONDS)

    async def verdict(
        self,
        earlier: Sequence[LogRecord] = (),
        deadline: float = DRAIN_SECONDS,
        strangers: int = 0,
    ) -> Findings:
        """Drain, then the independent checker's findings; violations raise."""
        await self.drained(deadline)
        address, uri = self.kafka.address, self.mongo.uri
        return await check(address, uri, self.prefix, earlier, self._counts, strangers)

    async def upstream_log(self) -> tuple[LogRecord, ...]:
        """What ``upstream.payments`` holds now."""
        return (await read_logs(self.kafka.address, [UPSTREAM]))[UPSTREAM].records

    @asynccontextmanager
    async def load(
        self, events: Sequence[Event], pause: float = 0.02, limit: float = LOAD_SECONDS
    ) -> AsyncIterator[None]:
        """Publish the events little by little while the block runs; all are out at its end."""
        outgoing = records(events)
        portions = [outgoing[n : n + PORTION] for n in range(0, len(outgoing), PORTION)]
        task = asyncio.create_task(trickle(self.kafka.address, UPSTREAM, portions, pause))
        try:
            yield
            await asyncio.wait_for(task, limit)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def upstream_ends(self) -> dict[int, int]:
        """Where the partitions of ``upstream.payments`` end now."""
        return await log_ends(self.kafka.address, UPSTREAM)

    def positions(self) -> dict[int, int]:
        """The stored next offset of each partition."""
        rows = self.database["positions"].find()
        return {int(row["_id"].rpartition("/")[2]): row["next"] for row in rows}

    def positions_of(self, service: str, topic: str) -> dict[int, int]:
        """A service's stored next offset of each partition of a topic."""
        rows = self._client[f"{self.prefix}{service}"]["positions"].find()
        prefix = f"{service}/{topic}/"
        return {
            int(row["_id"].removeprefix(prefix)): row["next"]
            for row in rows
            if row["_id"].startswith(prefix)
        }

    def applied(self) -> int:
        """Upstream offsets that are behind the stored positions."""
        return sum(self.positions().values())

    def stored(self) -> dict[str, Document]:
        """Every stored transaction, by id."""
        return {document["_id"]: document for document in self.database["transactions"].find()}

    def row_id(self, partition: int) -> str:
        """The position row of a partition."""
        return f"{GROUP}/{UPSTREAM}/{partition}"

    def reposition(self, partition: int, following: int) -> None:
        """Go on at an offset, with no record to see again; the service may be reading there."""
        self.database["positions"].replace_one(
            {"_id": self.row_id(partition)}, {"next": following, "last": None}, upsert=True
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

    def rewind(self, topic: str, service: str) -> None:
        """Put every partition of a service's consumer back to the log's start."""
        self._client[f"{self.prefix}{service}"]["positions"].update_many(
            {"_id": {"$regex": f"/{topic}/"}}, {"$set": {"next": 0, "last": None}}
        )

    def counted(self) -> list[Document]:
        """All buckets of analytics that count something."""
        buckets = self._client[f"{self.prefix}analytics"]["kpi_buckets"]
        return list(buckets.find({"count": {"$ne": 0}}, sort=[("_id", 1)]))

    def facts(self) -> list[Document]:
        """What analytics knows of each payment."""
        return list(self._client[f"{self.prefix}analytics"]["payment_facts"].find())

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

    def _require_drained(self, ends: dict[int, int]) -> bool:
        for process in self.processes:
            assert process.exit_code in (None, 0, -9), f"{process.exit_code}; {process.log_tail()}"
        stands = self.positions()
        behind = {n: (stands.get(n, 0), end) for n, end in ends.items() if stands.get(n, 0) < end}
        assert not behind, f"positions behind the log's ends: {behind}; {self._tails()}"
        waiting = self.database["outbox"].count_documents({})
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
    def _counts(self) -> bool:
        return any(process.service == "analytics" for process in self.processes)

    def _require_counted(self, ends: dict[int, int]) -> bool:
        rows = self._client[f"{self.prefix}analytics"]["positions"].find()
        stands = {int(row["_id"].rpartition("/")[2]): row["next"] for row in rows}
        behind = {n: (stands.get(n, 0), end) for n, end in ends.items() if stands.get(n, 0) < end}
        assert not behind, f"analytics is behind the log's ends: {behind}; {self._tails()}"
        return True

    def _tails(self) -> str:
        return " ".join(p.log_tail() for p in self.processes if p.exit_code is None)

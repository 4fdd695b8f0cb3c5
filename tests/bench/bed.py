"""What a benchmark runs on: private servers on free ports, our own processes, one folder.

Everything lies below one folder that is removed at the end; what a killed earlier run left behind
is ended and removed at the next start.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from payops_kernel.mongo import Mongo, connect
from payops_local.issuer import LocalIssuer
from payops_local.places import INSTALLED, DataFolder
from payops_local.platform import Platform, needed_ports, platform_settings
from payops_local.ports import TEST_PORTS, is_free
from payops_local.processes import ProcessRecord
from payops_local.servers.mongo import CACHE_GB
from payops_local.servers.private import PrivateServers, end_abandoned
from payops_local.servers.server import log_tail
from payops_local.services import SERVICES
from payops_local.supervising.python_process import PythonProcess

FOLDER = INSTALLED / "bench"
TRIES = 200
PORT_SPAN = 100
LAST_WORDS_BYTES = 4_000
LAST_LINES = 4
LOGS = ("process-*/log", "servers-*/*/kafka.log", "servers-*/*/mongod.log", "platform/logs/*.log")
STOP_LIMIT_S = 25.0
TESTS = Path(__file__).resolve().parents[1]
"""Where this code lies: another checkout's sources may be measured by it."""


@dataclass(frozen=True)
class Servers:
    """A broker and a mongod that run: their addresses, and their process ids for what they cost."""

    kafka: str
    mongo: str
    kafka_pid: int | None
    mongod_pid: int | None


class Bed:
    """Kafka and mongod with the local platform's settings, and services on them.

    The servers are its own, private ones, or ``servers`` that another bed started and ends.
    """

    def __init__(self, parent: Path = FOLDER, servers: Servers | None = None) -> None:
        end_abandoned_runs(parent)
        parent.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(dir=parent, prefix="run-"))
        ProcessRecord(self.folder / "owner.json").write(os.getpid())
        self._lent = servers
        self._servers: PrivateServers | None = None
        self._platform: Platform | None = None
        self._processes: list[PythonProcess] = []
        self._clients: list[Mongo] = []

    @property
    def platform(self) -> Platform:
        """The servers as a platform that services can run on; starts private ones at first."""
        if self._platform is None:
            servers = self.servers
            base = free_port_base(self.data("private"))
            self._platform = platform_on(self.data("private"), base, servers.kafka, servers.mongo)
            LocalIssuer(self._platform.data.keys, self._platform.settings).ensure()
        return self._platform

    def data(self, name: str) -> DataFolder:
        """A data folder of this run."""
        return DataFolder(self.folder / name)

    @property
    def servers(self) -> Servers:
        """Those that were lent, else private ones; starts them at first."""
        if self._lent is not None:
            return self._lent
        if self._servers is None:
            self._servers = PrivateServers(self.folder, cache_gb=CACHE_GB)
        kafka, mongo = self._servers.kafka(), self._servers.mongo()
        return Servers(kafka.address, mongo.uri, kafka.pid, mongo.pid)

    @property
    def server_pids(self) -> dict[str, int | None]:
        """mongod's and Kafka's process ids; none before they were asked for."""
        if self._lent is None and self._servers is None:
            return {}
        return {"mongod": self.servers.mongod_pid, "kafka": self.servers.kafka_pid}

    def mongo(self, database: str) -> Mongo:
        """A pool for one database of the private mongod, closed with the bed."""
        mongo = connect(self.platform.mongo, database)
        self._clients.append(mongo)
        return mongo

    def service(self, name: str) -> PythonProcess:
        """A service's own process on the private servers, not started yet."""
        service = next(each for each in SERVICES if each.name == name)
        return self.process(
            name,
            service.module,
            env=self.platform.service_environment(service),
            port=self.platform.port(service.port_offset),
            health_url=self.platform.url(name),
        )

    def program(self, module: str, env: dict[str, str]) -> PythonProcess:
        """A program of the benchmark itself as a process of its own, not started yet."""
        path = {"PYTHONPATH": str(TESTS)}
        return self.process(module, module, env=self.platform.environment() | path | env)

    def process(
        self,
        name: str,
        module: str,
        env: dict[str, str],
        port: int | None = None,
        health_url: str | None = None,
    ) -> PythonProcess:
        """Any Python program of ours; ended with the bed at the latest."""
        folder = self.folder / f"process-{name}"
        process = PythonProcess(
            name,
            module,
            python=Path(sys.executable),
            env=env,
            data_dir=folder,
            record=ProcessRecord(folder / "process.json"),
            log_path=folder / "log",
            port=port,
            health_url=health_url,
            port_mend="end it and run this again",
        )
        self._processes.append(process)
        return process

    def last_words(self) -> list[str]:
        """The last lines of every log, before they are removed with the folder."""
        words: list[str] = []
        logs = [path for pattern in LOGS for path in self.folder.glob(pattern)]
        for log in sorted(logs):
            lines = log_tail(log, LAST_WORDS_BYTES).strip().splitlines()[-LAST_LINES:]
            words += [f"{log.relative_to(self.folder)}: {line}" for line in lines]
        return words

    def end_work(self) -> None:
        """End the services and the pools of this bed; the servers stay."""
        for client in self._clients:
            client.close()
        for process in self._processes:
            process.stop(STOP_LIMIT_S)
        self._clients, self._processes = [], []

    def end_servers(self) -> None:
        """End the services, the servers and the pools of this bed; their data is removed."""
        self.end_work()
        if self._servers is not None:
            self._servers.close()
        self._servers = self._platform = None

    def close(self) -> None:
        """End everything and remove the folder."""
        self.end_servers()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def platform_on(data: DataFolder, port_base: int, kafka: str, mongo: str) -> Platform:
    """A platform with the product's own settings, deaf to this shell's PAYOPS_* variables."""
    return Platform(
        data=data,
        port_base=port_base,
        kafka=kafka,
        mongo=mongo,
        external_kafka=True,
        external_mongo=True,
        settings=platform_settings(),
    )


def forget_own_settings() -> None:
    """Drop this shell's PAYOPS_* variables: the benchmark measures the product as it ships."""
    for key in [key for key in os.environ if key.startswith("PAYOPS_")]:
        del os.environ[key]


def free_port_base(data: DataFolder) -> int:
    """A base whose ports are all free now."""
    for _ in range(TRIES):
        base = random.randrange(TEST_PORTS.start, TEST_PORTS.stop - PORT_SPAN)
        candidate = Platform(data, base, "", "", False, False, platform_settings())
        if all(is_free(port) for port in needed_ports(candidate)):
            return base
    raise OSError("no run of free ports was found")


def end_abandoned_runs(parent: Path) -> int:
    """End what killed runs left running, remove their folders; how many runs."""
    abandoned = [
        run
        for run in parent.glob("run-*")
        if (run / "owner.json").exists() and ProcessRecord(run / "owner.json").live_pid() is None
    ]
    for run in abandoned:
        for record in sorted(run.rglob("supervisor.json")) + sorted(run.rglob("process*.json")):
            ProcessRecord(record).end_survivor()
        end_abandoned(run)
        shutil.rmtree(run, ignore_errors=True)
    return len(abandoned)

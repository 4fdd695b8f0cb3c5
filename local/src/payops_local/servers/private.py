"""Private servers for one owner, a test session or a benchmark, gone when it ends."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from payops_local.errors import PortTaken, StartFailed
from payops_local.ports import free_ports
from payops_local.processes import ProcessRecord
from payops_local.servers.kafka import KafkaServer
from payops_local.servers.mongo import MongoServer
from payops_local.servers.server import LocalServer

OWNER = "owner.json"
TEST_CACHE_GB = 0.5
START_TRIES = 3

S = TypeVar("S", bound=LocalServer)


class PrivateServers:
    """A Kafka and a mongod on free ports in a fresh folder below `parent`, each on first demand.

    Use it as a context manager: leaving it ends the servers and removes their data.
    """

    def __init__(
        self, parent: Path, *, cache_gb: float = TEST_CACHE_GB, short_lived: bool = False
    ) -> None:
        """`cache_gb`: mongod's cache. `short_lived`: a broker that starts cheap, for tests."""
        parent.mkdir(parents=True, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(dir=parent, prefix="servers-"))
        ProcessRecord(self._folder / OWNER).write(os.getpid())
        self._cache_gb = cache_gb
        self._short_lived = short_lived
        self._kafka: KafkaServer | None = None
        self._mongo: MongoServer | None = None

    def kafka(self) -> KafkaServer:
        """The broker, started when it is first asked for."""
        if self._kafka is None:
            self._kafka = _started(self._new_kafka)
        return self._kafka

    def mongo(self) -> MongoServer:
        """The mongod, with fail points allowed, started when it is first asked for."""
        if self._mongo is None:
            self._mongo = _started(self._new_mongo)
        return self._mongo

    def _new_kafka(self) -> KafkaServer:
        port, controller_port = free_ports(2)
        return KafkaServer(
            port, controller_port, self._folder / "kafka", short_lived=self._short_lived
        )

    def _new_mongo(self) -> MongoServer:
        (port,) = free_ports(1)
        return MongoServer(
            port, self._folder / "mongo", test_commands=True, cache_gb=self._cache_gb
        )

    def close(self) -> None:
        """End both and remove their data; private data needs no goodbye."""
        started: tuple[LocalServer | None, ...] = (self._kafka, self._mongo)
        for server in started:
            if server is not None:
                server.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _started(new: Callable[[], S]) -> S:
    """A server that serves; a port that was free may be taken by the time it listens."""
    for _ in range(START_TRIES - 1):
        server = new()
        with suppress(PortTaken, StartFailed):
            server.start()
            return server
        shutil.rmtree(server.data_dir, ignore_errors=True)
    server = new()
    server.start()
    return server


def end_abandoned(parent: Path) -> int:
    """End the servers, and remove the data, of owners that were killed; how many folders."""
    abandoned = [
        folder
        for folder in parent.glob("servers-*")
        if ProcessRecord(folder / OWNER).live_pid() is None and (folder / OWNER).exists()
    ]
    for folder in abandoned:
        for server in ("kafka", "mongo"):
            ProcessRecord(folder / server / "process.json").end_survivor()
        shutil.rmtree(folder, ignore_errors=True)
    return len(abandoned)

"""Kafka and mongod on testcontainers, with the images and settings of the compose file."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, cast

from testcontainers.core.container import DockerContainer

from payops_local.containers.replica_set import ensure_primary
from payops_local.errors import StartFailed
from payops_local.ports import LOOPBACK, free_ports
from payops_local.servers.kafka_probe import coordinators_loaded
from payops_local.services import REPLICA_SET
from payops_testing.containers.image_names import compose_services

START_LIMIT_S = 120.0
POLL_S = 0.1
OUTSIDE_PORT = 9094
"""Where the compose file's broker serves programs outside its network."""
_PROBE_GROUPS = ("a", "b", "c", "d")


class ServerContainers:
    """Each server starts when first asked for; all end, with their data, with the block."""

    def __init__(self) -> None:
        self._started: list[DockerContainer] = []
        self._kafka: str | None = None
        self._mongo: str | None = None

    def kafka(self) -> str:
        """host:port of a broker in a container; raises StartFailed."""
        if self._kafka is None:
            self._kafka = self._start_kafka()
        return self._kafka

    def mongo(self) -> str:
        """The URI of a replica set of one in a container; raises StartFailed."""
        if self._mongo is None:
            self._mongo = self._start_mongo()
        return self._mongo

    def _start_kafka(self) -> str:
        described = compose_services()["kafka"]
        port = free_ports(1)[0]
        address = f"{LOOPBACK}:{port}"
        settings: dict[str, str] = described["environment"] | {
            "KAFKA_ADVERTISED_LISTENERS": f"INSIDE://localhost:9092,OUTSIDE://{address}"
        }
        self._run(DockerContainer(described["image"], env=settings), OUTSIDE_PORT, port)
        _await("Kafka", lambda: coordinators_loaded(address, _PROBE_GROUPS))
        return address

    def _start_mongo(self) -> str:
        described = compose_services()["mongo"]
        port = free_ports(1)[0]
        # One port inside and outside: the member's name must lead to it from both sides.
        command: list[Any] = [*described["command"], f"--port={port}"]
        self._run(DockerContainer(described["image"]).with_command(command), port, port)
        uri = f"mongodb://{LOOPBACK}:{port}/?replicaSet={REPLICA_SET}"
        if not ensure_primary(uri, START_LIMIT_S):
            raise StartFailed(f"mongod in a container has no primary within {START_LIMIT_S:.0f} s.")
        return uri

    def _run(self, container: DockerContainer, inside: int, outside: int) -> None:
        # Docker takes an address beside the port; the type of `ports` knows the port alone.
        ports = cast("dict[str, Any]", container.ports)
        ports[f"{inside}/tcp"] = (LOOPBACK, outside)
        self._started.append(container)
        container.start()

    def close(self) -> None:
        """Remove the containers and their volumes."""
        while self._started:
            self._started.pop().stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _await(name: str, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while not holds():
        if time.monotonic() > deadline:
            raise StartFailed(f"{name} in a container was not ready within {START_LIMIT_S:.0f} s.")
        time.sleep(POLL_S)

"""The compose file as one project of our own: up, a look at its containers, down."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from payops_local.errors import PlatformError
from payops_local.places import CHECKOUT
from payops_local.ports import LOOPBACK, free_ports
from payops_testing.containers.image_names import COMPOSE_FILE
from payops_testing.containers.steps import run_step

PROJECT = "payops-container-round"
"""Not the file's own name: a platform that somebody runs from it stays untouched."""
COMPOSE_COMMAND = "PAYOPS_COMPOSE"
"""The variable by which a test run is told how to call compose."""
BUILD_LIMIT_S = 900.0
UP_LIMIT_S = 300.0
ASK_LIMIT_S = 60.0
LOG_LINES = 40
PORTS = (
    "GATEWAY",
    "TRANSACTIONS",
    "SUBSCRIPTIONS",
    "CHECKOUT",
    "BILLING",
    "ANALYTICS",
    "KAFKA",
    "MONGO",
    "SMTP",
)


@dataclass(frozen=True)
class ComposeProject:
    """One project on its own ports; `command` is how compose is called."""

    command: Sequence[str]
    ports: Mapping[str, int]

    @classmethod
    def on_free_ports(cls, command: Sequence[str]) -> ComposeProject:
        """A port named in the environment (PAYOPS_GATEWAY_PORT …) is kept."""
        chosen = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        named = {port: os.environ.get(f"PAYOPS_{port}_PORT") for port in PORTS}
        return cls(command, chosen | {port: int(value) for port, value in named.items() if value})

    @property
    def kafka(self) -> str:
        """host:port for a program on this machine."""
        return f"{LOOPBACK}:{self.ports['KAFKA']}"

    @property
    def mongo(self) -> str:
        """URI for a program on this machine, which does not know the member by its name."""
        return f"mongodb://{LOOPBACK}:{self.ports['MONGO']}/?directConnection=true"

    def url(self, service: str) -> str:
        return f"http://{LOOPBACK}:{self.ports[service.upper()]}"

    def build(self) -> None:
        """Raises PlatformError when an image cannot be built."""
        self.run("--profile", "demo", "build", limit_s=BUILD_LIMIT_S)

    def up(self, *services: str) -> None:
        """Start what the file names and wait until all is healthy; raises PlatformError."""
        try:
            self.run(*("--profile", "demo") if services else (), "up", "--detach", "--wait",
                     *services, limit_s=UP_LIMIT_S)  # fmt: skip
        except PlatformError as error:
            raise PlatformError(f"{error}\n{self.logs()}") from error

    def down(self) -> None:
        """Remove the containers, networks and volumes of the project."""
        self.run("--profile", "demo", "down", "--volumes", "--remove-orphans", "--timeout", "20",
                 limit_s=UP_LIMIT_S)  # fmt: skip

    def containers(self) -> list[dict[str, Any]]:
        """All containers as `docker inspect` shows them, those that ended included."""
        ids = self.run("--profile", "demo", "ps", "--all", "--quiet").split()
        inspected = run_step(
            "The containers could not be inspected",
            ["docker", "inspect", *ids],
            limit_s=ASK_LIMIT_S,
        )
        found: list[dict[str, Any]] = json.loads(inspected)
        return found

    def inside(self, service: str, *command: str) -> str:
        """What a command prints that runs in a service's container."""
        return self.run("exec", "--no-TTY", service, *command)

    def logs(self) -> str:
        """The last lines of every container, for a person who looks for a cause."""
        command = [*self._compose(), "--profile", "demo", "logs", "--tail", str(LOG_LINES)]
        return subprocess.run(
            [*command, "--no-color"], env=self._environment(), capture_output=True, text=True,
            timeout=ASK_LIMIT_S, check=False,
        ).stdout  # fmt: skip

    def run(self, *arguments: str, limit_s: float = ASK_LIMIT_S) -> str:
        """One call of compose; raises PlatformError when it fails."""
        return run_step(
            f"`compose {' '.join(arguments[:4])}` failed",
            [*self._compose(), *arguments],
            limit_s=limit_s,
            cwd=CHECKOUT,
            env=self._environment(),
        )

    def _compose(self) -> list[str]:
        return [*self.command, "--file", str(COMPOSE_FILE), "--project-name", PROJECT]

    def _environment(self) -> dict[str, str]:
        named = {f"PAYOPS_{port}_PORT": str(number) for port, number in self.ports.items()}
        return os.environ | named

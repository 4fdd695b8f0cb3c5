"""A Docker engine: the one that answers, else one of our own that ends with us.

Our own runs as root on Debian. It opens no network: no packet filter rule, no forwarding, no
masquerading; ports are published on loopback by its proxy, and containers reach each other on
their bridge alone. All that it stores lies in `.payops/docker`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from payops_local.errors import PlatformError
from payops_local.places import INSTALLED
from payops_local.ports import LOOPBACK
from payops_local.processes import end_process
from payops_local.servers.server import LocalServer
from payops_local.system_packages import install_system_package
from payops_testing.containers.locking import only_one
from payops_testing.containers.mounts import unmount_below
from payops_testing.containers.steps import run_step

DOCKER_FOLDER = INSTALLED / "docker"
ASK_LIMIT_S = 20.0
STOP_LIMIT_S = 40.0
LONGEST_SOCKET_PATH = 107
"""The system's own limit for the path of a Unix socket."""
CONTAINER_NETWORKS = "172.30.0.0/16"
BRIDGE = "payops-docker0"
"""A bridge of our own: the one that an installed engine left behind is not ours to change."""
BRIDGE_ADDRESS = "172.30.255.1/24"
_LONGEST_SOCKET = "exec/containerd/containerd-debug.sock.ttrpc"
_PACKAGES = {
    "dockerd": "docker.io",
    "docker": "docker.io",
    "iptables": "iptables",
    "ip": "iproute2",
}

Say = Callable[[str], None]


@dataclass(frozen=True)
class Engine:
    """An engine that answers at `host` (a DOCKER_HOST value); `own` when we started it."""

    host: str
    own: bool

    def environment(self) -> dict[str, str]:
        """The environment in which docker, compose and testcontainers find this engine."""
        found = os.environ | {"DOCKER_HOST": self.host}
        # The program that removes forgotten test containers is an image to pull; the containers
        # of our own engine end with it.
        return found | {"TESTCONTAINERS_RYUK_DISABLED": "true"} if self.own else found


class OwnEngine(LocalServer):
    """dockerd with its socket, data and state below one folder; no TCP port."""

    def __init__(self, folder: Path = DOCKER_FOLDER) -> None:
        super().__init__("dockerd", folder, ())
        self.host = f"unix://{folder / 'docker.sock'}"

    def prepare(self) -> list[str]:
        folder = self.data_dir
        if len(str(folder / _LONGEST_SOCKET)) > LONGEST_SOCKET_PATH:
            raise PlatformError(
                f"The path {folder} is too long for an engine's sockets: "
                "use a checkout with a shorter path, or start a Docker engine yourself."
            )
        # After a kill the file names a process that is gone, or by now another; the lock of the
        # folder is what keeps a second engine away.
        (folder / "dockerd.pid").unlink(missing_ok=True)
        return [
            *("dockerd", "--host", self.host),
            *("--data-root", str(folder / "data")),
            *("--exec-root", str(folder / "exec")),
            *("--pidfile", str(folder / "dockerd.pid")),
            *("--bridge", BRIDGE),
            *("--default-address-pool", f"base={CONTAINER_NETWORKS},size=24"),
            *("--ip", LOOPBACK, "--ip-forward=false", "--ip-masq=false"),
            *("--iptables=false", "--ip6tables=false"),
        ]

    def environment(self) -> dict[str, str]:
        # dockerd looks for its programs (containerd, iptables) where root's shell would.
        return os.environ | {"PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"}

    def is_ready(self) -> bool:
        return _answers(self.host)

    def launch(self) -> None:
        """Start it on a bridge of its own, after ending what a killed round left."""
        self._child.record.end_survivor()
        self._end_left_containerd()
        _remove_bridge()
        for step in (
            ["link", "add", BRIDGE, "type", "bridge"],
            ["address", "add", BRIDGE_ADDRESS, "dev", BRIDGE],
            ["link", "set", BRIDGE, "up"],
        ):
            run_step("The containers' bridge could not be made", ["ip", *step], limit_s=ASK_LIMIT_S)
        super().launch()

    def _end_left_containerd(self) -> None:
        """dockerd would take one that is just ending for one that serves, and wait in vain."""
        pid_file = self.data_dir / "exec" / "containerd" / "containerd.pid"
        with contextlib.suppress(OSError, ValueError, psutil.Error):
            process = psutil.Process(int(pid_file.read_text(encoding="utf-8")))
            # A process id alone is no identity: only ours is called with our folder's settings.
            if any(str(pid_file.parent) in argument for argument in process.cmdline()):
                end_process(process.pid, STOP_LIMIT_S)
        pid_file.unlink(missing_ok=True)

    def end(self) -> None:
        """Stop the engine with its containers, and take its bridge away."""
        self.stop(STOP_LIMIT_S)
        _remove_bridge()
        unmount_below(self.data_dir)


def _remove_bridge() -> None:
    if Path("/sys/class/net", BRIDGE).exists():
        run_step("The bridge could not be removed", ["ip", "link", "delete", BRIDGE],
                 limit_s=ASK_LIMIT_S)  # fmt: skip


@contextmanager
def docker_engine(say: Say) -> Iterator[Engine]:
    """An engine for as long as the block runs; raises PlatformError where there can be none."""
    found = _answering_host()
    if found is not None:
        say(f"Using the Docker engine that answers at {found}")
        yield Engine(found, own=False)
        return
    _require_programs(say)
    DOCKER_FOLDER.mkdir(parents=True, exist_ok=True)
    with only_one(DOCKER_FOLDER / "engine.lock", "Another container round of this folder runs"):
        engine = OwnEngine()
        say("Starting a Docker engine of our own in .payops/docker (loopback only)")
        try:
            engine.start()
            yield Engine(engine.host, own=True)
        finally:
            say("Stopping our Docker engine (its images stay for the next round)")
            engine.end()


def _answering_host() -> str | None:
    """The address of the engine that the docker command reaches; None when there is none."""
    if shutil.which("docker") is None:
        return None
    host = os.environ.get("DOCKER_HOST") or _said(
        ["docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]
    )
    return host if host and _answers(host) else None


def _answers(host: str) -> bool:
    return bool(_said(["docker", "--host", host, "version", "--format", "{{.Server.Version}}"]))


def _said(command: list[str]) -> str:
    """What a command prints; nothing when it fails or hangs."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=ASK_LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _require_programs(say: Say) -> None:
    for program, package in _PACKAGES.items():
        if _found(program) or (install_system_package(package, say) and _found(program)):
            continue
        raise PlatformError(
            "No Docker engine answers, and one of our own needs root on Debian: start Docker, "
            f"or install it (on Debian: apt-get install {package}) and run this as root."
        )
    if os.geteuid() != 0:
        raise PlatformError(
            "No Docker engine answers, and starting one needs root: start Docker "
            "(systemctl start docker), or run this as root."
        )


def _found(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")

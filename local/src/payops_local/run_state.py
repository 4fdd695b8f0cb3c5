"""What the supervisor notes for the other commands, and the lock that only one can hold."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

from payops_local.errors import PlatformError
from payops_local.places import DataFolder
from payops_local.processes import ProcessRecord

_PRIVATE = 0o600
STARTING, READY, STOPPING = "starting", "ready", "stopping"


@dataclass
class RunState:
    """One start of the platform. `settings` are those that other commands must agree with."""

    phase: str
    port_base: int
    kafka: str
    mongo: str
    external_kafka: bool
    external_mongo: bool
    settings: dict[str, str] = field(default_factory=dict)
    backoffice: bool = True


def read_run_state(data: DataFolder) -> RunState | None:
    """The state of the last start in this folder, None when there was none."""
    try:
        return RunState(**json.loads((data.run / "state.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_run_state(data: DataFolder, state: RunState) -> None:
    path = data.run / "state.json"
    fresh = path.with_suffix(".new")
    fresh.touch(mode=_PRIVATE)  # a server's URI may hold a password
    fresh.write_text(json.dumps(asdict(state), indent=1), encoding="utf-8")
    fresh.replace(path)


def supervisor_record(data: DataFolder) -> ProcessRecord:
    return ProcessRecord(data.run / "supervisor.json")


def process_record(data: DataFolder, name: str) -> ProcessRecord:
    """The record of one process of the platform, servers included."""
    return ProcessRecord(data.run / f"process-{name}.json")


def recorded_names(data: DataFolder) -> list[str]:
    """The names of all processes that a start noted and no stop cleared."""
    return sorted(path.stem.removeprefix("process-") for path in data.run.glob("process-*.json"))


@contextmanager
def sole_supervisor(data: DataFolder) -> Iterator[None]:
    """Hold this folder's lock; raises PlatformError when another supervisor holds it.

    The system frees the lock with the process, however it ends.
    """
    data.run.mkdir(parents=True, exist_ok=True)
    with (data.run / "lock").open("a", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = supervisor_record(data).live_pid()
            raise PlatformError(
                f"The platform already runs from {data.root} (process {pid or 'starting'}): "
                "use it, or stop it first with `./payops down`."
            ) from None
        yield

"""What a Kafka broker and a mongod have in common as child processes under our control."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import signal
import time
from pathlib import Path

from payops_local.errors import DiskFull, StartFailed
from payops_local.ports import require_free
from payops_local.processes import ChildProcess, ProcessRecord

START_LIMIT_S = 90.0
STOP_LIMIT_S = 15.0
READY_POLL_S = 0.05
LEAST_FREE_BYTES = 400 * 1024 * 1024
LOG_TAIL_BYTES = 20_000
LAST_LINE_CHARACTERS = 200
PORT_MEND = "stop it or choose another port"


class LocalServer:
    """One server process of our own on loopback ports.

    Every call blocks and is bounded; from a coroutine use the twins that begin with `a`. A start
    that fails leaves no process behind. Data and its log lie in `data_dir`.
    """

    def __init__(
        self,
        name: str,
        data_dir: Path,
        ports: tuple[int, ...],
        *,
        port_mend: str = PORT_MEND,
        record: ProcessRecord | None = None,
        log_path: Path | None = None,
    ) -> None:
        self.name = name
        self.data_dir = Path(data_dir)
        self._ports = ports
        self._port_mend = port_mend
        self._abandoned = False
        self._child = ChildProcess(
            record or ProcessRecord(self.data_dir / "process.json"),
            log_path or self.data_dir / f"{name}.log",
        )

    # What a server says about itself.

    @property
    def pid(self) -> int | None:
        """The process id, None while the server does not run."""
        return self._child.pid

    @property
    def running(self) -> bool:
        return self._child.running

    @property
    def exit_code(self) -> int | None:
        return self._child.exit_code

    @property
    def log_path(self) -> Path:
        return self._child.log_path

    def prepare(self) -> list[str]:
        """Write the configuration, format the data when new; return the command to run."""
        raise TypeError(f"{type(self).__name__} must define prepare()")

    def is_ready(self) -> bool:
        """One quick look: does the server really serve."""
        raise TypeError(f"{type(self).__name__} must define is_ready()")

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    # What one does to it.

    def start(self, limit_s: float = START_LIMIT_S) -> None:
        """Start and wait until it really serves.

        Raises PortTaken, DiskFull or StartFailed; then nothing is left running. A survivor of an
        earlier run on the same data folder, whose owner was killed, is ended first.
        """
        if self.running:
            return
        self.launch()
        try:
            self.wait_until_ready(limit_s)
        except BaseException:
            self._child.kill()
            raise

    def launch(self) -> None:
        """Start without waiting for readiness; raises as `start` does."""
        self._child.record.end_survivor()
        for port in self._ports:
            require_free(port, self.name, self._port_mend)
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            self.log_path.parent.mkdir(parents=True, exist_ok=True)
            require_room(self.data_dir)
            command = self.prepare()
            self._child.spawn(command, self.environment(), self.data_dir)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise DiskFull(_disk_full(self.data_dir)) from error
            raise StartFailed(f"{self.name} could not be started: {error}.") from error
        if self._abandoned:
            self._child.kill()
            raise StartFailed(f"{self.name} is no longer wanted.")

    def abandon(self) -> None:
        """Kill it, and let no `launch` that is under way in another thread go on."""
        self._abandoned = True
        self._child.kill()

    def wait_until_ready(self, limit_s: float = START_LIMIT_S) -> None:
        """Wait for readiness; raises StartFailed when it ends or takes longer than the limit."""
        deadline = time.monotonic() + limit_s
        while not self.is_ready():
            if not self.running:
                raise self._why_it_ended()
            if time.monotonic() > deadline:
                raise StartFailed(
                    f"{self.name} was not ready within {limit_s:.0f} s: see {self.log_path}."
                )
            time.sleep(READY_POLL_S)

    def stop(self, limit_s: float = STOP_LIMIT_S) -> bool:
        """Stop in order (SIGTERM), by force past the limit; True when no force was needed."""
        return self._child.end(limit_s)

    def kill(self) -> None:
        """SIGKILL: no flush, no goodbye."""
        self._child.kill()

    def pause(self) -> None:
        """SIGSTOP: connections stay open and nothing answers, until `resume`."""
        self._child.signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._child.signal(signal.SIGCONT)

    def restart(self, limit_s: float = START_LIMIT_S) -> None:
        """Stop in order and start on the same data and ports."""
        self.stop()
        self.start(limit_s)

    async def astart(self, limit_s: float = START_LIMIT_S) -> None:
        """`start` without holding up the event loop."""
        await asyncio.to_thread(self.start, limit_s)

    async def astop(self, limit_s: float = STOP_LIMIT_S) -> bool:
        """`stop` without holding up the event loop."""
        return await asyncio.to_thread(self.stop, limit_s)

    async def akill(self) -> None:
        """`kill` without holding up the event loop."""
        await asyncio.to_thread(self.kill)

    async def arestart(self, limit_s: float = START_LIMIT_S) -> None:
        """`restart` without holding up the event loop."""
        await asyncio.to_thread(self.restart, limit_s)

    def _why_it_ended(self) -> StartFailed | DiskFull:
        tail = log_tail(self.log_path)
        if "No space left on device" in tail:
            return DiskFull(_disk_full(self.data_dir))
        return StartFailed(
            f"{self.name} ended at start with code {self.exit_code}: see {self.log_path}"
            f"{last_line(tail)}."
        )


def last_line(tail: str) -> str:
    """The end of a log for a sentence, in brackets; empty when the log is."""
    lines = tail.strip().splitlines()
    return f" (its last line: {lines[-1].strip()[:LAST_LINE_CHARACTERS]})" if lines else ""


def log_tail(path: Path, limit_bytes: int = LOG_TAIL_BYTES) -> str:
    """The end of a log as text, empty when there is none."""
    try:
        with path.open("rb") as log:
            log.seek(0, os.SEEK_END)
            log.seek(max(0, log.tell() - limit_bytes))
            return log.read().decode("utf-8", errors="replace")
    except OSError:
        return ""


def require_room(folder: Path, least_bytes: int = LEAST_FREE_BYTES) -> None:
    """Raise DiskFull unless the disk that holds the folder has the room that a start needs."""
    if shutil.disk_usage(folder).free < least_bytes:
        raise DiskFull(_disk_full(folder))


def _disk_full(folder: Path) -> str:
    return (
        f"The disk that holds {folder} is full: free at least "
        f"{LEAST_FREE_BYTES // 1024 // 1024} MB, or choose another place with --data."
    )

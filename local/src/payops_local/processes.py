"""Child processes that can be found again after everything was killed.

A process id alone is not an identity: the system reuses it. A record therefore keeps the id
together with the process's birth mark, and nothing is ever ended by its name.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from payops_local.errors import PlatformError

ORPHAN_STOP_LIMIT_S = 10.0
KILL_LIMIT_S = 30.0
POLL_S = 0.05
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def birth_mark(pid: int) -> str | None:
    """What tells this process from any other that ever had its id; None when it is gone.

    On Linux it is the boot and the start in clock ticks since then, which a change of the
    wall clock does not move; elsewhere it is the creation time.
    """
    try:
        process = psutil.Process(pid)
        # While threads of it still end, a zombie holds its ports and files.
        if process.status() == psutil.STATUS_ZOMBIE and process.num_threads() <= 1:
            return None
        stat = Path(f"/proc/{pid}/stat")
        if _BOOT_ID.exists() and stat.exists():
            # The command name may hold spaces and brackets: count fields after its last one.
            start_ticks = stat.read_text(encoding="utf-8").rpartition(")")[2].split()[19]
            return f"{_BOOT_ID.read_text(encoding='utf-8').strip()}:{start_ticks}"
        return f"{process.create_time():.2f}"
    except (psutil.Error, OSError, IndexError):
        return None


@dataclass(frozen=True)
class ProcessRecord:
    """A file that names one process by id and birth mark."""

    path: Path

    def write(self, pid: int) -> None:
        """Note the process; durable enough to be read after a kill of everything."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps({"pid": pid, "birth": birth_mark(pid)}), encoding="utf-8")
        fresh.replace(self.path)

    def live_pid(self) -> int | None:
        """The id of the recorded process while that very process still lives, else None."""
        try:
            noted = json.loads(self.path.read_text(encoding="utf-8"))
            pid, birth = int(noted["pid"]), noted["birth"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return pid if birth is not None and birth_mark(pid) == birth else None

    def clear(self) -> None:
        self.path.unlink(missing_ok=True)

    def end_survivor(self, limit_s: float = ORPHAN_STOP_LIMIT_S) -> bool:
        """End the recorded process if it still lives; True when there was one to end."""
        pid = self.live_pid()
        if pid is None:
            self.clear()
            return False
        end_process(pid, limit_s)
        self.clear()
        return True


def end_process(pid: int, limit_s: float) -> None:
    """Ask the process to stop, and kill it when it has not done so within the limit."""
    birth = birth_mark(pid)
    for signal_number, patience_s in ((signal.SIGTERM, limit_s), (signal.SIGKILL, limit_s)):
        if birth is None or birth_mark(pid) != birth:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
            os.kill(pid, signal_number)
        deadline = time.monotonic() + patience_s
        while birth_mark(pid) == birth and time.monotonic() < deadline:
            time.sleep(POLL_S)


class ChildProcess:
    """One child in a session of its own, so that the terminal's Ctrl-C does not reach it.

    Its output goes to `log_path`, its identity to `record`. All calls block; each has a limit.
    """

    def __init__(self, record: ProcessRecord, log_path: Path) -> None:
        self.record = record
        self.log_path = log_path
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The id of the running child, None while it does not run."""
        return self._popen.pid if self._popen is not None and self.running else None

    @property
    def running(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    @property
    def exit_code(self) -> int | None:
        """The exit code of the last run (negative: minus the signal), None while it runs."""
        return self._popen.poll() if self._popen is not None else None

    def spawn(self, command: Sequence[str], env: Mapping[str, str], cwd: Path) -> None:
        """Start the child after ending a survivor of an earlier run that was killed."""
        self.record.end_survivor()
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("ab") as log:
            self._popen = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(env),
                cwd=cwd,
                start_new_session=True,
            )
        self.record.write(self._popen.pid)

    def signal(self, number: signal.Signals) -> None:
        if self._popen is not None and self.running:
            self._popen.send_signal(number)

    def wait(self, limit_s: float) -> bool:
        """Wait for the child's end; False when it still runs after the limit."""
        if self._popen is None:
            return True
        try:
            self._popen.wait(limit_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def end(self, limit_s: float) -> bool:
        """Stop in order, by force past the limit; True when no force was needed."""
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        in_order = self.wait(limit_s)
        if not in_order:
            self.kill()
        self.record.clear()
        return in_order

    def kill(self) -> None:
        """SIGKILL, and wait until the system has let go of the process.

        Raises PlatformError for a process that hangs in the kernel; its record stays.
        """
        self.signal(signal.SIGKILL)
        if not self.wait(KILL_LIMIT_S):
            raise PlatformError(
                f"Process {self.pid} does not end within {KILL_LIMIT_S:.0f} s after a kill: "
                "the disk under it may hang."
            )
        self.record.clear()

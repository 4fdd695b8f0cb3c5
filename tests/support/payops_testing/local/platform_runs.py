"""Runs `payops` calls in processes of their own, with the toy service for a table of services."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from payops_local.ports import is_free
from payops_local.processes import birth_mark

STAND_INS = Path(__file__).parent / "stand_ins"
CALL_LIMIT_S = 120.0
POLL_S = 0.05
PORTS_OF_A_PLATFORM = 100
BASES = range(32_000 - PORTS_OF_A_PLATFORM, 21_000, -PORTS_OF_A_PLATFORM)
USED_OFFSETS = (11, 90, 91, 92, 93)


def free_base() -> int:
    """A port base none of whose ports is taken; each run of the tests begins elsewhere."""
    bases = list(BASES)
    begin = os.getpid() % len(bases)
    for base in bases[begin:] + bases[:begin]:
        if all(is_free(base + offset) for offset in USED_OFFSETS):
            return base
    raise OSError("no free ports for a platform")


class Folder:
    """One platform's data folder, its ports, and the calls on it."""

    def __init__(self, data: Path, **settings: str) -> None:
        self.data = data
        self.base = free_base()
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PAYOPS_")}
        self.env = kept | {
            "PYTHONPATH": str(STAND_INS),
            "PAYOPS_PORT_BASE": str(self.base),
            "PAYOPS_DATA": str(data),
            **settings,
        }

    def command(self, *call: str) -> list[str]:
        return [sys.executable, "-P", "-m", "payops_local", *call]

    def call(self, *call: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Run a call to its end."""
        return subprocess.run(
            self.command(*call),
            env=self.env,
            input=given,
            capture_output=True,
            text=True,
            timeout=CALL_LIMIT_S,
            check=False,
        )

    def begin(self, *call: str) -> subprocess.Popen[str]:
        """Start a call that goes on, its words in `said.txt`."""
        self.data.parent.mkdir(parents=True, exist_ok=True)
        with self.words.open("w") as words:
            return subprocess.Popen(
                self.command(*call), env=self.env, stdout=words, stderr=words, text=True
            )

    @property
    def words(self) -> Path:
        return self.data.with_name(self.data.name + "-said.txt")

    def said(self) -> str:
        """All that the call said which `begin` started."""
        return self.words.read_text() if self.words.exists() else ""

    def status(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.call("status", "--json").stdout)
        return answer

    def pids(self) -> dict[str, int]:
        """Every recorded process that lives, by name."""
        records = [*self.data.glob("run/process-*.json"), *self.data.glob("run/supervisor.json")]
        noted = {each.stem.removeprefix("process-"): _read(each) for each in records}
        return {
            name: record["pid"]
            for name, record in noted.items()
            if record and birth_mark(record["pid"]) == record["birth"]
        }

    def end(self) -> None:
        """End whatever still runs, supervisor first so that it restarts nothing."""
        for name, pid in sorted(self.pids().items(), key=lambda each: each[0] != "supervisor"):
            assert name
            os.kill(pid, signal.SIGKILL)


def _read(path: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return record


def eventually(holds: Callable[[], object], limit_s: float = 60.0, why: str = "") -> None:
    """Look again and again until it holds; fails after the limit."""
    deadline = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < deadline, f"did not come true within {limit_s} s: {why}"
        time.sleep(POLL_S)

"""Runs `payops` calls in processes of their own, with the toy service for a table of services."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from payops_testing.platforms import free_base, kill_all, living

STAND_INS = Path(__file__).parent / "stand_ins"
CALL_LIMIT_S = 240.0
PORTS_OF_A_PLATFORM = 100
BASES = range(32_000 - PORTS_OF_A_PLATFORM, 21_000, -PORTS_OF_A_PLATFORM)
USED_OFFSETS = (11, 12, 13, 14, 90, 91, 92, 93)


class Folder:
    """One platform's data folder, its ports, and the calls on it."""

    def __init__(self, data: Path, **settings: str) -> None:
        self.data = data
        self.base = free_base(BASES, USED_OFFSETS)
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
        return living(self.data)

    def end(self) -> None:
        """End whatever still runs."""
        kill_all(self.data)

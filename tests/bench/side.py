"""A side of a comparison as seen by who compares: a process that is asked for measurements."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.bed import Servers, end_abandoned_runs
from payops_local.servers.server import log_tail

TESTS = Path(__file__).resolve().parents[1]
TURN_LIMIT_S = 300.0
STOP_LIMIT_S = 60.0
OWN_SETTINGS = "PAYOPS_"
LAST_BYTES = 2_000
LAST_LINES = 3


class Side:
    """This bench's code on one checkout's sources, on servers that both sides share.

    ``python`` belongs to an environment that finds that checkout's sources; ``log`` takes what the
    process says meanwhile.
    """

    def __init__(
        self, name: str, checkout: Path, python: Path, log: Path, servers: Servers
    ) -> None:
        self.name = name
        self._checkout = checkout
        self._python = python
        self._log_path = log
        self._servers = json.dumps(asdict(servers))
        self._process: subprocess.Popen[str] | None = None

    def measure(self, measurement: str) -> tuple[dict[str, float], str]:
        """One turn: its figures, and why there are none ("" when there are)."""
        process = self._running()
        # Who is asked and stays silent is ended; then reading its answer ends too.
        limit = threading.Timer(TURN_LIMIT_S, process.kill)
        limit.start()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(measurement + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            limit.cancel()
        if not line:
            self.end()
            words = " / ".join(
                log_tail(self._log_path, LAST_BYTES).strip().splitlines()[-LAST_LINES:]
            )
            return {}, f"its process ended: {words or 'without a word'}"
        answer: dict[str, Any] = json.loads(line)
        return answer["figures"], answer["failed"]

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            kept = {
                key: text for key, text in os.environ.items() if not key.startswith(OWN_SETTINGS)
            }
            with self._log_path.open("ab") as log:
                self._process = subprocess.Popen(
                    [str(self._python), "-P", "-m", "bench.turns", self._servers],
                    cwd=self._checkout,
                    env=kept | {"PYTHONPATH": str(TESTS)},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                )
        return self._process

    def end(self) -> None:
        """End the process with the services it started; the next turn would begin a new one."""
        process, self._process = self._process, None
        if process is None:
            return
        try:
            process.communicate(timeout=STOP_LIMIT_S)
        except (subprocess.TimeoutExpired, BrokenPipeError):
            process.kill()
            process.wait()
        end_abandoned_runs(self._checkout / ".payops" / "bench")

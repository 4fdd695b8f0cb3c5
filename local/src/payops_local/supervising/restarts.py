"""When a process that died is started again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from payops_local.errors import PlatformError
from payops_local.servers.server import LocalServer

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 30.0
STEADY_AFTER_S = 60.0


@dataclass
class Backoff:
    """Delays that double up to a limit, and begin anew after a run that lasted."""

    failures: int = 0

    def next_delay_s(self, ran_for_s: float) -> float:
        """The delay after a run of that length that ended by itself."""
        self.failures = 1 if ran_for_s >= STEADY_AFTER_S else self.failures + 1
        return min(FIRST_DELAY_S * 2.0 ** (self.failures - 1), LONGEST_DELAY_S)


@dataclass
class Watched:
    """One process under watch: `look` notices its end, and starts it again when due."""

    process: LocalServer
    say: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    restarts: int = 0
    backoff: Backoff = field(default_factory=Backoff)
    _started_at: float = 0.0
    _due_at: float | None = None

    def __post_init__(self) -> None:
        self._started_at = self.clock()

    def look(self) -> None:
        """Notice an end, or start again when the delay is over; never raises PlatformError."""
        if self.process.running:
            return
        now = self.clock()
        if self._due_at is None:
            self._plan(f"{self.process.name} ended ({_how(self.process.exit_code)})", now)
        elif now >= self._due_at:
            self._start_again(now)

    def _plan(self, what: str, now: float) -> None:
        delay_s = self.backoff.next_delay_s(now - self._started_at)
        self._due_at = now + delay_s
        self.say(f"{what}; starting it again in {delay_s:g} s. Its log: {self.process.log_path}")

    def _start_again(self, now: float) -> None:
        self._started_at = now
        self._due_at = None
        self.restarts += 1
        try:
            self.process.launch()
        except PlatformError as error:
            self._plan(str(error).rstrip("."), now)
        else:
            self.say(f"{self.process.name} started again (process {self.process.pid})")


def _how(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return f"killed by signal {-exit_code}"
    return f"exit code {exit_code}"

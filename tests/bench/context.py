"""What every measurement is handed."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field

from bench.bed import Bed
from bench.results import Results
from bench.volumes import Volumes


@dataclass
class Bench:
    """One run of the benchmark."""

    volumes: Volumes
    bed: Bed
    results: Results = field(default_factory=Results)
    began: float = field(default_factory=time.monotonic)
    raw_best: tuple[int, int] = (1_000, 4)
    """The slice size and the number side by side at which raw transactions were fastest."""

    def say(self, text: str) -> None:
        """A progress line on standard error."""
        sys.stderr.write(f"bench {time.monotonic() - self.began:6.1f} s  {text}\n")
        sys.stderr.flush()

    @property
    def left_s(self) -> float:
        """Seconds until the run's limit."""
        return self.volumes.limit_s - (time.monotonic() - self.began)

"""CPU seconds and memory of other processes."""

from __future__ import annotations

import os
from collections.abc import Mapping

import psutil

Pids = Mapping[str, int | None]
"""Process ids by name; None for what does not run."""

BENCH = "bench"
OTHERS = "others"


class CpuMeter:
    """Measures user and system seconds of named processes, and of all others, from its making on.

    The benchmark's own process is always among the named ones. ``others`` tells how far a figure
    was disturbed.
    """

    def __init__(self, pids: Pids) -> None:
        self._processes = {
            name: psutil.Process(pid) for name, pid in pids.items() if pid is not None
        }
        self._processes[BENCH] = psutil.Process(os.getpid())
        self._before = {name: _seconds(each) for name, each in self._processes.items()}
        self._busy_before = _busy_seconds()

    def taken(self) -> dict[str, float]:
        """CPU seconds since the beginning, by name."""
        taken = {
            name: round(_seconds(each) - self._before[name], 3)
            for name, each in self._processes.items()
        }
        others = _busy_seconds() - self._busy_before - sum(taken.values())
        return taken | {OTHERS: round(max(0.0, others), 3)}

    def memory_mib(self) -> dict[str, float]:
        """Resident memory now, by name."""
        return {
            name: round(each.memory_info().rss / 1024**2, 1)
            for name, each in self._processes.items()
        }


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _busy_seconds() -> float:
    """CPU seconds of the whole machine that were not idle."""
    times = psutil.cpu_times()
    waiting = getattr(times, "iowait", 0.0)
    return float(sum(times[:8]) - times.idle - waiting)

"""CPU seconds and memory of other processes."""

from __future__ import annotations

from collections.abc import Mapping

import psutil


class CpuMeter:
    """Measures user and system seconds of named processes from its making on."""

    def __init__(self, pids: Mapping[str, int | None]) -> None:
        self._processes = {
            name: psutil.Process(pid) for name, pid in pids.items() if pid is not None
        }
        self._before = {name: _seconds(each) for name, each in self._processes.items()}

    def taken(self) -> dict[str, float]:
        """CPU seconds since the beginning, by name."""
        return {
            name: round(_seconds(each) - self._before[name], 3)
            for name, each in self._processes.items()
        }

    def memory_mib(self) -> dict[str, float]:
        """Resident memory now, by name."""
        return {
            name: round(each.memory_info().rss / 1024**2, 1)
            for name, each in self._processes.items()
        }


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)

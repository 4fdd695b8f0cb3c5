"""A platform from outside: its ports, its processes by their records, and what becomes true."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from payops_kernel.testing import SLOW_MACHINE
from payops_local.ports import is_free
from payops_local.processes import birth_mark

T = TypeVar("T")

POLL_S = 0.05


def eventually(look: Callable[[], T], limit_s: float = 60.0, why: str = "") -> T:
    """What ``look`` gives as soon as it is true; fails past the limit of a quiet machine.

    A look that raises ``AssertionError`` is one that does not hold yet.
    """
    limit_s *= SLOW_MACHINE
    deadline = time.monotonic() + limit_s
    while True:
        try:
            seen = look()
            assert seen, f"not within {limit_s:g} s: {why}; last seen {seen!r}"
            return seen
        except AssertionError:
            if time.monotonic() > deadline:
                raise
        time.sleep(POLL_S)


def free_base(bases: Sequence[int], offsets: Sequence[int]) -> int:
    """A port base with all its ports free; runs side by side begin at different ones."""
    begin = os.getpid() * 37 % len(bases)
    for base in (*bases[begin:], *bases[:begin]):
        if all(is_free(base + offset) for offset in offsets):
            return base
    raise OSError("no free ports for a platform")


def living(data: Path) -> dict[str, int]:
    """Every recorded process of a platform that lives, by the name in its record."""
    found = {}
    for path in data.glob("run/*.json"):
        record = _record(path)
        if "pid" in record and birth_mark(record["pid"]) == record["birth"]:
            found[path.stem.removeprefix("process-")] = int(record["pid"])
    return found


def kill_all(data: Path) -> None:
    """``kill -9`` of whatever still runs, the supervisor first so that it restarts nothing."""
    for _, pid in sorted(living(data).items(), key=lambda each: each[0] != "supervisor"):
        os.kill(pid, signal.SIGKILL)


def _record(path: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record

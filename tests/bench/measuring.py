"""One measurement at a time: within its limits, its pace noted, what failed named and no more."""

from __future__ import annotations

import asyncio
import contextlib

from bench.context import Bench
from bench.pace import pace
from bench.registry import Measurement
from bench.results import NotMeasured


async def measure_one(bench: Bench, each: Measurement, *, short: bool) -> None:
    """Add its figures to the run's results, or a sentence that says why there are none."""
    bench.results.group = each.title
    if bench.left_s <= 0:
        bench.results.not_measured[each.title] = "the run's time was used up before it began"
        return
    bench.say(each.title)
    before = pace()
    try:
        async with asyncio.timeout(min(each.limit_s(short=short), bench.left_s)):
            await each.measure(bench)
    except Exception as error:  # noqa: BLE001 - one that fails must not cost the others
        bench.results.not_measured[each.title] = _why(error)
        bench.say(f"  not measured: {_why(error)}")
        for line in bench.bed.last_words():
            bench.say(f"    {line}")
        with contextlib.suppress(Exception):
            await asyncio.to_thread(bench.bed.end_servers)
    bench.results.paces[each.title] = (before + pace()) / 2


def _why(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(_why(each) for each in error.exceptions)
    if isinstance(error, NotMeasured):
        return f"{error}."
    if isinstance(error, TimeoutError):
        return "it took longer than its limit."
    return f"{type(error).__name__}: {error}"

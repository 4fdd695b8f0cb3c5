"""Waiting for something to become true, within a limit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from bench.results import NotMeasured

LOOK_SECONDS = 0.025
"""A look costs the machine that is measured a millisecond; and a round takes seconds."""


async def until(
    what: str,
    look: Callable[[], Awaitable[bool]],
    limit_s: float,
    every_s: float = LOOK_SECONDS,
) -> float:
    """Look until it is true; return that instant (monotonic seconds).

    Raises :class:`NotMeasured` past the limit.
    """
    end = time.monotonic() + limit_s
    while True:
        if await look():
            return time.monotonic()
        if time.monotonic() > end:
            raise NotMeasured(f"{what} did not happen within {limit_s:.0f} s")
        await asyncio.sleep(every_s)

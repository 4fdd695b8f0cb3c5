"""Waiting in tests: by looking again until a deadline, never by sleeping and hoping."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

T = TypeVar("T")

POLL_SECONDS = 0.05
DEADLINE_SECONDS = 10.0
SLOW_MACHINE = 3.0
"""Times its deadline a look is given: patience costs only the test that fails."""


@overload
async def eventually(
    look: Callable[[], Awaitable[T]],
    deadline: float = DEADLINE_SECONDS,
    *,
    every: float = POLL_SECONDS,
    until: Callable[[T], bool] = bool,
) -> T: ...


@overload
async def eventually(
    look: Callable[[], T],
    deadline: float = DEADLINE_SECONDS,
    *,
    every: float = POLL_SECONDS,
    until: Callable[[T], bool] = bool,
) -> T: ...


async def eventually(
    look: Callable[[], Any],
    deadline: float = DEADLINE_SECONDS,
    *,
    every: float = POLL_SECONDS,
    until: Callable[[Any], bool] = bool,
) -> Any:
    """What ``look`` gives, as soon as ``until`` accepts it (default: it is true).

    A look that raises ``AssertionError`` is one that does not hold yet. Past ``deadline`` seconds
    of a quiet machine the last such error comes out, or one that shows what was seen last.
    """
    end = time.monotonic() + (deadline := deadline * SLOW_MACHINE)
    while True:
        try:
            seen = look()
            value = await seen if inspect.isawaitable(seen) else seen
            if until(value):
                return value
            raise AssertionError(f"not within {deadline:g} s; last seen: {value!r}")
        except AssertionError:
            if time.monotonic() > end:
                raise
        await asyncio.sleep(every)

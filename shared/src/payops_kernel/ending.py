"""Ends what runs beside, within limits: a cancellation can get lost on its way.

Python 3.11's ``asyncio.wait_for`` returns a result that comes in the same turn of the loop as a
cancellation, and forgets the cancellation; aiokafka and PyMongo swallow some, too. A loop that
lost its one cancellation goes on for ever, and so would the stop that waits for it. Tasks inside a
``TaskGroup`` are cancelled once only: of those that lose it the stop gives up.
"""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

from payops_kernel.logging import get_logger

AGAIN_SECONDS = 3.0
TRIES_MAX = 3

log = get_logger(__name__)


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait until they have ended; again, should one go on, then give it up.

    What they raise is not raised.
    """
    left = set(tasks)
    for _ in range(TRIES_MAX):
        for task in left:
            task.add_done_callback(_seen)
            task.cancel()
        if left:
            _, left = await asyncio.wait(left, timeout=AGAIN_SECONDS)
    if left:
        log.error("ending.given_up", tasks=sorted(task.get_name() for task in left))


async def close_within(seconds: float, closing: Coroutine[Any, Any, None]) -> None:
    """Wait for the closing of a client, not longer than ``seconds``; what it raises is logged."""
    # A task of its own: a cancellation of the caller's that aiokafka swallows would be lost.
    task = asyncio.create_task(closing)
    task.add_done_callback(_seen)
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        task.cancel()


def _seen(task: asyncio.Task[Any]) -> None:
    error = None if task.cancelled() else task.exception()
    if error is not None:
        log.debug("ending.raised", error=f"{type(error).__name__}: {error}"[:200])

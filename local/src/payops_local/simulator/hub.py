"""Tells the timelines: publishes each event when its time has come, and survives a broker's
absence.

While nobody answers, time goes on and the hub catches up afterwards, but never with more than
:data:`CATCH_UP_S` of it: what a longer absence would have brought is not told at all.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import time
from collections.abc import Callable, Iterator
from random import Random
from typing import Protocol

import orjson

from payops_kernel.logging import get_logger
from payops_kernel.mongo.transactions import retry_delay
from payops_local.errors import PlatformError
from payops_local.event_publisher import EventPublisher, message
from payops_local.simulator.checkout import Checkout
from payops_local.simulator.scenarios import Scenario, Telling

TICK_S = 0.25
CATCH_UP_S = 60.0
CHUNK_EVENTS = 2_000
LOG_EVERY_S = 60.0

log = get_logger(__name__)


class Tells(Protocol):
    """Somebody who has something to tell when its time has come."""

    def due(self, now: float) -> list[Telling]:
        """What is to be told by now, at most :data:`CHUNK_EVENTS`, in order."""
        ...

    def told(self) -> None:
        """All that ``due`` gave is on the broker."""
        ...


class Hub:
    """Plots side by side, told in the order of time."""

    def __init__(
        self,
        scenarios: dict[str, Scenario],
        seed: int,
        start: float,
        withholds: Callable[[Telling], bool] = lambda _: False,
    ) -> None:
        """``withholds``: whether something is not told after all, asked when its time has come."""
        self._withholds = withholds
        self._due: list[Telling] = []
        self._next: dict[str, tuple[float, list[Telling]]] = {}
        self._timelines: dict[str, Iterator[tuple[float, list[Telling]]]] = {}
        self._scenarios, self._seed = scenarios, seed
        for name in scenarios:
            self._begin(name, start)

    def _begin(self, name: str, start: float) -> None:
        # Each scenario has a chance of its own, so that a new one changes no other's timelines.
        random = Random(f"{self._seed}/{start}/{name}")  # noqa: S311 - play, not a secret
        self._timelines[name] = self._scenarios[name].timelines(start, random)
        self._advance(name)

    def due(self, now: float) -> list[Telling]:
        """What is to be told by now, at most :data:`CHUNK_EVENTS`, in order."""
        self._begin_timelines(now)
        tellings: list[Telling] = []
        while self._due and self._due[0].at <= now and len(tellings) < CHUNK_EVENTS:
            telling = heapq.heappop(self._due)
            if not self._withholds(telling):
                tellings.append(telling)
        return tellings

    def told(self) -> None:
        """A timeline that was told needs nothing more."""

    def _begin_timelines(self, now: float) -> None:
        for name in tuple(self._next):
            if self._next[name][0] < now - CATCH_UP_S:
                self._begin(name, round(now - CATCH_UP_S, 3))
            while name in self._next and self._next[name][0] <= now:
                _, tellings = self._next[name]
                self._advance(name)
                for telling in tellings:
                    heapq.heappush(self._due, telling)
                if len(self._due) > 2 * CHUNK_EVENTS:
                    return  # the rest begins with the next chunk

    def _advance(self, name: str) -> None:
        following = next(self._timelines[name], None)
        if following is None:
            self._next.pop(name, None)
        else:
            self._next[name] = following


async def tell(
    teller: Tells,
    publisher: EventPublisher,
    stopping: asyncio.Event,
    now: Callable[[], float] = time.time,
    checkout: Checkout | None = None,
) -> None:
    """Publish what is due, tick after tick, until ``stopping``; payments with the pairs that the
    checkout offers, where there is one.
    """
    logged_at, logged = time.monotonic(), 0
    while not stopping.is_set():
        tellings = teller.due(now())
        told = tellings if checkout is None else await checkout.through(tellings)
        if told and await published(publisher, told, stopping):
            teller.told()
        if time.monotonic() - logged_at >= LOG_EVERY_S:
            who = type(teller).__name__
            log.info("simulator.published", who=who, events=publisher.published - logged)
            logged_at, logged = time.monotonic(), publisher.published
        if len(tellings) < CHUNK_EVENTS:
            await wait(stopping, TICK_S)


async def published(
    publisher: EventPublisher, tellings: list[Telling], stopping: asyncio.Event
) -> bool:
    """Publish these, however long the broker is away; False when it was time to stop first."""
    messages = [
        message(each.topic, str(each.event["subject"]), orjson.dumps(each.event))
        for each in tellings
    ]
    attempt = 0
    while not stopping.is_set():
        try:
            await publisher.send(messages)
            await publisher.flush()
        except PlatformError as silent:
            log.warning("simulator.waits", why=str(silent))
            await wait(stopping, retry_delay(attempt))
            attempt += 1
        else:
            return True
    return False


async def wait(stopping: asyncio.Event, seconds: float) -> None:
    """Return after so long, or at once when it is time to stop."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stopping.wait()

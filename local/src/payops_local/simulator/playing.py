"""Plays the hub's history: the past at once, but no faster than its readers read, then the present
at its own pace.

How far it was told is kept after each chunk (`told_until.py`). After a kill the last chunk is told
again, under the same ids. What a platform that was down has missed is told when it is up again.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from aiokafka.errors import KafkaError

from payops_kernel.logging import get_logger
from payops_kernel.mongo.transactions import retry_delay
from payops_local.event_publisher import EventPublisher
from payops_local.simulator.aftermath import Aftermath
from payops_local.simulator.charges import ChargeScenario
from payops_local.simulator.checkout import Checkout
from payops_local.simulator.customers import Customers
from payops_local.simulator.ends import Ends
from payops_local.simulator.history import History, begin_of
from payops_local.simulator.hub import TICK_S, published, wait
from payops_local.simulator.members import Members
from payops_local.simulator.past_charges import PastCharges
from payops_local.simulator.past_subscriptions import PastSubscriptions
from payops_local.simulator.payments import PaymentScenario
from payops_local.simulator.playing_notice import Played, PlayingNotice
from payops_local.simulator.readers import LAG_MAX, Readers
from payops_local.simulator.rhythm import DAY_S, Rhythm
from payops_local.simulator.scenarios import Telling
from payops_local.simulator.subscription_courses import Courses
from payops_local.simulator.told_until import Told, ToldUntil

LONGEST_STORY = timedelta(days=70)
"""Nothing is told of a payment or a charge later than that."""
WORTH_SAYING_DAYS = 3
"""Fewer are told without a word: a night or a weekend in which the platform was down."""
CHUNK = 1_000
CHUNK_TAKES_S = 0.5
"""The least time of a chunk: what readers say of their lag is up to a second old."""

log = get_logger(__name__)


def history_of(told: Told) -> History:
    """The history that a note is about."""
    aftermath = Aftermath(
        told.seed,
        external_refund=0.035,
        dispute=0.006,
        refused_refund=0.006,
        after_seconds=(3_600.0, 20 * DAY_S),
        lasts_seconds=(6 * 3_600.0, 25 * DAY_S),
        pending_first=0.3,
    )
    customers = Customers(told.seed, told.customers)
    payments = PaymentScenario(customers, 0.0, told.seed, aftermath)
    zone = ZoneInfo(told.zone)
    rhythm = Rhythm(told.per_day, told.anchor, zone)
    charges = ChargeScenario(Members(customers, told.seed), 0.0, told.seed, zone)
    past_charges = PastCharges(charges, rhythm, told.driven_from)
    since = begin_of(rhythm, told.days)
    courses = Courses(payments, told.anchor)
    subscriptions = PastSubscriptions(courses, customers, rhythm, since)
    return History(payments, past_charges, subscriptions, rhythm, told.days)


class Days:
    """What a history's days bring, from ``told_until`` on."""

    def __init__(self, history: History, told_until: float) -> None:
        self.history, self._from = history, told_until
        self._day = max(history.first_day, history.rhythm.day(told_until) - LONGEST_STORY)
        self._next_day_at = history.rhythm.bounds(self._day)[0]
        self._due: list[Telling] = []
        self._handed: list[Telling] = []
        self.told_until = told_until

    def due(self, now: float) -> list[Telling]:
        """What is to be told by now, at most :data:`CHUNK`, in the order of the instants."""
        self._handed = []
        while len(self._handed) < CHUNK:
            if self._due and self._due[0].at <= min(now, self._next_day_at):
                self._handed.append(heapq.heappop(self._due))
            elif self._next_day_at <= now:
                self._take_day()
            else:
                break
        return self._handed

    def told(self) -> None:
        """What ``due`` gave is on the broker."""
        if self._handed:
            self.told_until = self._handed[-1].at

    def _take_day(self) -> None:
        first = self.history.begin
        for begin, tellings in self.history.stories(self._day):
            for telling in tellings:
                # What was told at that very instant is told again rather than left out.
                if begin >= first and telling.at >= self._from:
                    heapq.heappush(self._due, telling)
        self._day += timedelta(days=1)
        self._next_day_at = self.history.rhythm.bounds(self._day)[0]


@dataclass(frozen=True, slots=True)
class Stage:
    """What a play needs around it."""

    publisher: EventPublisher
    readers: Readers
    notice: PlayingNotice
    stopping: asyncio.Event
    ends: Ends
    checkout: Checkout | None = None
    """Which pairs the payments that are made now are offered, where anybody says it."""
    noted: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once it is kept what the history is: from then on others may tell beside it."""
    past_told: asyncio.Future[Told] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    """The history's note, once its past is told."""
    now: Callable[[], float] = time.time


async def play(address: str, begin: Told, stage: Stage) -> None:
    """Tell the history that was begun, or ``begin`` when nobody ever told anything upstream; on
    into the present, for ever. Survives a broker's absence.
    """
    attempt = 0
    while not stage.stopping.is_set():
        try:
            async with ToldUntil(address) as kept:
                await _play(kept, begin, stage)
            return
        except (KafkaError, OSError, TimeoutError) as error:
            log.warning("simulator.history_waits", why=str(error) or type(error).__name__)
            await wait(stage.stopping, retry_delay(attempt))
            attempt += 1
        finally:
            stage.notice.take_away()
    stage.noted.set()  # or whoever waits for it would not stop


async def _play(kept: ToldUntil, begin: Told, stage: Stage) -> None:
    told = await kept.read()
    if told is None:
        # A log that others wrote to gets no past, which would stand among theirs.
        told = (
            begin
            if await kept.log_is_empty()
            else replace(begin, days=0, until=begin.anchor, driven_from=None)
        )
        await kept.keep(told)
    stage.noted.set()
    await stage.ends.known.wait()
    history = history_of(told)
    days, now = Days(history, told.until), stage.now()
    if history.day_number(now) - history.day_number(told.until) >= WORTH_SAYING_DAYS:
        await _catch_up(kept, told, days, now, stage)
    if not stage.past_told.done():
        stage.past_told.set_result(told)
    while not stage.stopping.is_set():
        await _tell_chunk(kept, told, days, stage.now(), stage)
        await wait(stage.stopping, TICK_S)


async def _catch_up(kept: ToldUntil, told: Told, days: Days, end: float, stage: Stage) -> None:
    """Tell the past until ``end``, at the pace of its readers, and say how far it is."""
    total = days.history.day_number(end)

    def show() -> None:
        stage.notice.show(Played(days.history.day_number(days.told_until), total))

    show()
    await stage.readers.ready(stage.stopping)
    log.info("simulator.history_begins", days=total, told_until=told.until)
    while not stage.stopping.is_set() and await _tell_chunk(kept, told, days, end, stage):
        show()
        await wait(stage.stopping, CHUNK_TAKES_S)
        await stage.readers.caught_up(LAG_MAX, stage.stopping)
    await stage.readers.caught_up(0, stage.stopping)
    if told.driven_from is None:
        stage.notice.take_away()


async def _tell_chunk(kept: ToldUntil, told: Told, days: Days, now: float, stage: Stage) -> bool:
    """Tell what is due, a chunk at most, and keep how far it is; False when nothing is due."""
    chunk = days.due(now)
    told_now = [each for each in chunk if not stage.ends.withholds(each)]
    if stage.checkout is not None:
        told_now = await stage.checkout.through(told_now)
    if chunk and await published(stage.publisher, told_now, stage.stopping):
        days.told()
        await kept.keep(replace(told, until=days.told_until))
    return bool(chunk)

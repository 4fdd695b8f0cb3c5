"""The days that PayOps itself collects: the clock of billing-debits is driven from one fixed time
to the next, charges are raised before each, and what it asks the processor is answered at once.

Where it stands is the clock's own document: who is killed goes on from there, and tells the charges
until then again, under the same ids.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as wall_time
from typing import Any

from payops_kernel.logging import get_logger
from payops_local.driven_clock import SERVICE, DrivenClock
from payops_local.event_publisher import EventPublisher
from payops_local.simulator.closing import close_cycles
from payops_local.simulator.hub import published
from payops_local.simulator.past_charges import PastCharges
from payops_local.simulator.playing import CHUNK, Stage, history_of
from payops_local.simulator.playing_notice import Played
from payops_local.simulator.responder import Responder
from payops_local.simulator.rhythm import DAY_S
from payops_local.simulator.scenarios import Telling
from payops_local.simulator.seeded_user import SeededUser
from payops_local.simulator.told_until import Told

MORNING, EVENING = wall_time(6), wall_time(18)
"""When billing-debits builds batches."""
FOLLOWING_DAYS = (0, 1, 4, 11)
"""After a debit its retries, as the policy adds them up."""
ASKED_WITHIN_S, QUIET_S, LOOK_S = 6.0, 1.2, 0.2
"""How long a step waits for commands, how long nothing more has come when it is over."""

CLOCK_IS_READ_S = 2.0
"""After so long every service has seen where the clock stands."""

log = get_logger(__name__)


def steps(charges: PastCharges) -> list[float]:
    """The fixed times at which something is due, as instants before the anchor."""
    if charges.driven_from is None:
        return []
    rhythm, found = charges.rhythm, set[float]()
    for day in _days(charges):
        starts = [EVENING] if charges.exceeds(day) else []
        starts += [MORNING] if day.day == 1 else []
        for at in starts:
            for later in FOLLOWING_DAYS:
                on = datetime.combine(day + timedelta(days=later), at, rhythm.zone)
                found.add(on.timestamp() + 1)
    return sorted(at for at in found if charges.driven_from < at < rhythm.anchor)


def tellings(charges: PastCharges) -> list[Telling]:
    """All that is told of driven charges, in the order of the instants."""
    told = [
        telling
        for day in _days(charges)
        for begin, story in charges.stories(day)
        if charges.driven(begin)
        for telling in story
        if telling.at < charges.rhythm.anchor
    ]
    return sorted(told)


def _days(charges: PastCharges) -> Iterator[date]:
    rhythm = charges.rhythm
    day = rhythm.day(charges.driven_from or rhythm.anchor)
    while day <= rhythm.day(rhythm.anchor):
        yield day
        day += timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DrivenPast:
    """What it takes to play them."""

    clock: DrivenClock
    publisher: EventPublisher
    processor: Responder[Any]
    stage: Stage
    approver: SeededUser | None = None
    """Who closes the cycles of the past, when it is over."""

    async def play(self, told: Told) -> None:
        """From where the clock stands until the anchor; then the clock is real again."""
        charges = history_of(told).charges
        stands = await self.clock.stands_at()
        if stands is None or charges.driven_from is None:
            await self.clock.real_again()
            self.stage.notice.take_away()
            return
        waiting, all_steps = tellings(charges), steps(charges)
        total = round((charges.rhythm.anchor - charges.driven_from) / DAY_S)
        log.info("simulator.driven_begins", steps=len(all_steps), stands_at=stands)
        for at in all_steps:
            if self.stage.stopping.is_set():
                return
            waiting = await self._tell(waiting, at)
            if at > stands:
                days = round((at - charges.driven_from) / DAY_S)
                self.stage.notice.show(Played(days, total))
                await self.stage.readers.caught_up(0, self.stage.stopping)
                await self._step(at)
        await self._tell(waiting, charges.rhythm.anchor)
        await self.clock.real_again()
        if self.approver is not None:
            await asyncio.sleep(CLOCK_IS_READ_S)  # or cycles were closed in the past
            await close_cycles(self.approver, self.stage.stopping)
        self.stage.notice.take_away()
        log.info("simulator.driven_over", service=SERVICE)

    async def _tell(self, waiting: list[Telling], until: float) -> list[Telling]:
        due = [each for each in waiting if each.at <= until]
        for start in range(0, len(due), CHUNK):
            await published(self.publisher, due[start : start + CHUNK], self.stage.stopping)
        return waiting[len(due) :]

    async def _step(self, at: float) -> None:
        """Let it be that instant, until all that was asked for then is answered and read."""
        seen = self.processor.taken
        await self.clock.stand_at(at)
        changed_at, end = time.monotonic(), time.monotonic() + ASKED_WITHIN_S
        before = seen
        while not self.stage.stopping.is_set():
            await asyncio.sleep(LOOK_S)
            now, taken = time.monotonic(), self.processor.taken
            if taken != seen:
                seen, changed_at = taken, now
            if seen == before and now > end:
                break
            if (
                seen != before
                and now - changed_at > QUIET_S
                and not self.processor.overdue(time.time())
            ):
                break
        await self.stage.readers.caught_up(0, self.stage.stopping)

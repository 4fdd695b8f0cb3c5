"""The charges of a history's days: many when a billing cycle has ended, few in between.

What settlement raised before the anchor it had tried to collect itself. What it did not get for
lack of money was paid in another way or withdrawn, but for the last days before the anchor: those
wait for their retries.

From ``driven_from`` on nobody has tried before: those days are played with the clock of
billing-debits driven, and PayOps itself collects them (``driven_past.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from payops_contracts.charges import ChargeType
from payops_local.simulator.charges import LIVE, ChargeScenario, Course, last_cycle
from payops_local.simulator.members import Member
from payops_local.simulator.payments import run_name
from payops_local.simulator.rhythm import DAY_S, Rhythm
from payops_local.simulator.scenarios import Story

OF_THE_MEMBERS = 0.27
"""Share of the members who owe something at the end of a cycle."""
CYCLE_ENDS_HOURS = (2.0, 5.0)
"""When, on the first of the next month, settlement raises what a cycle brought."""
LIMITS_A_DAY = 0.25
RECENT_LIMITS_A_DAY = 2.0
"""How often a limit is exceeded; more often lately, so that a new demo has retries to show."""
RECENT_DAYS = 14
ENDED_SECONDS = (3_600.0, 3 * DAY_S)
PAST = Course(tried=1.0, failed=0.25, ended=1.0, ended_seconds=ENDED_SECONDS)
DRIVEN = Course(tried=0.0, failed=0.0, ended=0.02, ended_seconds=ENDED_SECONDS)
DRIVEN_OF_THE_MEMBERS = 0.6
EVERY_DAYS, LIMITS_OF_A_DAY, LIMITS_HOURS = 5, 14, (6.5, 17.5)
"""In driven days limits are exceeded on every fifth day, in its working hours."""
RECENT = Course(tried=1.0, failed=0.4, ended=0.2, ended_seconds=ENDED_SECONDS)

_Begin = tuple[ChargeType, Member, float]


@dataclass(frozen=True, slots=True)
class PastCharges:
    """Charges by day, from the seed, the anchor and the day alone."""

    scenario: ChargeScenario
    rhythm: Rhythm
    driven_from: float | None = None
    """From this instant until the anchor charges are played with the clock driven."""

    def driven(self, at: float) -> bool:
        """Whether a charge that begins then is."""
        return self.driven_from is not None and self.driven_from <= at < self.rhythm.anchor

    def stories(self, day: date) -> list[Story]:
        """A day's charges, in no order."""
        name = f"{self.scenario.seed}/{self.rhythm.anchor}/{day}/charges"
        random = Random(name)  # noqa: S311 - play, not a secret
        stories: list[Story] = []
        for kind, member, at in [*self._cycle_end(day, random), *self._limits(day, random)]:
            key = f"SIM-{self._run}-{day:%y%m%d}-C{len(stories):03d}"
            course = self._course(day, at)
            cycle = last_cycle(day)
            told = self.scenario.tellings(key, kind, member, at, course, random, cycle)
            stories.append((at, told))
        return stories

    @property
    def _run(self) -> str:
        return run_name(self.scenario.seed, self.rhythm.anchor)

    def _recent(self, day: date) -> bool:
        return (self.rhythm.day(self.rhythm.anchor) - day).days <= RECENT_DAYS

    def _course(self, day: date, at: float) -> Course:
        if at > self.rhythm.anchor:
            return LIVE
        if self.driven(at):
            return DRIVEN
        return RECENT if self._recent(day) else PAST

    def _cycle_end(self, day: date, random: Random) -> list[_Begin]:
        if day.day != 1:
            return []
        midnight = self.rhythm.bounds(day)[0]
        return [
            (
                ChargeType.END_OF_BILLING_CYCLE,
                member,
                midnight + 3_600 * random.uniform(*CYCLE_ENDS_HOURS),
            )
            for member in self.scenario.members.everybody()
            if random.random()
            < (DRIVEN_OF_THE_MEMBERS if self.driven(midnight) else OF_THE_MEMBERS)
        ]

    def _limits(self, day: date, random: Random) -> list[_Begin]:
        at, end = self.rhythm.bounds(day)
        if self.driven(at):
            return self._driven_limits(day, at, random)
        rate = (RECENT_LIMITS_A_DAY if self._recent(day) else LIMITS_A_DAY) / DAY_S
        begins: list[_Begin] = []
        while (at := at + random.expovariate(rate)) < end:
            begins.append((ChargeType.LIMIT_EXCEED, self.scenario.members.pick(random), at))
        return begins

    def _driven_limits(self, day: date, midnight: float, random: Random) -> list[_Begin]:
        if not self.exceeds(day):
            return []
        hours = [random.uniform(*LIMITS_HOURS) for _ in range(LIMITS_OF_A_DAY)]
        pick = self.scenario.members.pick
        return [
            (ChargeType.LIMIT_EXCEED, pick(random), midnight + 3_600 * hour)
            for hour in sorted(hours)
        ]

    def exceeds(self, day: date) -> bool:
        """Whether limits are exceeded on a driven day."""
        if self.driven_from is None:
            return False
        return (day - self.rhythm.day(self.driven_from)).days % EVERY_DAYS == 0

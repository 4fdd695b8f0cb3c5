"""The past and what follows on it: every payment, subscription, charge and billing cycle of every
day, from the seed and the anchor.

A day's payments follow from the seed, the anchor and the day alone, ids included, so that whoever
tells the same days again repeats the same events. The days do not end at the anchor: what happens
now goes on as the history did.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from payops_local.simulator.cycles import PastCycles
from payops_local.simulator.outages import DECLINED, REASONS, outage_on
from payops_local.simulator.past_charges import PastCharges
from payops_local.simulator.past_subscriptions import PastSubscriptions
from payops_local.simulator.payments import PaymentScenario, run_name
from payops_local.simulator.rhythm import Rhythm
from payops_local.simulator.scenarios import Story
from payops_local.simulator.words import PAIRS, Weighted

CERTAIN_FAILURES_DAYS_BACK = 1
"""On the anchor's day, and so many before it, each method fails at least once: who looks at a fresh
demo finds yesterday's failures of whichever. Later days are as they come."""
FAILED: tuple[str, ...] = ("failed",)


@dataclass(frozen=True, slots=True)
class History:
    """Payments, subscriptions and charges, ``days`` days of them before the rhythm's anchor."""

    payments: PaymentScenario
    charges: PastCharges
    subscriptions: PastSubscriptions
    rhythm: Rhythm
    days: int

    @property
    def seed(self) -> int:
        return self.payments.seed

    @property
    def anchor_day(self) -> date:
        return self.rhythm.day(self.rhythm.anchor)

    @property
    def first_day(self) -> date:
        return self.rhythm.day(self.begin)

    @property
    def begin(self) -> float:
        """What would have begun earlier was never told, nor is what becomes of it."""
        return begin_of(self.rhythm, self.days)

    def day_number(self, at: float) -> int:
        """How many of its days lie before that of an instant."""
        return max(0, (self.rhythm.day(at) - self.first_day).days)

    def instants(self, day: date) -> list[float]:
        """When payments of a day begin, by chance as customers come."""
        at, end = self.rhythm.bounds(day)
        random, ceiling = self._random("instants", day), self.rhythm.ceiling(end)
        instants: list[float] = []
        while (at := at + random.expovariate(ceiling)) < end:
            if random.random() * ceiling < self.rhythm.rate(at):
                instants.append(at)
        return instants

    def stories(self, day: date) -> list[Story]:
        """A day's payments, subscriptions and charges, in the order of their begins."""
        outage = outage_on(self.seed, day, self.anchor_day)
        midnight, end = self.rhythm.bounds(day)
        stories: list[Story] = []
        failing: set[str] = set()
        for number, at in enumerate(self.instants(day), 1):
            random = self._random(str(number), day)
            data = self.payments.payment(self._key(day, f"{number:04d}"), at, random)
            hit = outage is not None and outage.hits(data["provider"], at - midnight)
            if hit and random.random() < DECLINED:
                tellings = self.payments.tellings(data, at, random, FAILED, REASONS)
            else:
                tellings = self.payments.tellings(data, at, random)
            if any(each.event["type"] == "upstream.payment.failed.v1" for each in tellings):
                failing.add(data["method"])
            stories.append((at, tellings))
        if 0 <= (self.anchor_day - day).days <= CERTAIN_FAILURES_DAYS_BACK:
            stories += self._certain_failures(day, failing, midnight, end)
        stories += self.subscriptions.stories(day)
        stories += [each for each in self.charges.stories(day) if not self.charges.driven(each[0])]
        cycles = PastCycles(self.charges)
        stories += cycles.stories(day)
        if day == self.first_day:
            stories.append(cycles.begun(day, self.begin))
        return sorted(stories, key=lambda story: story[0])

    def _certain_failures(
        self, day: date, failing: set[str], begin: float, end: float
    ) -> list[Story]:
        stories: list[Story] = []
        for provider, method in PAIRS.things:
            if method in failing:
                continue
            failing.add(method)
            random = self._random(f"failure/{method}", day)
            # Well inside the day: none of its facts falls into the next one.
            at = random.uniform(begin, begin + 0.99 * (end - begin))
            only = Weighted.of({(provider, method): 1})
            data = self.payments.payment(self._key(day, f"F{len(stories)}"), at, random, only)
            stories.append((at, self.payments.tellings(data, at, random, FAILED)))
        return stories

    def _key(self, day: date, number: str) -> str:
        return f"SIM-{run_name(self.seed, self.rhythm.anchor)}-{day:%y%m%d}-{number}"

    def _random(self, what: str, day: date) -> Random:
        name = f"{self.seed}/{self.rhythm.anchor}/{day}/{what}"
        return Random(name)  # noqa: S311 - play, not a secret


def begin_of(rhythm: Rhythm, days: int) -> float:
    """The instant at which a history of so many days begins."""
    first = rhythm.day(rhythm.anchor) - timedelta(days=days)
    return rhythm.bounds(first)[0] if days else rhythm.anchor

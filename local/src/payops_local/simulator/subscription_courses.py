"""How a subscription goes on by itself: its payments, those that fail and are tried again, its end.

What PayOps bills it asks for itself, from an instant on; until then, and whatever the provider
bills, the payments are this hub's own. Everything follows from the seed and the subscription.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from datetime import time as wall_time
from math import inf
from random import Random

from payops_local.simulator.payments import PaymentScenario
from payops_local.simulator.rhythm import DAY_S, day_of
from payops_local.simulator.scenarios import Story
from payops_local.simulator.subscription_words import FAILURES, PROVIDER_ENDS, REVOCATIONS
from payops_local.simulator.subscriptions import Subscribed

RETRY_DAYS = (1, 3, 7)
"""After each failure of one period; with the one behind the last retry it is over."""
ABANDONED = 0.04
"""Share of the first payments that the customer does not finish."""
FAILING, RECENTLY_FAILING, RECENT_DAYS = (0.06, 0.4), (0.45, 0.65), 7
"""Shares of the payments and of the retries that fail. More do so many days before the anchor: who
looks at a fresh demo finds some that wait."""
REVOKED, ENDED = 0.12, 0.08
"""Share of the subscriptions of which that is told, some time within :data:`ENDS_DAYS`."""
ENDS_DAYS = (20.0, 300.0)
BEGINS_SECONDS = (2.0, 30.0)
PROVIDER_HOURS, PAYOPS_SECONDS = (5.0, 9.0), (1.0, 10.0)
"""After the midnight of the day on which a payment is due."""
RETRY_SECONDS = (15.0, 45.0)
"""Behind the day of a retry: what failed had taken a while."""
OPENED_S = 30.0
"""So long after the anchor it is told that older subscriptions exist. What they paid is told before
and waits for that: PayOps takes it at once, and has nothing to ask for and nobody to give up."""

_Ends = tuple[str, ...]
PAID: _Ends = ("paid",)
FAILED: _Ends = ("failed",)
LEFT: _Ends = ()
METHOD_REVOKED, ENDED_BY_PROVIDER = "payment-method-revoked", "ended"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One payment, or one that fails."""

    number: int
    at: float
    ends: _Ends
    """How it goes on behind created."""
    own: bool
    """Whether the customer makes it themselves."""


@dataclass(frozen=True, slots=True)
class Courses:
    """What becomes of subscriptions."""

    payments: PaymentScenario
    anchor: float
    """From then on PayOps asks for what it bills."""

    def stories(self, one: Subscribed) -> Iterator[Story]:
        """All that is told of one, in the order of the begins; perhaps without an end."""
        end_at, fact, reason = self._end(one)
        yield one.at, [one.created(self.anchor + OPENED_S if one.at < self.anchor else one.at)]
        for attempt in self._attempts(one):
            asked_for = one.by_payops and not attempt.own and attempt.at > self.anchor
            if asked_for or attempt.at >= end_at:
                break
            yield self._payment(one, attempt)
        else:
            return
        if end_at < inf:
            yield end_at, [one.ended(fact, end_at, reason)]

    def _payment(self, one: Subscribed, attempt: Attempt) -> Story:
        random = self._random(one, f"payment/{attempt.number}")
        data = one.payment(f"{one.key}-{attempt.number:03d}", attempt.at, random)
        told = self.payments.tellings(data, attempt.at, random, attempt.ends, FAILURES)
        # An end of the subscription withholds the whole payment, and what follows on it.
        return attempt.at, [replace(each, of=(one.key, attempt.at)) for each in told]

    def _end(self, one: Subscribed) -> tuple[float, str, str]:
        random = self._random(one, "end")
        draw, at = random.random(), one.at + DAY_S * random.uniform(*ENDS_DAYS)
        if draw < REVOKED:
            return at, METHOD_REVOKED, REVOCATIONS.pick(random)
        if draw < REVOKED + ENDED:
            return at, ENDED_BY_PROVIDER, PROVIDER_ENDS.pick(random)
        return inf, "", ""

    def _attempts(self, one: Subscribed) -> Iterator[Attempt]:
        """All that would come if nobody ended it."""
        number, made, period, ends = 0, 0, 0, LEFT
        while (day := one.due_on(period)) is not None:
            own, at = period == 0 and one.begins_itself, self._due_at(one, day, period)
            for failures, days in enumerate((0, *RETRY_DAYS)):
                if failures:
                    random = self._random(one, f"retry/{period}/{failures}")
                    at += DAY_S * days + random.uniform(*RETRY_SECONDS)
                ends = self._ends(one, period, failures, at, own=own)
                number, made = number + 1, made + (ends == PAID)
                yield Attempt(number, at, ends, own)
                if ends != FAILED:
                    break
            if ends != PAID or made == one.data.get("payments_max"):
                return
            period = _following(one, period, day_of(at, one.zone))

    def _due_at(self, one: Subscribed, day: date, period: int) -> float:
        random = self._random(one, f"due/{period}")
        agreed = one.at + random.uniform(*BEGINS_SECONDS)
        if period == 0 and one.begins_itself:
            return agreed
        midnight = datetime.combine(day, wall_time(), one.zone).timestamp()
        if one.by_payops:
            return max(agreed, midnight + random.uniform(*PAYOPS_SECONDS))
        hour = self._random(one, "hour").uniform(*PROVIDER_HOURS)
        return max(agreed, midnight + 3_600 * hour)

    def _ends(self, one: Subscribed, period: int, failures: int, at: float, *, own: bool) -> _Ends:
        draw = self._random(one, f"ends/{period}/{failures}").random()
        if own:
            return LEFT if draw < ABANDONED else PAID
        recent = self.anchor - RECENT_DAYS * DAY_S < at <= self.anchor
        once, again = RECENTLY_FAILING if recent else FAILING
        return FAILED if draw < (again if failures else once) else PAID

    def _random(self, one: Subscribed, what: str) -> Random:
        name = f"{self.payments.seed}/{one.key}/{what}"
        return Random(name)  # noqa: S311 - play, not a secret


def _following(one: Subscribed, period: int, paid_on: date) -> int:
    """The next period; those that fell due until a late payment are skipped."""
    period += 1
    while (day := one.due_on(period)) is not None and day <= paid_on:
        period += 1
    return period

"""Subscriptions by day: those that customers make on it, and what becomes of all the earlier ones.

As with payments, everything follows from the seed, the anchor and the day. A year is made at once,
for what falls into it goes back to whatever day a subscription was made on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from payops_local.simulator.customers import Customers
from payops_local.simulator.payments import run_name
from payops_local.simulator.rhythm import DAY_S, Rhythm
from payops_local.simulator.scenarios import Story
from payops_local.simulator.subscription_courses import Courses
from payops_local.simulator.subscription_words import BILLING, PAST_RECURRENCES, RECURRENCES
from payops_local.simulator.subscriptions import Subscribed, subscribed

A_DAY = 0.27
"""Some hundred a year."""
PAST_DAYS = 365
"""None is older than so many days before the anchor."""
_Days = dict[date, list[Story]]


class PastSubscriptions:
    """All of a history that begins at ``since``, seconds since 1970."""

    def __init__(
        self, courses: Courses, customers: Customers, rhythm: Rhythm, since: float
    ) -> None:
        self._courses, self._customers, self._rhythm = courses, customers, rhythm
        self._since = max(since, rhythm.anchor - PAST_DAYS * DAY_S)
        self._years: dict[int, _Days] = {}

    def stories(self, day: date) -> list[Story]:
        """What is first told of on a day, in no order."""
        year = self._years.get(day.year)
        if year is None:
            year = self._years[day.year] = self._of_year(day.year)
        return year.get(day, [])

    def _of_year(self, year: int) -> _Days:
        found: defaultdict[date, list[Story]] = defaultdict(list)
        end = self._rhythm.bounds(date(year, 12, 31))[1]
        for one in self._made(end):
            for begin, tellings in self._courses.stories(one):
                if begin >= end:
                    break
                day = self._rhythm.day(min(each.at for each in tellings))
                if day.year == year:
                    found[day].append((begin, tellings))
        return dict(found)

    def _made(self, end: float) -> Iterator[Subscribed]:
        """Those that were agreed until then."""
        seed, anchor = self._courses.payments.seed, self._rhythm.anchor
        day = self._rhythm.day(self._since)
        while (at := self._rhythm.bounds(day)[0]) < end:
            midnight = self._rhythm.bounds(day)[1]
            random = Random(f"{seed}/{anchor}/{day}/subscriptions")  # noqa: S311 - play
            number = 0
            while (at := at + random.expovariate(A_DAY / DAY_S)) < midnight:
                number += 1
                key = f"SIM-{run_name(seed, anchor)}-{day:%y%m%d}-S{number:02d}"
                one = self._one(key, at, Random(f"{seed}/{key}"))  # noqa: S311 - play
                if at >= self._since:
                    yield one
            day += timedelta(days=1)

    def _one(self, key: str, at: float, random: Random) -> Subscribed:
        customer, zone = self._customers.pick(random), self._rhythm.zone
        recurrences = PAST_RECURRENCES if at < self._rhythm.anchor else RECURRENCES
        return subscribed(key, customer, at, zone, random, BILLING, recurrences)

"""The scenario of subscriptions beside those of a history: customers subscribe at a rate, and what
becomes of each follows in its time.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from math import inf
from random import Random
from zoneinfo import ZoneInfo

from payops_contracts.subscriptions import BillingMode
from payops_local.simulator.customers import Customers
from payops_local.simulator.payments import PaymentScenario, run_name
from payops_local.simulator.scenarios import Story
from payops_local.simulator.subscription_courses import Courses
from payops_local.simulator.subscriptions import subscribed
from payops_local.simulator.words import Weighted


@dataclass(frozen=True, slots=True)
class SubscriptionScenario:
    """Subscriptions at a rate until an instant. Seed and start are part of every id."""

    customers: Customers
    payments: PaymentScenario
    rate: float
    zone: ZoneInfo
    billing: Weighted[BillingMode]
    end: float = inf

    def timelines(self, start: float, random: Random) -> Iterator[Story]:
        """Every subscription of the run that is agreed before the end, and their payments for as
        long as the run lasts; none at rate 0.
        """
        courses = Courses(self.payments, start)
        numbers, waiting = count(), list[tuple[float, int, Story, Iterator[Story]]]()
        new = self._new(start, random, courses)
        following = next(new, None)
        while following is not None or waiting:
            if following is not None and (not waiting or following[0] <= waiting[0][0]):
                course, following = following[1], next(new, None)
            else:
                _, _, story, course = heapq.heappop(waiting)
                yield story
            if (more := next(course, None)) is not None:
                heapq.heappush(waiting, (more[0], next(numbers), more, course))

    def _new(
        self, start: float, random: Random, courses: Courses
    ) -> Iterator[tuple[float, Iterator[Story]]]:
        at, run, numbers = start, run_name(self.payments.seed, start), count(1)
        while self.rate > 0 and (at := at + random.expovariate(self.rate)) < self.end:
            key, customer = f"SIM-{run}-S{next(numbers):04d}", self.customers.pick(random)
            one = subscribed(key, customer, at, self.zone, random, self.billing)
            yield at, courses.stories(one)

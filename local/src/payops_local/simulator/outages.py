"""A provider's bad hours: now and then one of them declines most of what it is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from payops_local.simulator.words import PAIRS, Weighted

EVERY_DAYS = 40
HOURS = (5.0, 11.0)
BEGINS_HOURS = (8.0, 12.0)
DECLINED = 0.75
"""Share of the payments of those hours that fail."""
REASONS: Weighted[tuple[str, str | None]] = Weighted.of(
    {
        ("timeout", "The provider did not answer in time."): 70,
        ("card_declined", "The issuer could not be reached."): 30,
    }
)


@dataclass(frozen=True, slots=True)
class Outage:
    """One provider's bad hours of one day, in seconds from the day's begin."""

    provider: str
    begin_s: float
    end_s: float

    def hits(self, provider: str, at_s: float) -> bool:
        """Whether it befalls a payment of that provider, so many seconds behind midnight."""
        return provider == self.provider and self.begin_s <= at_s < self.end_s


def outage_on(seed: int, day: date, last: date) -> Outage | None:
    """The outage of a day, if it has one: one every :data:`EVERY_DAYS`, counted back from ``last``,
    never in the week before it.
    """
    block, place = divmod((last - day).days, EVERY_DAYS)
    random = Random(f"{seed}/outage/{block}")  # noqa: S311 - play, not a secret
    if place != random.randint(8, EVERY_DAYS - 1):
        return None
    begin = random.uniform(*BEGINS_HOURS)
    end = begin + random.uniform(*HOURS)
    provider, _ = PAIRS.pick(random)
    return Outage(provider, begin * 3600, end * 3600)

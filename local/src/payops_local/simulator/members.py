"""Members of the organisation: the first customers, each with a number and a rail."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any

from payops_contracts.charges import Rail
from payops_local.simulator.charge_words import CURRENCY_OF, RAILS
from payops_local.simulator.customers import Customers

MEMBERS = 60
FIRST_NUMBER, NUMBER_STEP = 4_210_007, 37
"""Of the mPass numbers: they do not follow each other, as given ones do not."""


@dataclass(frozen=True, slots=True)
class Member:
    """One member, as every charge of theirs says it."""

    mpass_number: str
    user: dict[str, Any]
    rail: Rail

    @property
    def currency(self) -> str:
        """What they are charged in, ISO 4217."""
        return CURRENCY_OF[self.rail]


class Members:
    """Member number → member, the same in every run of the same seed."""

    def __init__(self, customers: Customers, seed: int) -> None:
        self._customers, self._seed = customers, seed
        self._member = lru_cache(MEMBERS)(self._make)

    def pick(self, random: Random) -> Member:
        """Somebody; the first ones come more often than the last."""
        return self._member(int(MEMBERS * random.random() ** 1.5))

    def everybody(self) -> list[Member]:
        """All of them, by their numbers."""
        return [self._member(number) for number in range(MEMBERS)]

    def _make(self, number: int) -> Member:
        random = Random(f"{self._seed}/member/{number}")  # noqa: S311 - play, not a secret
        return Member(
            mpass_number=f"MP{FIRST_NUMBER + NUMBER_STEP * number}",
            user=self._customers.of(number).user,
            rail=RAILS.pick(random),
        )

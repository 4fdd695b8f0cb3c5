"""A bounded population: the same customers come back, each with contact data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any

from payops_local.simulator.checkout_words import USER_TYPES
from payops_local.simulator.words import NAMES, NOTIFICATIONS

USER_ID = re.compile("sim-user-([0-9]{5,})")
REMEMBERED = 4_096
WITHOUT_NAME = 0.03
WITH_PHONE = 0.6


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer, as every payment of theirs says it."""

    user: dict[str, Any]
    notification_channels: tuple[str, ...]
    user_type: str = "guest"


class Customers:
    """Customer number → customer, the same in every run of the same seed."""

    def __init__(self, seed: int, count: int) -> None:
        self._seed, self._count = seed, count
        self._customer = lru_cache(REMEMBERED)(self._make)

    def pick(self, random: Random) -> Customer:
        """Somebody; the first ones come more often than the last."""
        return self._customer(int(self._count * random.random() ** 2))

    def of(self, number: int) -> Customer:
        """The customer of a number, from 0; beyond the last it begins anew."""
        return self._customer(number % self._count)

    def called(self, user_id: str) -> Customer:
        """The customer of an id; of a stranger's nothing else is known."""
        if found := re.fullmatch(USER_ID, user_id):
            return self.of(int(found[1]))
        return Customer(user={"id": user_id}, notification_channels=())

    def _make(self, number: int) -> Customer:
        random = Random(f"{self._seed}/customer/{number}")  # noqa: S311 - play, not a secret
        user: dict[str, Any] = {"id": f"sim-user-{number:05d}"}
        if random.random() >= WITHOUT_NAME:
            user["name"] = NAMES.pick(random)
        channels = NOTIFICATIONS.pick(random)
        if "email" in channels or random.random() < WITH_PHONE:
            user["email"] = f"user{number:05d}@customers.example"
        if "sms" in channels or random.random() < WITH_PHONE:
            user["phone"] = f"+39 320 {number:07d}"
        # A chance of its own: it changes nobody's data.
        random = Random(f"{self._seed}/customer/{number}/type")  # noqa: S311 - play
        return Customer(user, channels, USER_TYPES.pick(random))

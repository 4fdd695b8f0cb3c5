"""How often each rule answered: added up in a process, by the hours of the day.

A count is the total of its day so far and not what came since the last look, so that writing it
twice is the same as writing it once.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple
from uuid import uuid4

from checkout_rules.domain.rule_set import ActiveRule
from payops_contracts.ids import RuleId

HOURS = 24
Hours = tuple[int, ...]
"""Hits in each hour of a day's wall clock; an hour that comes twice has those of both."""


class HitKey(NamedTuple):
    """What is counted together."""

    day: date
    """Of the reporting zone."""
    rule_id: RuleId
    version: int
    owner: str
    """Who counted: a process, until it has left the day behind."""


class HourOfHits(NamedTuple):
    """How often a rule answered in one hour of the reporting zone's wall clock."""

    hour: datetime
    """When it began."""
    hits: int


class HitCounter:
    """The hits of one process."""

    def __init__(self) -> None:
        self._owners: dict[date, str] = {}
        self._hours: dict[HitKey, list[int]] = {}
        self._changed: set[HitKey] = set()

    def add(self, rule: ActiveRule, local: datetime, times: int = 1) -> None:
        """A rule answered; ``local`` is the reporting zone's wall clock."""
        day = local.date()
        owner = self._owners.get(day)
        if owner is None:
            owner = self._owners[day] = uuid4().hex
        key = HitKey(day, rule.id, rule.version, owner)
        hours = self._hours.get(key)
        if hours is None:
            hours = self._hours[key] = [0] * HOURS
        hours[local.hour] += times
        self._changed.add(key)

    def take(self) -> Mapping[HitKey, Hours]:
        """The counts that changed since they were taken last."""
        taken = {key: tuple(self._hours[key]) for key in self._changed}
        self._changed.clear()
        return taken

    def put_back(self, taken: Mapping[HitKey, Hours]) -> None:
        """They could not be written: they are to be taken again."""
        self._changed.update(taken)

    def forget_before(self, today: date) -> None:
        """Leave days that are over behind, each once all of it is written.

        Should one come back, for business time was set back, it has another owner: its counts
        begin anew beside those that are stored.
        """
        unwritten = {key.day for key in self._changed}
        for day in [day for day in self._owners if day < today and day not in unwritten]:
            del self._owners[day]
        self._hours = {key: it for key, it in self._hours.items() if key.day in self._owners}

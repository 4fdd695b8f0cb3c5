"""Retry policies as data: how long after a failed debit the next one follows, and how often.

``standard`` and ``three-total`` are shipped. A change holds for retries that are scheduled after
it; a decision names the policy and its version.
"""

from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

from billing_debits.domain.attempts import Outcome
from billing_debits.domain.rails import RAILS
from payops_contracts.charges import Rail
from payops_contracts.ids import DebitId
from payops_kernel.zones import Zone

ELIGIBLE_BEFORE = timedelta(seconds=60)
"""How long before its due instant a charge may be debited."""


class CollectionMode(StrEnum):
    """How a charge is debited when it is due."""

    BATCH = "batch"
    """By the next batch: at fixed times, or put into one by a person."""
    IMMEDIATE = "immediate"
    """By itself, at the due instant."""


class RetryPolicy(NamedTuple):
    """One policy. ``delays[n - 1]`` lies between an attempt's submission and retry n."""

    name: str
    version: int
    delays: tuple[timedelta, ...]
    mode: CollectionMode = CollectionMode.BATCH
    reopens: bool = True
    """Whether a reversal opens the charge again."""

    @property
    def retries_max(self) -> int:
        """Retries after the first attempt, before a rail's caps."""
        return len(self.delays)

    def retries_on(self, rail: Rail) -> int:
        """Retries that the rail leaves of them."""
        cap = RAILS[rail].retries_max
        return self.retries_max if cap is None else min(self.retries_max, cap)


class KeptPolicy(NamedTuple):
    """A policy with its last change."""

    policy: RetryPolicy
    changed_at: datetime | None = None
    """None for one as it was shipped."""
    changed_by: str | None = None


STANDARD = RetryPolicy("standard", 1, (timedelta(hours=24), timedelta(days=3), timedelta(days=7)))
"""First attempt and three retries, as the schedule of the requirements has them."""
THREE_TOTAL = RetryPolicy("three-total", 1, STANDARD.delays[:2])
"""Three attempts in all: the other reading of the requirements."""
SHIPPED = {policy.name: policy for policy in (STANDARD, THREE_TOTAL)}


class CollectionTimes(NamedTuple):
    """When batches are built by schedule: times of a day in a zone."""

    zone: Zone
    times: tuple[time, ...]

    def next_at(self, instant: datetime) -> datetime:
        """The first of them that is not before an instant.

        A time that a zone's clock skips or strikes twice is taken as it comes first.
        """
        day = self.zone.date_of(instant)
        while True:
            for each in sorted(self.times):
                at = self.zone.at(day, each)
                if at >= instant:
                    return at
            day += timedelta(days=1)


class Rules(NamedTuple):
    """What decides about retries at present."""

    policy: RetryPolicy
    collection: CollectionTimes

    def next_at(self, due_at: datetime) -> datetime:
        """When what is due from an instant on is debited."""
        if self.policy.mode is CollectionMode.IMMEDIATE:
            return due_at
        return self.collection.next_at(due_at - ELIGIBLE_BEFORE)


class WhyNot(StrEnum):
    """Why a charge is not tried again."""

    HARD_DECLINE = "hard_decline"
    POLICY_USED_UP = "policy_used_up"
    RAIL_CAP = "rail_cap"
    RAIL_WINDOW = "rail_window"
    NOT_REOPENED = "not_reopened"


class Decision(NamedTuple):
    """What follows a failed or reversed debit, and why: the record that people read."""

    at: datetime
    debit_id: DebitId
    """The attempt that failed, or went back."""
    outcome: Outcome
    """What it was decided upon."""
    policy: str
    policy_version: int
    retry: int
    """The number of the retry that follows; the last one's when none does."""
    retries_max: int
    """After the rail's caps."""
    due_at: datetime | None
    """From when it may be tried again; None when it is not."""
    next_at: datetime | None
    """When it will be tried again: the due instant itself, or the collection that follows it."""
    why_not: WhyNot | None = None
    unknown_code: bool = False
    """Whether nobody has said what follows this code: it is tried again, and seen."""

    @property
    def not_reopened(self) -> bool:
        """Whether it ended with a reversal."""
        return self.why_not is WhyNot.NOT_REOPENED

"""What decides about failed payments, as data."""

from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from payops_kernel.zones import Zone


class MissedPeriods(StrEnum):
    """What becomes of periods that fall due while a subscription is on hold."""

    SKIP = "skip"
    """They are marked as missed, and not asked for."""
    COLLECT = "collect"
    """Each is asked for once it is active again, a day apart at least."""


class FailurePolicy(NamedTuple):
    """When a failed payment is tried again, each counted from the failure before it."""

    delays: tuple[timedelta, ...] = (timedelta(days=1), timedelta(days=3), timedelta(days=7))
    missed_periods: MissedPeriods = MissedPeriods.SKIP

    @property
    def failures_max(self) -> int:
        """With as many failures of one period the subscription ends."""
        return len(self.delays) + 1

    def delay(self, failures: int) -> timedelta:
        """When the next try follows the last of so many failures; the last delay, where a policy
        before this one allowed more of them."""
        return self.delays[min(failures, len(self.delays)) - 1]

    def patience(self, failures: int) -> timedelta:
        """How long a provider that tries again by itself is waited for, after so many failures."""
        return sum(self.delays[failures - 1 :], start=GRACE)


GRACE = timedelta(days=1)


class Rules(NamedTuple):
    """What holds for all subscriptions."""

    zone: Zone
    """The billing zone: its midnight is when a day's payments fall due."""
    policy: FailurePolicy = FailurePolicy()
    answered_within: timedelta = timedelta(days=1)
    """How long a requested payment may take, before it is asked for again under the same key."""

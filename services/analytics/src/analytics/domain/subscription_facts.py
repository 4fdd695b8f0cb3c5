"""A subscription's fact: the last state that subscriptions told, and all that it counts in.

A subscription runs from the day of its first payment (``started_at``) to the day before the one of
its end (``ended_at``); On Hold it runs until it ends. It is new on the day of its start and churned
on the day of its end. One that was paid for the first time after its end never ran. Its status now
counts on the day of its Date. Everywhere it counts with its monthly amount.
"""

from datetime import datetime
from typing import NamedTuple, assert_never

from analytics.domain.day_buckets import Counted, DayBucket, DayCounter
from analytics.domain.payment_facts import Part, PaymentTotals
from payops_contracts.subscriptions import Interval, SubscriptionStatus

NEW, CHURNED = Part("started"), Part("ended")
"""Subscriptions on the days of their start and end; their words are None."""
STATUS, REASON = "standing", "end_reason"
"""All subscriptions by status, and those that are Not Active by the reason of their end. The index
of buckets holds a field ``status``, so no part has that name."""

_NOT_ACTIVE = SubscriptionStatus.NOT_ACTIVE.value


def monthly_minor(amount_minor: int, interval: Interval, count: int) -> int:
    """What a recurrence brings a month, in minor units, rounded half up.

    A year has 12 months, 52 weeks and 365 days. Rounded once a subscription, so that sums of it
    are exact.
    """
    match interval:
        case Interval.DAY:
            payments, months = 365, 12 * count
        case Interval.WEEK:
            payments, months = 52, 12 * count
        case Interval.MONTH:
            payments, months = 1, count
        case Interval.YEAR:
            payments, months = 1, 12 * count
        case _:
            assert_never(interval)
    return (2 * amount_minor * payments + months) // (2 * months)


def has_run(started_at: datetime | None, ended_at: datetime | None) -> bool:
    """Whether it was paid before it ended, if it did."""
    return started_at is not None and (ended_at is None or started_at <= ended_at)


class SubscriptionFact(NamedTuple):
    """One subscription's last state."""

    subscription_id: str
    version: int
    partition: int
    status: str
    currency: str
    amount_minor: int
    """Of each payment."""
    interval: str
    interval_count: int
    created_at: datetime
    day: str
    """Of its Date, in the reporting zone."""
    end_reason: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    started_day: str | None = None
    """The day on which it is new; None when it has not run."""
    ended_day: str | None = None
    """The day on which it is churned; None when it runs, or has not."""

    @property
    def key(self) -> str:
        """Whose state it is."""
        return self.subscription_id

    @property
    def monthly_minor(self) -> int:
        """What it brings a month while it runs."""
        return monthly_minor(self.amount_minor, Interval(self.interval), self.interval_count)

    def counted(self, sign: int = 1) -> Counted:
        """All that it counts in, and with what; to take it out, ``sign`` is -1."""
        one = PaymentTotals(sign, sign * self.monthly_minor)
        yield self._at(self.day, Part(STATUS, self.status)), one
        if self.status == _NOT_ACTIVE:
            yield self._at(self.day, Part(REASON, self.end_reason)), one
        if self.started_day is not None:
            yield self._at(self.started_day, NEW), one
        if self.ended_day is not None:
            yield self._at(self.ended_day, CHURNED), one

    def _at(self, day: str, part: Part) -> DayCounter:
        return DayCounter(DayBucket(self.currency, day, self.partition), part)

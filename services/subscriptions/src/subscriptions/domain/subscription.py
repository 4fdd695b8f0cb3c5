"""A subscription: what was agreed, what was paid for which period, and what follows.

A period is a payment that is owed, by its number from 0. One history row, one version and one
event belong together.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from payops_contracts.ids import PaymentRequestId, SubscriptionId, TransactionId
from payops_contracts.payments import TransactionStatus
from payops_contracts.subscriptions import (
    EndReason,
    SubscriptionFlag,
    SubscriptionHistoryEvent,
    SubscriptionStatus,
)
from payops_kernel.contradictions import Contradiction, contradicts
from payops_kernel.facts import contradiction_in, seen_in
from subscriptions.domain.facts import PAID, Cause, Failure, Terms

SOURCE = "/payops/subscriptions"
HISTORY_ROWS_KEPT = 1_000
"""The newest, and all of upstream's; all of them are on ``payops.subscriptions``."""
PAYMENTS_MAX = 5_000


class Payment(NamedTuple):
    """A payment as its latest event told it."""

    transaction_id: TransactionId
    sequence: int
    status: TransactionStatus
    created_at: datetime
    amount_minor: int
    currency: str
    refunded_minor: int = 0
    settled_at: datetime | None = None
    failure: Failure | None = None
    period: int | None = None
    """The period that it pays; None for one that pays none, or is in another currency."""

    @property
    def paid(self) -> bool:
        """Whether its money was taken, given back since or not."""
        return self.status in PAID


class PaymentRequest(NamedTuple):
    """A payment that was asked for, and is not answered."""

    id: PaymentRequestId
    period: int
    attempt: int
    """1 for a period's first payment; higher after failures."""
    requested_at: datetime
    asked_at: datetime
    """When it was asked for last."""
    asked: int = 1


class Owed(NamedTuple):
    """A period whose payment failed and that is not paid since."""

    period: int
    failures: int
    failed_at: datetime
    failure: Failure | None = None


class Cancelling(NamedTuple):
    """That it ends at a renewal."""

    effective_on: date
    requested_at: datetime
    by: str
    reason: str | None = None


class Ending(NamedTuple):
    """Since when it is Not Active, and why."""

    at: datetime
    reason: EndReason
    detail: str | None = None


class HistoryRow(NamedTuple):
    """One thing that happened: when, what, and the status after it."""

    at: datetime
    event: str
    """A ``SubscriptionHistoryEvent``, as it is stored."""
    status: SubscriptionStatus
    source: str
    event_id: str
    applied: bool = True
    note: str | None = None
    transaction_id: TransactionId | None = None
    period: int | None = None
    amount_minor: int | None = None
    request_id: PaymentRequestId | None = None
    actor: str | None = None
    detail: str | None = None
    """More about it, such as the provider's words or a person's reason."""
    digest: int | None = None
    """Of the content of upstream's event."""


class Step(NamedTuple):
    """A history row that is new, with what an event about it needs."""

    row: HistoryRow
    status_before: SubscriptionStatus | None
    traceparent: str | None
    correlation_id: str | None


class About(NamedTuple):
    """What a step is about, where it is about more than the subscription."""

    transaction_id: TransactionId | None = None
    period: int | None = None
    amount_minor: int | None = None
    request_id: PaymentRequestId | None = None
    actor: str | None = None
    detail: str | None = None


@dataclass(slots=True)
class Subscription:
    """The aggregate. ``version`` counts its steps; 0 before the first."""

    terms: Terms
    version: int = 0
    payments: dict[TransactionId, Payment] = field(default_factory=dict)
    next: int = 0
    """The first period that is neither paid nor asked for, owed or missed."""
    request: PaymentRequest | None = None
    """The one payment that is asked for and not answered."""
    owed: Owed | None = None
    """The period because of which it is on hold."""
    missed: list[date] = field(default_factory=list)
    """Days of periods that fell due while it was on hold, and are not asked for."""
    asked_at: datetime | None = None
    """When a payment was asked for last."""
    recovered_at: datetime | None = None
    """When it was paid for after a failure, the last time."""
    cancelling: Cancelling | None = None
    ended: Ending | None = None
    flags: set[SubscriptionFlag] = field(default_factory=set)
    history: list[HistoryRow] = field(default_factory=list)
    step: Step | None = None
    contradiction: Contradiction | None = None
    """What the last fact was, when its event had said something else before."""

    @property
    def id(self) -> SubscriptionId:
        """The merchant's."""
        return self.terms.subscription_id

    @property
    def status(self) -> SubscriptionStatus:
        """Where it stands."""
        if self.ended is not None:
            return SubscriptionStatus.NOT_ACTIVE
        if self.owed is not None:
            return SubscriptionStatus.ON_HOLD
        if any(each.paid and each.period is not None for each in self.payments.values()):
            return SubscriptionStatus.ACTIVE
        return SubscriptionStatus.CREATED

    @property
    def started_at(self) -> datetime | None:
        """When its first payment was made."""
        instants = [
            each.settled_at or each.created_at
            for each in self.payments.values()
            if each.paid and each.period is not None
        ]
        return min(instants, default=None)

    @property
    def paid_periods(self) -> set[int]:
        """The periods that are paid."""
        return {
            each.period for each in self.payments.values() if each.paid and each.period is not None
        }

    @property
    def payments_made(self) -> int:
        """How many periods are paid."""
        return len(self.paid_periods)

    @property
    def payments_left(self) -> int | None:
        """How many payments may follow; None when nothing bounds them."""
        if self.ended is not None:
            return 0
        terms = self.terms.recurrence
        bounds = []
        if terms.payments_max is not None:
            bounds.append(max(0, terms.payments_max - self.payments_made))
        if terms.expires_on is not None:
            last = terms.number_on(terms.expires_on)
            open_ = {each.period for each in (self.owed, self.request) if each is not None}
            bounds.append(max(0, last + 1 - self.next) + len(open_))
        return min(bounds, default=None)

    @property
    def next_payment_on(self) -> date | None:
        """The day of the next period; None when there is none, or it ends before."""
        if self.ended is not None or not self.may_follow:
            return None
        day = self.terms.recurrence.payable(self.next)
        cancelling = self.cancelling
        if day is None or (cancelling is not None and day >= cancelling.effective_on):
            return None
        return day

    @property
    def may_follow(self) -> bool:
        """Whether its maximum of payments leaves room for one more period."""
        most = self.terms.recurrence.payments_max
        open_ = {each.period for each in (self.owed, self.request) if each is not None}
        return most is None or len(self.paid_periods | open_) < most

    @property
    def paid_minor(self) -> int:
        """What was paid in its currency, given back since or not."""
        return sum(each.amount_minor for each in self._counted if each.paid)

    @property
    def refunded_minor(self) -> int:
        """What of it was given back."""
        return sum(each.refunded_minor for each in self._counted)

    @property
    def _counted(self) -> list[Payment]:
        currency = self.terms.currency
        return [each for each in self.payments.values() if each.currency == currency]

    @property
    def newest_first(self) -> list[Payment]:
        """Its payments."""
        return sorted(
            self.payments.values(),
            key=lambda each: (each.created_at, each.transaction_id),
            reverse=True,
        )

    def day_of(self, period: int | None) -> date | None:
        """The day on which a period falls due."""
        return None if period is None else self.terms.recurrence.day(period)

    def has_seen(self, cause: Cause) -> bool:
        """Whether this very event of upstream is in the history; one that says something else now
        is kept, once for each different content, up to a limit."""
        seen = seen_in(self.history, cause)
        if seen is None:
            return False
        if contradicts(seen.digest, cause.digest):
            event = SubscriptionHistoryEvent.EVENT_CONTRADICTED
            self.contradiction, note = contradiction_in(self.history, cause, seen, event)
            if note is not None:
                self.record(event, cause, self.status, note=note)
        return True

    def record(
        self,
        event: SubscriptionHistoryEvent,
        cause: Cause,
        before: SubscriptionStatus | None,
        about: About = About(),  # noqa: B008 (a plain value)
        *,
        note: str | None = None,
    ) -> None:
        """One row, one version, one step; the state has changed already."""
        row = HistoryRow(
            cause.occurred_at,
            event._value_,  # plain, as it is stored; `value` costs thrice as much
            self.status,
            cause.source,
            cause.event_id,
            note is None,
            note,
            *about,
            cause.digest,
        )
        self.history.append(row)
        self._forget_old_rows()
        self.version += 1
        self.step = Step(row, before, cause.traceparent, cause.correlation_id)

    def _forget_old_rows(self) -> None:
        """Upstream's rows stay: they are how an event that comes twice is known."""
        if len(self.history) <= HISTORY_ROWS_KEPT:
            return
        oldest = next((n for n, row in enumerate(self.history) if row.digest is None), None)
        if oldest is not None:
            del self.history[oldest]

"""What becomes due of a subscription, and what is done then.

One thing at a time is next, so one row in ``due`` looks after a subscription: the same function
says when, and what. What should have been done while nobody looked is done in its order.
"""

from datetime import datetime, timedelta
from enum import IntEnum
from typing import NamedTuple

from payops_contracts.subscriptions import (
    BillingMode,
    EndReason,
    SubscriptionFlag,
    SubscriptionHistoryEvent,
    SubscriptionStatus,
)
from subscriptions.domain.facts import Cause
from subscriptions.domain.folding import close
from subscriptions.domain.policies import MissedPeriods, Rules
from subscriptions.domain.requests import request_id_of
from subscriptions.domain.subscription import (
    SOURCE,
    About,
    Ending,
    PaymentRequest,
    Subscription,
)

BETWEEN_REQUESTS = timedelta(minutes=1)
BETWEEN_COLLECTED = timedelta(days=1)
"""Periods that fell due on hold are asked for so far apart, when they are at all."""
DAY = timedelta(days=1)


class Kind(IntEnum):
    """What is next; of two at one instant the smaller one is done."""

    CANCEL = 0
    EXPIRE = 1
    ABORT = 2
    MISS = 3
    ASK_AGAIN = 4
    REQUEST = 5


class Next(NamedTuple):
    """When something is done by itself, and what."""

    at: datetime
    kind: Kind


def next_step(subscription: Subscription, rules: Rules) -> Next | None:
    """The first thing that is done by itself; None when nothing is."""
    if subscription.ended is not None:
        return None
    found = [
        Next(at, kind)
        for kind, at in (
            (Kind.CANCEL, _cancelled_at(subscription, rules)),
            (Kind.EXPIRE, expires_at(subscription, rules)),
            (Kind.ABORT, _given_up_at(subscription, rules)),
            (Kind.MISS, _missed_at(subscription, rules)),
            (Kind.ASK_AGAIN, _asked_again_at(subscription, rules)),
            (Kind.REQUEST, _requested_at(subscription, rules)),
        )
        if at is not None
    ]
    return min(found, default=None)


def retry_at(subscription: Subscription, rules: Rules) -> datetime | None:
    """When the payment that failed is tried again by us."""
    owed = subscription.owed
    if owed is None or subscription.ended is not None or subscription.request is not None:
        return None
    if subscription.terms.billing is not BillingMode.HUB:
        return None
    return owed.failed_at + rules.policy.delay(owed.failures)


def expires_at(subscription: Subscription, rules: Rules) -> datetime | None:
    """When it ends as agreed; None while it has no end, or a payment is open."""
    terms = subscription.terms.recurrence
    if subscription.owed is not None or subscription.request is not None:
        return None
    if subscription.status is SubscriptionStatus.CREATED and terms.expires_on is None:
        return None
    ends = []
    if terms.expires_on is not None:
        ends.append(rules.zone.start_of(terms.expires_on + DAY))
    if not subscription.may_follow and (day := terms.day(subscription.next)) is not None:
        ends.append(rules.zone.start_of(day))
    return min(ends, default=None)


def due_at(subscription: Subscription, rules: Rules) -> datetime | None:
    """When the next period falls due."""
    day = subscription.next_payment_on
    return None if day is None else rules.zone.start_of(day)


def _cancelled_at(subscription: Subscription, rules: Rules) -> datetime | None:
    cancelling = subscription.cancelling
    return None if cancelling is None else rules.zone.start_of(cancelling.effective_on)


def _given_up_at(subscription: Subscription, rules: Rules) -> datetime | None:
    """The provider tries again by itself, and says nothing."""
    owed = subscription.owed
    if owed is None or subscription.terms.billing is not BillingMode.PROVIDER:
        return None
    return owed.failed_at + rules.policy.patience(owed.failures)


def _missed_at(subscription: Subscription, rules: Rules) -> datetime | None:
    skipped = rules.policy.missed_periods is MissedPeriods.SKIP
    return due_at(subscription, rules) if skipped and subscription.owed is not None else None


def _asked_again_at(subscription: Subscription, rules: Rules) -> datetime | None:
    request = subscription.request
    return None if request is None else request.asked_at + rules.answered_within


def _requested_at(subscription: Subscription, rules: Rules) -> datetime | None:
    if subscription.terms.billing is not BillingMode.HUB or subscription.request is not None:
        return None
    if subscription.owed is not None:
        return retry_at(subscription, rules)
    first = subscription.status is SubscriptionStatus.CREATED
    due = due_at(subscription, rules)
    if due is None or (first and not subscription.terms.first_is_ours):
        return None
    asked, recovered = subscription.asked_at, subscription.recovered_at
    if asked is None:
        return due
    collected = recovered is not None and due <= recovered
    return max(due, asked + (BETWEEN_COLLECTED if collected else BETWEEN_REQUESTS))


def act(subscription: Subscription, rules: Rules, now: datetime) -> bool:
    """Do what is due next, as one step; False when nothing is due."""
    subscription.step = subscription.contradiction = None
    due = next_step(subscription, rules)
    if due is None or due.at > now:
        return False
    match due.kind:
        case Kind.CANCEL:
            cancelling = subscription.cancelling
            detail = None if cancelling is None else cancelling.reason
            actor = None if cancelling is None else cancelling.by
            _close(subscription, due.at, EndReason.CANCELLED, About(actor=actor, detail=detail))
        case Kind.EXPIRE:
            _close(subscription, due.at, EndReason.EXPIRED, About())
        case Kind.ABORT:
            about = About(detail="The provider has said nothing since its payment failed.")
            _close(subscription, due.at, EndReason.ABORTED, about)
        case Kind.MISS:
            _miss(subscription, due.at)
        case Kind.ASK_AGAIN:
            _ask_again(subscription, now)
        case Kind.REQUEST:
            _request(subscription, now)
    return True


_ENDS = {
    EndReason.CANCELLED: SubscriptionHistoryEvent.CANCELLED,
    EndReason.EXPIRED: SubscriptionHistoryEvent.EXPIRED,
    EndReason.ABORTED: SubscriptionHistoryEvent.ABORTED,
}


def _close(subscription: Subscription, at: datetime, reason: EndReason, about: About) -> None:
    before = subscription.status
    close(subscription, Ending(at, reason, about.detail))
    event = _ENDS[reason]
    subscription.record(event, own_cause(subscription, event, at), before, about)


def _miss(subscription: Subscription, at: datetime) -> None:
    before, period = subscription.status, subscription.next
    day = subscription.terms.recurrence.payable(period)
    if day is not None:
        subscription.missed.append(day)
    subscription.next += 1
    event = SubscriptionHistoryEvent.PERIOD_MISSED
    about = About(period=period)
    subscription.record(event, own_cause(subscription, event, at), before, about)


def _request(subscription: Subscription, now: datetime) -> None:
    before, owed = subscription.status, subscription.owed
    period = subscription.next if owed is None else owed.period
    attempt = 1 if owed is None else owed.failures + 1
    request_id = request_id_of(subscription, period, attempt)
    subscription.request = PaymentRequest(request_id, period, attempt, now, now)
    subscription.asked_at = now
    subscription.next = max(subscription.next, period + 1)
    event = SubscriptionHistoryEvent.PAYMENT_REQUESTED
    about = About(
        period=period, amount_minor=subscription.terms.amount_minor, request_id=request_id
    )
    subscription.record(event, own_cause(subscription, event, now), before, about)


def _ask_again(subscription: Subscription, now: datetime) -> None:
    before, request = subscription.status, subscription.request
    if request is None:
        return
    subscription.request = request._replace(asked_at=now, asked=request.asked + 1)
    subscription.asked_at = now
    subscription.flags.add(SubscriptionFlag.UNANSWERED)
    event = SubscriptionHistoryEvent.PAYMENT_ASKED_AGAIN
    about = About(
        period=request.period,
        amount_minor=subscription.terms.amount_minor,
        request_id=request.id,
    )
    subscription.record(event, own_cause(subscription, event, now), before, about)


def own_cause(
    subscription: Subscription,
    event: SubscriptionHistoryEvent,
    at: datetime,
    trace: str | None = None,
) -> Cause:
    """What we do ourselves: nobody else's event is behind it."""
    return Cause(SOURCE, f"{subscription.id}:{event.value}:{subscription.version + 1}", at, trace)

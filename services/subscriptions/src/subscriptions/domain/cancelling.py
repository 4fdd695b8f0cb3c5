"""Cancelling a subscription: at its renewal, which can be withdrawn until then, or at once."""

from datetime import date, datetime
from typing import NamedTuple

from payops_contracts.subscriptions import (
    EndReason,
    SubscriptionHistoryEvent,
    SubscriptionStatus,
)
from subscriptions.domain.billing import DAY, own_cause, retry_at
from subscriptions.domain.errors import AlreadyCancelled, NoRenewal, NotActive, NotCancelled
from subscriptions.domain.folding import close
from subscriptions.domain.policies import Rules
from subscriptions.domain.subscription import About, Cancelling, Ending, Subscription


class Wish(NamedTuple):
    """Who wants it, and why."""

    by: str
    reason: str | None = None
    trace: str | None = None


def renewal_day(subscription: Subscription, rules: Rules, now: datetime) -> date:
    """The day on which a cancellation at renewal ends it: the next period's that is not asked for.

    Raises why it cannot be cancelled so.
    """
    check_not_cancelled(subscription)
    if subscription.status is SubscriptionStatus.CREATED:
        raise NoRenewal("Nothing was paid yet, so there is no renewal: cancel it at once.")
    terms, today = subscription.terms.recurrence, rules.zone.date_of(now)
    number = subscription.next
    if subscription.owed is not None and (day := terms.day(number)) is not None and day <= today:
        number = terms.number_on(today) + 1
    day = terms.payable(number) if subscription.may_follow else terms.day(number)
    if day is None and terms.expires_on is not None:
        day = terms.expires_on + DAY
    if day is None:
        raise NoRenewal("It has no further payment: cancel it at once.")
    return day


def check_runs(subscription: Subscription) -> None:
    """Raise when it has ended."""
    if subscription.ended is not None:
        raise NotActive("It is Not Active already.")


def check_not_cancelled(subscription: Subscription) -> None:
    """Raise when it has ended, or ends at its renewal."""
    check_runs(subscription)
    if subscription.cancelling is not None:
        raise AlreadyCancelled(
            f"It ends on {subscription.cancelling.effective_on:%d %b %Y} already; withdraw that "
            "to cancel it in another way."
        )


def check_cancelled(subscription: Subscription) -> None:
    """Raise when there is no cancellation to withdraw."""
    check_runs(subscription)
    if subscription.cancelling is None:
        raise NotCancelled("There is no cancellation to withdraw.")


def what_follows(subscription: Subscription, rules: Rules, effective_on: date | None) -> list[str]:
    """What a cancellation does to what is open, a sentence each; at once without a day."""
    said: list[str] = []
    request, planned = subscription.request, retry_at(subscription, rules)
    if request is not None:
        day = subscription.day_of(request.period)
        said.append(f"The payment of {day:%d %b %Y} is requested already and may still be taken.")
    if planned is not None and effective_on is None:
        said.append(f"The retry of {planned:%d %b %Y %H:%M} UTC is dropped.")
    elif planned is not None and effective_on is not None:
        if planned < rules.zone.start_of(effective_on):
            said.append(
                f"What is owed already is tried again until then, next on "
                f"{planned:%d %b %Y %H:%M} UTC."
            )
        else:
            said.append(f"The retry of {planned:%d %b %Y %H:%M} UTC is dropped.")
    if effective_on is None:
        said.append("It ends now, and cannot be taken up again.")
    else:
        said.append(
            f"It ends on {effective_on:%d %b %Y}, before that day's payment; until then the "
            "cancellation can be withdrawn."
        )
    return said


def cancel_at_renewal(subscription: Subscription, rules: Rules, wish: Wish, now: datetime) -> date:
    """Have it end at its renewal; the day. Raises why not, and changes nothing then."""
    day = renewal_day(subscription, rules, now)
    before = subscription.status
    subscription.cancelling = Cancelling(day, now, wish.by, wish.reason)
    event = SubscriptionHistoryEvent.CANCELLATION_REQUESTED
    about = About(actor=wish.by, detail=wish.reason)
    subscription.record(event, own_cause(subscription, event, now, wish.trace), before, about)
    return day


def cancel_now(subscription: Subscription, wish: Wish, now: datetime) -> None:
    """End it. Raises when it has ended, or ends at its renewal already."""
    check_not_cancelled(subscription)
    before = subscription.status
    close(subscription, Ending(now, EndReason.CANCELLED, wish.reason))
    event = SubscriptionHistoryEvent.CANCELLED
    about = About(actor=wish.by, detail=wish.reason)
    subscription.record(event, own_cause(subscription, event, now, wish.trace), before, about)


def keep(subscription: Subscription, wish: Wish, now: datetime) -> None:
    """Withdraw the cancellation. Raises when there is none, or it has ended."""
    check_cancelled(subscription)
    before = subscription.status
    subscription.cancelling = None
    event = SubscriptionHistoryEvent.CANCELLATION_WITHDRAWN
    about = About(actor=wish.by, detail=wish.reason)
    subscription.record(event, own_cause(subscription, event, now, wish.trace), before, about)

"""What happens next to a subscription, in words and instants, for people."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from payops_contracts.subscriptions import BillingMode
from subscriptions.domain.billing import due_at, expires_at, retry_at
from subscriptions.domain.policies import MissedPeriods, Rules
from subscriptions.domain.subscription import Subscription


class What(StrEnum):
    """What comes."""

    ANSWER = "answer"
    RETRY = "retry"
    PAYMENT = "payment"
    MISSED = "missed"
    CANCELLATION = "cancellation"
    EXPIRY = "expiry"


class Coming(NamedTuple):
    """One thing that comes: when, what, and a sentence about it."""

    at: datetime
    what: What
    text: str


def outlook(subscription: Subscription, rules: Rules) -> list[Coming]:
    """What comes, soonest first; nothing of one that has ended."""
    if subscription.ended is not None:
        return []
    ours = subscription.terms.billing is BillingMode.HUB
    found: list[Coming] = []
    request, owed = subscription.request, subscription.owed
    if request is not None:
        day = subscription.day_of(request.period)
        text = f"The payment of {day:%d %b %Y} is requested; its answer is awaited."
        found.append(Coming(request.asked_at, What.ANSWER, text))
    if (at := retry_at(subscription, rules)) is not None and owed is not None:
        tries = f"{owed.failures + 1} of {rules.policy.failures_max}"
        text = f"The payment that failed is requested again, attempt {tries}."
        found.append(Coming(at, What.RETRY, text))
    elif owed is not None and not ours:
        text = "The provider tries again by itself; without a word from it the subscription ends."
        at = owed.failed_at + rules.policy.patience(owed.failures)
        found.append(Coming(at, What.RETRY, text))
    if (at := due_at(subscription, rules)) is not None:
        found.append(_payment(subscription, rules, at, ours))
    if (cancelling := subscription.cancelling) is not None:
        text = "It ends before that day's payment, because it was cancelled."
        found.append(Coming(rules.zone.start_of(cancelling.effective_on), What.CANCELLATION, text))
    elif (at := expires_at(subscription, rules)) is not None:
        found.append(Coming(at, What.EXPIRY, "It ends as agreed."))
    return sorted(found, key=lambda each: each.at)


def _payment(subscription: Subscription, rules: Rules, at: datetime, ours: bool) -> Coming:
    if subscription.owed is not None and rules.policy.missed_periods is MissedPeriods.SKIP:
        text = "A payment falls due; it is missed when it is still on hold then."
        return Coming(at, What.MISSED, text)
    if subscription.started_at is None and not subscription.terms.first_is_ours:
        return Coming(at, What.PAYMENT, "The customer makes the first payment.")
    text = "PayOps requests the payment." if ours else "The provider takes the payment."
    return Coming(at, What.PAYMENT, text)

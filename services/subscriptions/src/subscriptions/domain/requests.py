"""Which payment a request asks for: its id is made from that, and is its key."""

from datetime import date
from uuid import UUID, uuid5

from payops_contracts.ids import PaymentRequestId
from subscriptions.domain.subscription import Subscription

KEYS = UUID("7b1d4f6e-7f0a-4f53-9f3c-6f1c1f5f2a10")
PERIODS_BACK = 12
ATTEMPTS_MAX = 10


def request_id_of(subscription: Subscription, period: int, attempt: int) -> PaymentRequestId:
    """The same for good: a database that was restored asks under the key that it used before."""
    name = f"{subscription.id}\n{period}\n{attempt}"
    return PaymentRequestId(f"pr-{uuid5(KEYS, name).hex}")


def asked_period(
    subscription: Subscription, request_id: PaymentRequestId | None, day: date
) -> int | None:
    """The period that a request asked for; None for one that is not ours.

    A restored database may have forgotten it: then those before the payment's day are tried.
    """
    if request_id is None:
        return None
    if subscription.request is not None and subscription.request.id == request_id:
        return subscription.request.period
    for row in reversed(subscription.history):
        if row.request_id == request_id and row.period is not None:
            return row.period
    last = subscription.terms.recurrence.number_on(day)
    for period in range(last, max(-1, last - PERIODS_BACK), -1):
        for attempt in range(1, ATTEMPTS_MAX + 1):
            if request_id_of(subscription, period, attempt) == request_id:
                return period
    return None

"""Subscriptions and what is said of them, for tests: every value may be named."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from payops_contracts.ids import PaymentRequestId, SubscriptionId, TransactionId
from payops_contracts.payments import TransactionStatus
from payops_contracts.subscriptions import BillingMode, Interval, SubscriptionStatus
from payops_kernel.zones import Zone
from subscriptions.domain.billing import act, next_step
from subscriptions.domain.facts import (
    PAID,
    Cause,
    CreatedFact,
    Customer,
    EndedFact,
    EndKind,
    Failure,
    PaymentFact,
    Terms,
)
from subscriptions.domain.folding import fold
from subscriptions.domain.policies import FailurePolicy, MissedPeriods, Rules
from subscriptions.domain.recurrence import Recurrence
from subscriptions.domain.subscription import Subscription

ID = SubscriptionId("SUB-1")
ROME = Zone("Europe/Rome")
UTC_RULES = Rules(Zone("UTC"))
COLLECTING = UTC_RULES._replace(policy=FailurePolicy(missed_periods=MissedPeriods.COLLECT))
DECLINED = Failure("insufficient_funds", "The card has insufficient funds.")
_numbers = count(1)


def at(text: str) -> datetime:
    """An instant of UTC, such as ``2026-03-02 08:00``; a day alone is its midnight."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def cause(when: datetime, event_id: str | None = None) -> Cause:
    """An event of upstream at an instant."""
    event_id = event_id or f"evt-{next(_numbers)}"
    return Cause("https://hub.example", event_id, when, digest=hash(event_id))


def terms(
    anchor: str = "2026-01-01",
    interval: Interval = Interval.MONTH,
    every: int = 1,
    *,
    billing: BillingMode = BillingMode.HUB,
    payments_max: int | None = None,
    expires_on: date | None = None,
    first_is_ours: bool = False,
    subscription_id: SubscriptionId = ID,
) -> Terms:
    """What was agreed: 32.30 US$ each time, from the anchor on."""
    day = date.fromisoformat(anchor)
    return Terms(
        subscription_id,
        datetime.combine(day, datetime.min.time(), UTC),
        Customer("user-1", "Ada Rossi"),
        3230,
        "USD",
        "stripe",
        "credit-cards",
        billing,
        Recurrence(interval, every, day, payments_max, expires_on),
        first_is_ours,
    )


def created(agreed: Terms | None = None, event_id: str | None = None) -> CreatedFact:
    """That it was agreed."""
    agreed = agreed or terms()
    return CreatedFact(cause(agreed.created_at, event_id), agreed)


def ended(when: str, kind: EndKind = EndKind.ENDED, event_id: str | None = None) -> EndedFact:
    """That the hub ends it."""
    return EndedFact(cause(at(when), event_id), ID, kind, "The account was closed")


def payment(
    when: str,
    status: TransactionStatus = TransactionStatus.PAID,
    *,
    transaction: str | None = None,
    sequence: int = 1,
    request: PaymentRequestId | None = None,
    **more: Any,
) -> PaymentFact:
    """A payment of that instant, created and settled at once."""
    instant = at(when)
    name = transaction or f"ORD-{next(_numbers)}"
    failed = status is TransactionStatus.FAILED
    told: dict[str, Any] = {
        "cause": Cause("/payops/transactions", f"{name}:{sequence}", instant),
        "subscription_id": ID,
        "transaction_id": TransactionId(name),
        "sequence": sequence,
        "status": status,
        "created_at": instant,
        "created_on": instant.date(),
        "amount_minor": 3230,
        "currency": "USD",
        "settled_at": instant if failed or status in PAID else None,
        "failure": DECLINED if failed else None,
        "request_id": request,
    }
    return PaymentFact(**told | more)


def failed(when: str, **more: Any) -> PaymentFact:
    """A payment that failed then."""
    return payment(when, TransactionStatus.FAILED, **more)


def a_subscription(
    *facts: Any, agreed: Terms | None = None, rules: Rules = UTC_RULES
) -> Subscription:
    """One that was agreed, and then these facts."""
    subscription = fold(None, created(agreed), rules)
    for fact in facts:
        fold(subscription, fact, rules)
    return subscription


def done_until(
    subscription: Subscription, when: str, rules: Rules = UTC_RULES
) -> list[tuple[str, str]]:
    """Do all that falls due until an instant, each at its time: events and instants."""
    done: list[tuple[str, str]] = []
    limit = at(when)
    while (due := next_step(subscription, rules)) is not None and due.at <= limit:
        assert act(subscription, rules, due.at)
        row = subscription.history[-1]
        done.append((row.event, f"{row.at:%Y-%m-%d %H:%M}"))
    return done


def answer(subscription: Subscription, when: str, ok: bool, rules: Rules = UTC_RULES) -> None:
    """The hub's answer to the payment that is asked for."""
    assert subscription.request is not None
    status = TransactionStatus.PAID if ok else TransactionStatus.FAILED
    fold(subscription, payment(when, status, request=subscription.request.id), rules)


def state(subscription: Subscription) -> dict[str, Any]:
    """What must not depend on the order of arrival."""
    return {
        "status": subscription.status,
        "next": subscription.next_payment_on,
        "made": subscription.payments_made,
        "paid": subscription.paid_minor,
        "refunded": subscription.refunded_minor,
        "started": subscription.started_at,
        "ended": subscription.ended,
    }


def copied(subscription: Subscription) -> Subscription:
    """Another one that is the same."""
    return replace(
        subscription,
        payments=dict(subscription.payments),
        missed=list(subscription.missed),
        flags=set(subscription.flags),
        history=list(subscription.history),
    )


ACTIVE = SubscriptionStatus.ACTIVE
ON_HOLD = SubscriptionStatus.ON_HOLD
NOT_ACTIVE = SubscriptionStatus.NOT_ACTIVE
DAY = timedelta(days=1)

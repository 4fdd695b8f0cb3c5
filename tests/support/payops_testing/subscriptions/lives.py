"""Subscriptions to which everything has happened that may, each by the name of what it is."""

from collections.abc import Callable
from datetime import date

from payops_contracts.ids import SubscriptionId
from payops_contracts.payments import TransactionStatus
from payops_contracts.subscriptions import BillingMode, Interval
from payops_testing.subscriptions.builders import (
    UTC_RULES,
    a_subscription,
    answer,
    at,
    done_until,
    ended,
    payment,
    terms,
)
from subscriptions.domain.cancelling import Wish, cancel_at_renewal, cancel_now
from subscriptions.domain.facts import Terms
from subscriptions.domain.folding import fold
from subscriptions.domain.subscription import Subscription

OPERATOR = Wish("local:operator", "Moved away")


def new() -> Subscription:
    """Nothing was paid yet."""
    return a_subscription()


def active() -> Subscription:
    """Three payments made, one of them given back in part, and one in another currency."""
    it = a_subscription(payment("2026-01-01 09:00", transaction="ORD-1"))
    for month in ("02", "03"):
        done_until(it, f"2026-{month}-01")
        answer(it, f"2026-{month}-01 00:05", ok=True)
    other = payment("2026-03-05", transaction="ORD-EUR", currency="EUR", amount_minor=99)
    fold(it, other, UTC_RULES)
    part = TransactionStatus.PARTIALLY_REFUNDED
    again = payment("2026-01-01 09:00", part, transaction="ORD-1", sequence=2, refunded_minor=230)
    fold(it, again, UTC_RULES)
    return it


def asked() -> Subscription:
    """Its second payment is asked for, for the second time."""
    it = a_subscription(payment("2026-01-01 09:00"))
    done_until(it, "2026-02-02")
    return it


def on_hold() -> Subscription:
    """Its second payment has failed twice."""
    it = a_subscription(payment("2026-01-01 09:00"))
    done_until(it, "2026-02-01")
    answer(it, "2026-02-01 09:00", ok=False)
    done_until(it, "2026-02-02 09:00")
    answer(it, "2026-02-02 09:05", ok=False)
    return it


def missed() -> Subscription:
    """Weekly; on hold while two periods fell due."""
    agreed = terms(interval=Interval.WEEK, payments_max=20, expires_on=date(2026, 12, 31))
    it = a_subscription(payment("2026-01-01"), agreed=agreed)
    for when in ("2026-01-08 00:00", "2026-01-09 00:00", "2026-01-12 00:00"):
        done_until(it, when)
        answer(it, when, ok=False)
    done_until(it, "2026-01-19 00:00")
    return it


def cancelling() -> Subscription:
    """It ends at its renewal."""
    it = a_subscription(payment("2026-01-01 09:00"))
    cancel_at_renewal(it, UTC_RULES, OPERATOR, at("2026-01-10"))
    return it


def cancelled() -> Subscription:
    """A person has ended it at once."""
    it = a_subscription(payment("2026-01-01 09:00"))
    cancel_now(it, OPERATOR, at("2026-01-10 12:00"))
    return it


def aborted() -> Subscription:
    """Its second payment has failed as often as it may."""
    it = a_subscription(payment("2026-01-01 09:00"))
    for when in ("2026-02-01", "2026-02-02", "2026-02-05", "2026-02-12"):
        done_until(it, when)
        answer(it, when, ok=False)
    return it


def ended_elsewhere() -> Subscription:
    """The provider has ended it; a payment came afterwards."""
    agreed = terms(billing=BillingMode.PROVIDER)
    return a_subscription(
        payment("2026-01-01 09:00"), ended("2026-01-20"), payment("2026-02-01"), agreed=agreed
    )


LIVES: dict[str, Callable[[], Subscription]] = {
    life.__name__: life
    for life in (
        new,
        active,
        asked,
        on_hold,
        missed,
        cancelling,
        cancelled,
        aborted,
        ended_elsewhere,
    )
}


def life(name: str, **changes: object) -> Subscription:
    """One of them under its own name as its id, with other terms where they are named."""
    it = LIVES[name]()
    named: dict[str, object] = {"subscription_id": SubscriptionId(f"SUB-{name}")}
    it.terms = Terms(**it.terms._asdict() | named | changes)
    return it

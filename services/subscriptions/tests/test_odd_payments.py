"""Payments that are twice, late, refunded, of nobody or in another currency."""

from datetime import date

import pytest

from payops_contracts.payments import TransactionStatus
from payops_contracts.subscriptions import (
    SubscriptionFlag,
    SubscriptionStatus,
)
from payops_kernel.errors import Park
from payops_kernel.facts import IdentityContradiction
from payops_testing.subscriptions.builders import (
    ACTIVE,
    ID,
    UTC_RULES,
    a_subscription,
    at,
    cause,
    copied,
    created,
    done_until,
    ended,
    failed,
    payment,
    terms,
)
from subscriptions.domain.facts import CreatedFact
from subscriptions.domain.folding import fold


def test_a_period_that_is_paid_twice_is_flagged_and_moves_nothing() -> None:
    subscription = a_subscription(payment("2026-03-01 08:00"), agreed=terms("2026-03-01"))
    fold(subscription, payment("2026-03-02 08:00"), UTC_RULES)
    assert subscription.flags == {SubscriptionFlag.OVERPAID}
    assert (subscription.payments_made, subscription.paid_minor) == (1, 6460)
    assert subscription.next_payment_on == date(2026, 4, 1)


def test_a_failure_of_what_is_paid_puts_nothing_on_hold() -> None:
    subscription = a_subscription(payment("2026-03-01 08:00"), agreed=terms("2026-03-01"))
    fold(subscription, failed("2026-03-01 07:00"), UTC_RULES)
    assert subscription.status is ACTIVE
    assert subscription.history[-1].note == "ignored: the period is paid"


def test_another_currency_is_kept_and_not_counted() -> None:
    odd = payment("2026-03-01 08:00", currency="EUR")
    subscription = a_subscription(odd, agreed=terms("2026-03-01"))
    assert subscription.status is SubscriptionStatus.CREATED
    assert subscription.flags == {SubscriptionFlag.OTHER_CURRENCY}
    assert (subscription.payments_made, subscription.paid_minor) == (0, 0)
    assert not subscription.history[-1].applied


def test_a_refund_is_counted_and_leaves_the_period_paid() -> None:
    paid = payment("2026-03-01 08:00", transaction="ORD-R")
    subscription = a_subscription(paid, agreed=terms("2026-03-01"))
    fold(
        subscription,
        payment(
            "2026-03-01 08:00",
            TransactionStatus.PARTIALLY_REFUNDED,
            transaction="ORD-R",
            sequence=2,
            refunded_minor=1230,
        ),
        UTC_RULES,
    )
    assert (subscription.status, subscription.refunded_minor) == (ACTIVE, 1230)
    assert subscription.history[-1].event == "payment_refunded"


def test_what_comes_twice_or_older_changes_nothing() -> None:
    paid = payment("2026-03-01 08:00", transaction="ORD-D", sequence=3)
    subscription = a_subscription(paid, agreed=terms("2026-03-01"))
    version = subscription.version
    for again in (paid, failed("2026-03-01 08:00", transaction="ORD-D", sequence=2)):
        fold(subscription, again, UTC_RULES)
    noted = payment("2026-03-01 08:00", transaction="ORD-D", sequence=4)
    fold(subscription, noted, UTC_RULES)
    assert subscription.version == version


def test_what_is_told_before_the_subscription_waits_for_it() -> None:
    for early in (payment("2026-03-01"), ended("2026-03-01")):
        with pytest.raises(Park, match=f"subscription '{ID}' is not known yet"):
            fold(None, early, UTC_RULES)


def test_another_amount_under_a_known_id_is_refused_and_the_same_again_is_noted() -> None:
    subscription = a_subscription()
    fold(subscription, created(), UTC_RULES)
    assert subscription.history[-1].note == "ignored: the subscription was known already"
    other = CreatedFact(cause(at("2026-01-01")), terms()._replace(amount_minor=999))
    with pytest.raises(IdentityContradiction, match="999 USD for a subscription of 3230 USD"):
        fold(subscription, other, UTC_RULES)


def test_an_answer_to_a_request_that_a_restored_database_forgot_finds_its_period() -> None:
    subscription = a_subscription(payment("2026-03-01 08:00"), agreed=terms("2026-03-01"))
    forgotten = copied(subscription)
    done_until(subscription, "2026-04-01 00:00")
    assert subscription.request is not None
    late = payment("2026-06-10 08:00", request=subscription.request.id)
    fold(forgotten, late, UTC_RULES)
    assert forgotten.payments[late.transaction_id].period == 1
    again = copied(a_subscription(payment("2026-03-01 08:00"), agreed=terms("2026-03-01")))
    done_until(again, "2026-04-01 00:00")
    assert again.request is not None
    assert again.request.id == subscription.request.id

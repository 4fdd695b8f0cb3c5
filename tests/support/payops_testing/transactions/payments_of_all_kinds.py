"""Payments of every kind: one with all that there may be, one with the least, one a status."""

from datetime import datetime, timedelta
from typing import Any

from payops_contracts.ids import RefundId
from payops_testing.transactions.builders import (
    NOON,
    a_description,
    a_dispute_fact,
    a_fact,
    a_refund_fact,
    folded,
)
from transactions.domain.facts import (
    Attribute,
    DisputeFactKind,
    Fact,
    FactKind,
    Item,
    RefundFactKind,
)
from transactions.domain.folding import fold
from transactions.domain.refundability import BUILT_IN
from transactions.domain.refunding import RefundOrder, ask_again, request_refund
from transactions.domain.transaction import Transaction

D, R = DisputeFactKind, RefundFactKind


def at(minute: int) -> datetime:
    """The minute after noon."""
    return NOON + timedelta(minutes=minute)


def payment_facts(*kinds: FactKind, **changes: Any) -> list[Fact]:
    """Facts of a payment of €120.00, each at the minute of its rank."""
    return [a_fact(kind, amount_minor=12_000, currency="EUR", **changes) for kind in kinds]


def rich() -> Transaction:
    """Failed and paid; refunds and disputes in every state; every optional part there."""
    description = a_description(
        channel="call-center",
        type="SUBSCRIPTION",
        link="https://pay.example/l/1",
        subscription_id="sub-1",
        payment_request_id="pr-1",
        provider_payment_id="psp-pay-1",
        notification_channels=("email", "sms"),
        items=(Item("CD", 2, 13_000, 2_000), Item("Voucher", 1, -1_000, 0)),
        attributes=(Attribute("basket/quantity", 3), Attribute("country", "IT")),
    )
    t = folded(
        *payment_facts(
            FactKind.CREATED,
            FactKind.FAILED,
            FactKind.PAID,
            transaction_id="rich",
            description=description,
        )
    )
    for number, amount in enumerate((3_000, 1_000, 500, 400, 300), start=1):
        order = RefundOrder(
            RefundId(f"rf-{number}"), f"k-{number}", amount, None, "ada", "damaged", "a scratch"
        )
        request_refund(t, order, at(9 + number), None, BUILT_IN.can_refund)
    t = fold(t, a_refund_fact(R.PENDING, "rf-3", 500, currency="EUR", occurred_at=at(15)))
    ask_again(t, RefundId("rf-4"), at(16))
    later: list[Fact] = [
        a_refund_fact(R.FAILED, "rf-2", 1_000, currency="EUR", occurred_at=at(17)),
        a_refund_fact(R.SUCCEEDED, "rf-1", 3_000, currency="EUR", occurred_at=at(18)),
        a_refund_fact(R.SUCCEEDED, "psp-1", 200, currency="EUR", occurred_at=at(19)),
        *(
            a_dispute_fact(kind, f"dp-{number}", 100 * number, occurred_at=at(minute))._replace(
                currency="EUR"
            )
            for kind, number, minute in (
                (D.OPENED, 1, 20),
                (D.OPENED, 2, 21),
                (D.OPENED, 3, 22),
                (D.WON, 1, 23),
                (D.LOST, 2, 24),
            )
        ),
        *payment_facts(FactKind.PENDING, transaction_id="rich", occurred_at=at(25)),
    ]
    for fact in later:
        t = fold(t, fact)
    return t


def bare() -> Transaction:
    """Only what upstream must say, in words that nobody has named yet."""
    nothing = dict.fromkeys(
        ("user_name", "user_email", "user_phone", "notification_channels", "items", "attributes")
    )
    description = a_description(provider="newpay", method="barter", channel="fair", **nothing)
    return folded(
        a_fact(transaction_id="bare", amount_minor=0, currency="JPY", description=description)
    )


def of_every_status() -> list[Transaction]:
    """A payment in each status, named after it; the paid one by a link."""
    half = a_refund_fact(R.SUCCEEDED, amount_minor=6_000, currency="EUR")
    whole = a_refund_fact(R.SUCCEEDED, amount_minor=12_000, currency="EUR")
    by_link = a_description(type="PAY_BY_LINK", channel="pay-by-link", link="https://pay.example/2")
    made: list[tuple[str, FactKind, dict[str, Any], list[Fact]]] = [
        ("created", FactKind.CREATED, {}, []),
        ("pending", FactKind.PENDING, {}, []),
        ("failed", FactKind.FAILED, {}, []),
        ("paid", FactKind.PAID, {"description": by_link}, []),
        ("partially", FactKind.PAID, {}, [half]),
        ("totally", FactKind.PAID, {}, [whole]),
    ]
    return [
        folded(*payment_facts(kind, transaction_id=key, **changes), *back)
        for key, kind, changes, back in made
    ]

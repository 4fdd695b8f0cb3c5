"""Payments in which every word varies, filters for them, and what a filter means in plain Python.

Nothing here asks the service how it filters.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from payops_kernel.mongo import Document
from payops_testing.transactions.builders import a_description, a_fact, a_refund_fact, folded
from payops_testing.transactions.list_setting import STORE
from transactions.domain.facts import Fact, FactKind, RefundFactKind

START = datetime(2026, 1, 1, tzinfo=UTC)
STATUSES = ("CREATED", "PAID", "PARTIALLY_REFUNDED", "TOTALLY_REFUNDED", "FAILED")
METHODS = ("credit-cards", "pay-pal", "satispay", "wire-transfer")
CHANNELS = ("web", "mobile", "pos", "call-center")
PROVIDERS = ("stripe", "adyen", "nexi", "flowpay")
TYPES = ("DIRECT", "SUBSCRIPTION", "PAY_BY_LINK")
REFUNDS = {"PAID": (), "PARTIALLY_REFUNDED": ("SUCCEEDED",), "TOTALLY_REFUNDED": ("SUCCEEDED",)}
"""What every payment of a status has; others may wait for an answer, or have failed."""
CURRENCIES = ("EUR", "USD", "JPY", "KWD")
CUSTOMERS = (
    ("u-1", "Maria Rossi", "Maria.Rossi@example.com"),
    ("u-10", "MARCO  De Luca", "luca@example.org"),
    ("u-2", "José García", None),
    ("u-3", None, "ord-1@example.com"),
    ("u-4", "Anna Straße", "anna@example.com"),
    ("maria", "Zoe Ng", "zoe@example.com"),
    ("u-5", None, None),
    ("ord-2", "Luca Rossini", "l.rossini@example.com"),
)

Query = Mapping[str, Any]
"""Parameters of the list; several values of one as a list."""


class Payment(NamedTuple):
    """What filters look at; ``amount`` in minor units."""

    id: str
    status: str
    method: str
    channel: str
    provider: str
    type: str
    currency: str
    customer: str
    name: str | None
    email: str | None
    created: datetime
    amount: int
    refund_status: tuple[str, ...] = ()
    """Of each of its refunds."""


def varied_payments(count: int) -> list[Payment]:
    """The same for one count; many have their date or their amount in common."""
    random = Random(count)
    return [_payment(number, random) for number in range(count)]


def _payment(number: int, random: Random) -> Payment:
    choose = random.choice
    customer, name, email = choose(CUSTOMERS)
    payment = Payment(
        id=f"{choose(['ORD', 'INV'])}-{number:03d}",
        status=choose(STATUSES),
        method=choose(METHODS),
        channel=choose(CHANNELS),
        provider=choose(PROVIDERS),
        type=choose(TYPES),
        currency=choose(CURRENCIES),
        customer=customer,
        name=name,
        email=email,
        created=START + timedelta(hours=random.randrange(100)),
        amount=random.randrange(2, 60),
    )
    if payment.status not in REFUNDS:
        return payment
    more = choose([(), ("PENDING",), ("FAILED",), ("FAILED", "PENDING", "PENDING")])
    return payment._replace(refund_status=REFUNDS[payment.status] + more)


def document(payment: Payment) -> Document:
    """As the service keeps it."""
    description = a_description(
        created_at=payment.created,
        method=payment.method,
        channel=payment.channel,
        provider=payment.provider,
        type=payment.type,
        user_id=payment.customer,
        user_name=payment.name,
        user_email=payment.email,
    )
    kind = {"CREATED": FactKind.CREATED, "FAILED": FactKind.FAILED}.get(
        payment.status, FactKind.PAID
    )
    facts: list[Fact] = [
        a_fact(
            kind,
            transaction_id=payment.id,
            amount_minor=payment.amount,
            currency=payment.currency,
            description=description,
        )
    ]
    back = payment.amount - (payment.status == "PARTIALLY_REFUNDED")
    for number, status in enumerate(payment.refund_status):
        amount, answer = (back if status == "SUCCEEDED" else 1), RefundFactKind[status]
        refund = a_refund_fact(answer, f"rf-{number}", amount, currency=payment.currency)
        facts.append(refund)
    return STORE.to_document(folded(*facts))


def meant(payments: list[Payment], query: Query, sort: str) -> list[str]:
    """The ids that a query means, in its order."""
    backward = sort.startswith("-")
    by_amount = sort.endswith("amount")
    found = [p for p in payments if all(_holds(p, *part) for part in query.items())]
    found.sort(key=lambda p: (p.amount if by_amount else p.created, p.id), reverse=backward)
    return [payment.id for payment in found]


def _holds(payment: Payment, name: str, value: Any) -> bool:
    match name:
        case "created_from":
            return payment.created >= datetime.fromisoformat(value)
        case "created_to":
            return payment.created < datetime.fromisoformat(value)
        case "amount_from":
            return payment.amount >= int(value)
        case "amount_to":
            return payment.amount <= int(value)
        case "q":
            ids = payment.id, payment.customer
            return any(each.startswith(value) for each in ids) or _person_begins(payment, value)
        case "refund_status":
            return not set(payment.refund_status).isdisjoint(value)
    return getattr(payment, name) in list(value)


def _person_begins(payment: Payment, text: str) -> bool:
    said = " ".join(text.casefold().split())
    name = (payment.name or "").casefold().split()
    words = [(payment.email or "").casefold(), " ".join(name), *name]
    return any(word.startswith(said) for word in words)


def _words(name: str, words: tuple[str, ...]) -> list[Query]:
    chosen = [[word] for word in words] + [[*words[:2]], [*words[1:]]]
    return [{name: several} for several in chosen]


def _instant(hours: int) -> str:
    return (START + timedelta(hours=hours)).isoformat()


ALONE: dict[str, list[Query]] = {
    "status": _words("status", STATUSES),
    "method": _words("method", METHODS),
    "channel": _words("channel", CHANNELS),
    "provider": _words("provider", PROVIDERS),
    "type": _words("type", TYPES),
    "currency": _words("currency", CURRENCIES),
    "refund_status": _words("refund_status", ("PENDING", "FAILED", "SUCCEEDED")),
    "created": [
        {"created_from": _instant(30)},
        {"created_to": "2026-01-03T03:00:00+01:00"},
        {"created_from": _instant(20), "created_to": _instant(70)},
        {"created_from": _instant(41), "created_to": _instant(42)},
    ],
    "amount": [
        {"amount_from": 30},
        {"amount_to": 30},
        {"amount_from": 12, "amount_to": 44},
        {"amount_from": 30, "amount_to": 30},
    ],
    "customer": _words("customer", tuple(customer for customer, *_ in CUSTOMERS)),
    "q": [
        {"q": text}
        for text in (
            "ORD", "INV-1", "ORD-01", "maria", "MARIA.ROSSI@", "luca", "de", "marco de",
            "ros", "u-1", "josé g", "GARCÍA", "STRASSE", "ord-", "zo", " anna ",
        )
    ],
}  # fmt: skip
"""Each filter by itself: one value, several, one bound, both."""

TOGETHER: dict[str, list[Query]] = {
    "status": [{"status": [*STATUSES[:3]]}, {"status": [*STATUSES[2:]]}],
    "method": [{"method": [*METHODS[:2]]}, {"method": [*METHODS[1:]]}],
    "channel": [{"channel": [*CHANNELS[:2]]}, {"channel": [*CHANNELS[1:]]}],
    "provider": [{"provider": [*PROVIDERS[:2]]}, {"provider": [*PROVIDERS[1:]]}],
    "type": [{"type": [TYPES[0], TYPES[2]]}, {"type": [*TYPES[:2]]}],
    "currency": [{"currency": [*CURRENCIES[:2]]}, {"currency": [*CURRENCIES[1:]]}],
    "refund_status": [
        {"refund_status": ["PENDING", "REQUESTED", "UNKNOWN"]},
        {"refund_status": ["SUCCEEDED", "FAILED"]},
    ],
    "created": ALONE["created"][:3],
    "amount": ALONE["amount"][:3],
    "customer": [{"customer": ["u-1", "u-10", "u-2", "u-4", "maria"]}],
    "q": [{"q": "ORD"}, {"q": "ros"}, {"q": "INV"}],
}
"""Values of which much is left, so that three filters together still find something."""


def combined(names: tuple[str, ...], random: Random) -> tuple[Query, Iterator[Query]]:
    """Filters of these names together, and the same with each of them left out."""
    parts = [random.choice(TOGETHER[name]) for name in names]
    whole = {name: value for part in parts for name, value in part.items()}
    return whole, ({k: v for k, v in whole.items() if k not in part} for part in parts)

"""The traffic: payments as a hub reports them, each created and later paid or failed.

Half of the events open a transaction and half change one that is stored already: the two events of
a payment lie so far apart that they never meet in one slice, so every event costs a write of its
own, for us and for the raw limit alike.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from payops_kernel.ports import Headers

APART_PAYMENTS = 5_000
"""Payments between a payment's first and second event."""
FAILED_SHARE = 0.12
FIRST_INSTANT = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = 180
SOURCE = "https://hub.example/payments"

METHODS = {
    "credit-cards": 55, "pay-pal": 18, "applepay": 12, "googlepay": 7,
    "wire-transfer": 4, "satispay": 3, "scalapay": 1,
}  # fmt: skip
CHANNELS = {"web": 70, "mobile": 18, "pos": 7, "pay-by-link": 4, "call-center": 1}
PROVIDERS = {"stripe": 45, "adyen": 30, "braintree": 15, "nexi": 10}


@dataclass(frozen=True, slots=True)
class Event:
    """An event: Kafka's key and value, and its headers."""

    key: bytes
    value: bytes
    headers: Headers = ()


def payment_events(prefix: str, count: int) -> list[Event]:
    """``count`` events of ``count / 2`` payments, in the order in which a hub publishes them.

    The same prefix gives the same events. Ids begin with the prefix, so runs never meet.
    """
    payments = list(payments_of(prefix, count // 2))
    events: list[Event] = []
    for index, payment in enumerate(payments):
        events.append(created(payment))
        if index >= APART_PAYMENTS:
            events.append(ended(payments[index - APART_PAYMENTS]))
    rest = max(0, len(payments) - APART_PAYMENTS)
    events += [ended(payment) for payment in payments[rest:]]
    return events


def payments_of(prefix: str, count: int) -> Iterator[dict[str, Any]]:
    """Descriptions of payments, as an upstream event's ``data`` holds them."""
    chance = random.Random(prefix)
    methods = chance.choices(list(METHODS), list(METHODS.values()), k=count)
    channels = chance.choices(list(CHANNELS), list(CHANNELS.values()), k=count)
    providers = chance.choices(list(PROVIDERS), list(PROVIDERS.values()), k=count)
    for number in range(count):
        at = FIRST_INSTANT + timedelta(seconds=chance.randrange(DAYS * 86_400))
        amount = chance.randrange(100, 50_000)
        yield {
            "transaction_id": f"{prefix}-{number:08d}",
            "created_at": instant(at),
            "amount_minor": amount,
            "currency": "EUR",
            "provider": providers[number],
            "method": methods[number],
            "channel": channels[number],
            "type": "DIRECT",
            "user": {
                "id": f"user-{chance.randrange(100_000)}",
                "name": "Ada Example",
                "email": "ada@example.com",
            },
            "items": [
                {"description": "Membership", "quantity": 1, "amount_minor": amount,
                 "tax_minor": amount // 11},
            ],
        }  # fmt: skip


def created(payment: dict[str, Any]) -> Event:
    """The event that opens a payment."""
    return _event(payment, "created", after_s=0)


def ended(payment: dict[str, Any]) -> Event:
    """Paid, or failed for a fixed share of the payments."""
    number = int(payment["transaction_id"].rpartition("-")[2])
    if number % 100 < FAILED_SHARE * 100:
        failure = {"code": "insufficient_funds", "message": "Not enough funds."}
        return _event(payment | {"failure": failure}, "failed", after_s=5)
    return _event(payment, "paid", after_s=5)


def paid(payment: dict[str, Any]) -> Event:
    """Paid at once: one event that opens the transaction and counts in the KPIs."""
    return _event(payment, "paid", after_s=5)


def _event(data: dict[str, Any], kind: str, after_s: int) -> Event:
    subject = data["transaction_id"]
    at = datetime.fromisoformat(data["created_at"]) + timedelta(seconds=after_s)
    event = {
        "specversion": "1.0",
        "id": f"{subject}-{kind}",
        "source": SOURCE,
        "type": f"upstream.payment.{kind}.v1",
        "subject": subject,
        "time": instant(at),
        "datacontenttype": "application/json",
        "data": data,
    }
    return Event(subject.encode(), orjson.dumps(event))


def instant(at: datetime) -> str:
    """RFC 3339 with milliseconds, as the contracts want it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

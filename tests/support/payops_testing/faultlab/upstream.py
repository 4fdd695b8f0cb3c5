"""What upstream publishes in these tests: seeded payments, each told in two to four facts."""

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

SOURCE = "https://hub.example/payments"
START = datetime(2026, 3, 1, 8, 0, 0, 125_000, tzinfo=UTC)
METHODS = ("credit-cards", "bank-transfer", "e-wallet")
CURRENCIES = ("USD", "USD", "USD", "EUR", "JPY")
AMOUNT_MAX_MINOR = 250_000

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to be produced; without a partition the key decides, as with any publisher."""

    value: bytes | None
    key: bytes | None = None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    partition: int | None = None

    def at(self, partition: int) -> "Outgoing":
        """The same record, sent to a partition that its publisher chose."""
        return replace(self, partition=partition)

    def under(self, key: bytes | None) -> "Outgoing":
        """The same record under another key."""
        return replace(self, key=key)


def payments(count: int, seed: int = 1, prefix: str = "ORD") -> list[Event]:
    """Facts about ``count`` payments: each payment's in order, the payments mixed."""
    chance = random.Random(seed)
    names = [f"{prefix}-{seed}-{number:05d}" for number in range(count)]
    return mixed([_facts(name, chance) for name in names], chance)


def mixed(waiting: list[list[Event]], chance: random.Random) -> list[Event]:
    """Some fifty histories at a time, each in order."""
    told: list[Event] = []
    window: list[list[Event]] = []
    while waiting or window:
        while waiting and len(window) < 50:
            window.append(waiting.pop(0))
        chosen = chance.choice(window)
        told.append(chosen.pop(0))
        if not chosen:
            window.remove(chosen)
    return told


def _facts(payment: str, chance: random.Random) -> list[Event]:
    kinds = ["created"]
    if chance.random() < 0.4:
        kinds.append("pending")
    fate = chance.random()
    if fate < 0.10:
        kinds += ["failed", "paid"]
    elif fate < 0.25:
        kinds.append("failed")
    elif fate < 0.95:
        kinds.append("paid")
    created_at = START + timedelta(seconds=chance.randrange(30 * 24 * 3600))
    common = {
        "transaction_id": payment,
        "created_at": instant_text(created_at),
        "amount_minor": chance.randrange(AMOUNT_MAX_MINOR),
        "currency": chance.choice(CURRENCIES),
        "provider": "stripe",
        "method": chance.choice(METHODS),
        "channel": "web",
        "type": "DIRECT",
        "user": {"id": f"user-{chance.randrange(500)}"},
    }
    return [
        fact(payment, kind, number, created_at + timedelta(seconds=7 * number), common)
        for number, kind in enumerate(kinds)
    ]


def fact(payment: str, kind: str, number: int, at: datetime, data: dict[str, Any]) -> Event:
    """One structured CloudEvent about a payment."""
    told = dict(data)
    if kind == "failed":
        told["failure"] = {"code": "insufficient_funds", "message": "Not enough money."}
    return {
        "specversion": "1.0",
        "id": f"evt-{payment}-{number}",
        "source": SOURCE,
        "type": f"upstream.payment.{kind}.v1",
        "subject": payment,
        "time": instant_text(at),
        "datacontenttype": "application/json",
        "data": told,
    }


def structured(event: Event) -> Outgoing:
    """The event as one JSON object under its subject."""
    return Outgoing(json.dumps(event).encode(), str(event["subject"]).encode())


def binary(event: Event) -> Outgoing:
    """The event's data as the value, its attributes in ``ce_*`` headers."""
    headers = [("content-type", b"application/json")]
    headers += [
        (f"ce_{name}", str(value).encode())
        for name, value in event.items()
        if name not in {"data", "datacontenttype"}
    ]
    return Outgoing(
        json.dumps(event["data"]).encode(), str(event["subject"]).encode(), tuple(headers)
    )


def records(events: Iterable[Event]) -> list[Outgoing]:
    """The events as records; every seventh in binary mode."""
    return [binary(e) if n % 7 == 3 else structured(e) for n, e in enumerate(events)]


def amount_of(events: Sequence[Event]) -> int:
    """Sum over the payments, in minor units, whatever their currencies."""
    return sum({e["subject"]: int(e["data"]["amount_minor"]) for e in events}.values())


def instant_text(at: datetime) -> str:
    """As events write it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

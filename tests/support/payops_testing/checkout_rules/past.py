"""Payments of the past for tests: their contexts, and the events that tell them."""

from datetime import UTC, datetime
from random import Random
from typing import Any

from checkout_rules.domain.past import PastContext, milliseconds
from payops_contracts.ids import TransactionId

START = datetime(2026, 3, 1, tzinfo=UTC)


def a_past(name: str, **said: Any) -> PastContext:
    """One payment's context; every field may be said."""
    usual: dict[str, Any] = {
        "sequence": 1,
        "at_ms": milliseconds(START),
        "amount_minor": 5_000,
        "currency": "EUR",
        "channel": "web",
        "type": "DIRECT",
        "attributes": {},
    }
    return PastContext(TransactionId(name), **usual | said)


def some_past(
    count: int, seed: int = 5, days: int = 3, tag: str = "ORD", start: datetime = START
) -> list[PastContext]:
    """Payments of some days, by their ids."""
    random = Random(seed)
    return [
        a_past(
            f"{tag}-{number:06}",
            at_ms=milliseconds(start) + 1_000 * random.randrange(days * 86_400),
            amount_minor=random.randrange(1, 20_000),
            currency=random.choice(("EUR", "USD", "JPY")),
            channel=random.choice(("web", "mobile", "pos")),
            type=random.choice(("DIRECT", "SUBSCRIPTION")),
            attributes=_attributes(random),
        )
        for number in range(count)
    ]


def _attributes(random: Random) -> dict[str, Any]:
    values = {
        "basket/quantity": random.choice((1, 2, 3.5, "many")),
        "country": random.choice(("IT", "FR", "DE")),
        "user_type": random.choice(("new", "returning")),
    }
    return {path: value for path, value in values.items() if random.random() < 0.7}

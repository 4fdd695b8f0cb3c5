"""What PayOps asks the hub about subscriptions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from payops_contracts.envelope import domain_event

NOW = 1_760_000_000.0
SOURCE = "/payops/subscriptions"


def payment_request(number: int = 1, **data: Any) -> bytes:
    """The first payment of subscription number so and so."""
    said = {
        "subscription_id": f"sub-{number}",
        "payment_request_id": f"pr-{UUID(int=number).hex}",
        "idempotency_key": f"pr-{UUID(int=number).hex}",
        "period_on": "2025-10-09",
        "attempt": 1,
        "asked": 1,
        "amount_minor": 100 + number,
        "currency": "USD",
        "provider": "stripe",
        "method": "credit-cards",
        "user_id": "sim-user-00007",
        "description": "Film club",
    } | data
    return _command("payment.requested", said)


def end_request(subscription_id: str, ends_at: float, fact: str = "requested") -> bytes:
    """That the hub takes nothing more of it from then on, or does after all: ``withdrawn``."""
    said = {
        "subscription_id": subscription_id,
        "ends_at": datetime.fromtimestamp(ends_at, UTC).isoformat(),
        "reason": "CANCELLED",
        "provider": "stripe",
    }
    return _command(f"end.{fact}", said)


def _command(what: str, said: dict[str, Any]) -> bytes:
    at, kind = datetime.fromtimestamp(NOW, UTC), f"payops.subscription-{what}.v1"
    return orjson.dumps(domain_event(kind, SOURCE, said["subscription_id"], 3, at, said))

"""Commands as PayOps gives them to the provider."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from payops_contracts.envelope import domain_event

NOW = 1_760_000_000.0


def command(number: int = 1, **data: Any) -> bytes:
    """Refund number so and so of a payment of its own."""
    transaction_id = f"imported-{number}"
    said = {
        "transaction_id": transaction_id,
        "refund_id": f"refund-{number}",
        "idempotency_key": str(UUID(int=number)),
        "amount_minor": 100 + number,
        "currency": "USD",
        "provider": "stripe",
        "method": "credit-cards",
        "attempt": 1,
    } | data
    kind = "payops.refund.requested.v1"
    at = datetime.fromtimestamp(NOW, UTC)
    return orjson.dumps(domain_event(kind, "/payops/transactions", transaction_id, 3, at, said))

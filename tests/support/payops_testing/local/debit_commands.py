"""Commands as PayOps gives them to the debit processor."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from payops_contracts.envelope import domain_event

NOW = 1_760_000_000.0


def debit_command(number: int = 1, **data: Any) -> bytes:
    """The first debit of charge number so and so."""
    charge_id = f"charge-{number}"
    said = {
        "charge_id": charge_id,
        "debit_id": f"debit-{number}",
        "idempotency_key": str(UUID(int=number)),
        "amount_minor": 100 + number,
        "currency": "USD",
        "rail": ("ACH", "SEPA", "CARD")[number % 3],
        "mpass_number": "MP4210007",
        "user_id": "sim-user-00000",
        "description": "End of billing cycle 20251001",
        "batch_code": "MB-251030-0636",
        "asked": 1,
    } | data
    at = datetime.fromtimestamp(NOW, UTC)
    kind, source = "payops.debit.requested.v1", "/payops/billing-debits"
    return orjson.dumps(domain_event(kind, source, charge_id, 3, at, said))

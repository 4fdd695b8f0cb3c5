"""Events and facts of payments with everything filled in; a test names what it cares about."""

from datetime import UTC, datetime
from typing import Any

import orjson

from analytics.domain.payment_facts import (
    NOTHING,
    Changes,
    Contribution,
    Counter,
    PaymentFact,
    PaymentTotals,
)
from payops_contracts.envelope import domain_event
from payops_contracts.topics import TRANSACTIONS
from payops_kernel.messaging import Record

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EVENT_OF_STATUS = {"CREATED": "created", "FAILED": "failed"}


def a_fact(transaction_id: str = "t-1", version: int = 1, **changes: Any) -> PaymentFact:
    """A fact about a card payment of 12.00 USD."""
    parts: dict[str, Any] = {
        "partition": 0,
        "status": "CREATED",
        "amount_minor": 1200,
        "currency": "USD",
        "method": "credit-cards",
        "channel": "web",
        "provider": "adyen",
        "type": "DIRECT",
        "created_at": NOON,
        "day": "2026-03-01",
        "total_refunded_minor": 0,
        "failure_code": None,
        "awaiting_refunds": 0,
        "awaiting_minor": 0,
    }
    return PaymentFact(transaction_id, version, **(parts | changes))


def an_event(transaction_id: str = "t-1", version: int = 1, **changes: Any) -> dict[str, Any]:
    """A structured event of ``payops.transactions``; ``changes`` replace members of ``data``."""
    data: dict[str, Any] = {
        "transaction_id": transaction_id,
        "created_at": "2026-03-01T12:00:00.000Z",
        "amount_minor": 1200,
        "currency": "USD",
        "provider": "adyen",
        "method": "credit-cards",
        "channel": "web",
        "type": "DIRECT",
        "user": {"id": "u-1"},
        "status": "CREATED",
        "total_refunded_minor": 0,
        "flags": [],
        "change": {
            "event": "payment_created",
            "occurred_at": "2026-03-01T12:00:00.000Z",
            "status_before": None,
            "applied": True,
            "cause_source": "/hub",
            "cause_id": f"{transaction_id}-{version}",
        },
    } | changes
    kind = EVENT_OF_STATUS.get(data["status"], "paid")
    return domain_event(
        f"payops.transaction.{kind}.v1",
        "/payops/transactions",
        transaction_id,
        version,
        NOON,
        data,
    )


def a_record(value: bytes | dict[str, Any], partition: int = 0, offset: int = 0) -> Record:
    """The event as it lies in the log."""
    body = value if isinstance(value, bytes) else orjson.dumps(value)
    return Record(TRANSACTIONS.name, partition, offset, 0, b"key", body, ())


class PaymentsInMemory:
    """A store of facts and buckets; satisfies ``StoredPayments``."""

    def __init__(self) -> None:
        self.facts: dict[str, PaymentFact] = {}
        self.buckets: dict[Counter, PaymentTotals] = {}

    async def contributions(self, ids: Any) -> dict[str, Contribution]:
        return {key: self.facts[key].contribution for key in ids if key in self.facts}

    async def write(self, changed: Changes) -> None:
        for fact in changed.appeared:
            assert fact.transaction_id not in self.facts
            self.facts[fact.transaction_id] = fact
        for fact in changed.moved:
            assert self.facts[fact.transaction_id].version < fact.version
            self.facts[fact.transaction_id] = fact
        for bucket, parts in changed.differences.items():
            for part, by in parts.items():
                counter = Counter(bucket, part)
                self.buckets[counter] = by.plus(self.buckets.get(counter, NOTHING))

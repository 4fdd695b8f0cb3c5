"""The words that golden examples are written with.

A field's value is looked up by the end of its path: ``data.user.id`` finds ``user.id`` before
``id``. A field that is not here gets a value by its type, so a new event needs no entry.
"""

from typing import Any

OMIT = object()
"""Stands for a field that would make no sense in an event, optional though it is."""

TRANSACTION = "ORD-2025-000123"

VALUES: dict[str, Any] = {
    "id": "evt-8d0f6a52-0001",
    "source": "https://hub.example/payments",
    "subject": TRANSACTION,
    "time": "2025-10-30T09:23:04.512Z",
    "sequence": "000000000002",
    "partitionkey": TRANSACTION,
    "correlationid": "checkout-5b1e77",
    "causationid": "evt-8d0f6a52-0000",
    "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "transaction_id": TRANSACTION,
    "created_at": "2025-10-30T09:22:31.000Z",
    "paid_at": "2025-10-30T09:23:04.512Z",
    "failed_at": "2025-10-30T09:22:50.000Z",
    "occurred_at": "2025-10-30T09:23:04.512Z",
    "amount_minor": 3230,
    "currency": "USD",
    "provider": "stripe",
    "method": "credit-cards",
    "channel": "web",
    "user.id": "user-4711",
    "user.name": "Duong Le",
    "user.email": "duong.le@example.com",
    "user.phone": "+84 90 123 45 67",
    "link": "https://pay.example/l/5b1e77",
    "subscription_id": "SUB-2025-0042",
    "provider_payment_id": "pi_3Q4x5y6z",
    "notification_channels": ["email", "sms"],
    "items.description": "Annual membership, monthly rate",
    "tax_minor": 294,
    "failure.code": "insufficient_funds",
    "failure.message": "The card has insufficient funds.",
    "cause_source": "https://hub.example/payments",
    "cause_id": "evt-8d0f6a52-0001",
    "flags": [],
    "note": "failed after it was paid",
    "total_refunded_minor": 0,
}

FULL_VALUES: dict[str, Any] = {"data.type": "SUBSCRIPTION", "flags": ["FAILED_AND_PAID"]}
"""What only the examples with every optional field say."""

_NOT_PAID: dict[str, Any] = {"data.paid_at": OMIT, "flags": []}
_NOT_FAILED: dict[str, Any] = {"data.failed_at": OMIT, "data.failure": OMIT}

EVENT_VALUES: dict[str, dict[str, Any]] = {
    "payops.transaction.created.v1": _NOT_PAID
    | _NOT_FAILED
    | {
        "sequence": "000000000001",
        "status": "CREATED",
        "change.event": "payment_created",
        "status_before": None,
        "note": OMIT,
    },
    "payops.transaction.pending.v1": _NOT_PAID
    | _NOT_FAILED
    | {"status": "CREATED", "change.event": "payment_pending", "note": OMIT},
    "payops.transaction.paid.v1": {
        "sequence": "000000000003",
        "status": "PAID",
        "change.event": "payment_paid",
        "status_before": "FAILED",
        "note": OMIT,
    },
    "payops.transaction.failed.v1": _NOT_PAID
    | {
        "status": "FAILED",
        "change.event": "payment_failed",
        "change.occurred_at": "2025-10-30T09:22:50.000Z",
        "time": "2025-10-30T09:22:50.000Z",
        "note": OMIT,
    },
    "payops.transaction.noted.v1": {
        "sequence": "000000000004",
        "status": "PAID",
        "change.event": "payment_failed",
        "status_before": "PAID",
        "applied": False,
    },
}
"""What an event's story needs beside :data:`VALUES`: by event type, then by the end of a path."""

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
    "refund_id": "rf-0198a6c2",
    "refunded_minor": 1230,
    "returned_minor": 1230,
    "refunds.returned": True,
    "lost_minor": 2000,
    "provider_refund_id": "re_3Q4x5y6z",
    "refunds.amount_minor": 1230,
    "refunds.status": "SUCCEEDED",
    "requested_at": "2025-11-02T14:05:00.000Z",
    "settled_at": "2025-11-02T14:05:09.250Z",
    "dispute_id": "dp-77",
    "disputes.status": "WON",
    "opened_at": "2025-11-20T08:00:00.000Z",
    "idempotency_key": "3f0e6f0a-0d5c-4f63-9a55-0c1c7d1f6f10",
    "attempt": 1,
    "reason": "Item returned",
    "comment": "The customer wrote to the desk.",
    "actor.id": "local:operator",
    "actor.name": "Operator",
    "actor.roles": ["operator"],
    "action": "refund.request",
    "target_type": "transaction",
    "target_id": TRANSACTION,
    "at": "2025-11-02T14:05:00.000Z",
    "service": "transactions",
    "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    "before": {"refundable_minor": 3230},
    "after": {"refundable_minor": 2000},
}

FULL_VALUES: dict[str, Any] = {"data.type": "SUBSCRIPTION", "flags": ["FAILED_AND_PAID"]}
"""What only the examples with every optional field say."""

_NO_REFUND: dict[str, Any] = {
    "data.refunds": OMIT,
    "change.refund_id": OMIT,
    "refunded_minor": OMIT,
    "returned_minor": OMIT,
}
_NO_DISPUTE: dict[str, Any] = {"data.disputes": OMIT, "change.dispute_id": OMIT}
_PLAIN: dict[str, Any] = _NO_REFUND | _NO_DISPUTE
_AFTER_PAID: dict[str, Any] = {
    "data.failed_at": OMIT,
    "data.failure": OMIT,
    "flags": [],
    "note": OMIT,
    "status": "PAID",
    "status_before": "PAID",
}


def _refund_story(event: str, refund: str, **more: Any) -> dict[str, Any]:
    settled: dict[str, Any] = {} if refund in {"SUCCEEDED", "FAILED"} else {"settled_at": OMIT}
    failure = {} if refund == "FAILED" else {"refunds.failure": OMIT}
    back = {} if refund == "SUCCEEDED" else {"refunded_minor": OMIT}
    if refund != "FAILED":
        back |= {"returned_minor": OMIT, "refunds.returned": OMIT}
    story = {"change.event": event, "refunds.status": refund}
    return _AFTER_PAID | _NO_DISPUTE | story | settled | failure | back | more


def _dispute_story(event: str, status: str) -> dict[str, Any]:
    ended: dict[str, Any] = {"settled_at": OMIT} if status == "OPEN" else {}
    if status != "LOST":
        ended["lost_minor"] = OMIT
    return _AFTER_PAID | _NO_REFUND | {"change.event": event, "disputes.status": status} | ended


def _desk_story(event: str) -> dict[str, Any]:
    return _AFTER_PAID | _PLAIN | {"change.event": event, "cause_source": "/payops/transactions"}


_NOT_PAID: dict[str, Any] = {"data.paid_at": OMIT, "flags": []}
_NOT_FAILED: dict[str, Any] = {"data.failed_at": OMIT, "data.failure": OMIT}

EVENT_VALUES: dict[str, dict[str, Any]] = {
    "payops.transaction.created.v1": _PLAIN
    | _NOT_PAID
    | _NOT_FAILED
    | {
        "sequence": "000000000001",
        "status": "CREATED",
        "change.event": "payment_created",
        "status_before": None,
        "note": OMIT,
    },
    "payops.transaction.pending.v1": _PLAIN
    | _NOT_PAID
    | _NOT_FAILED
    | {"status": "CREATED", "change.event": "payment_pending", "note": OMIT},
    "payops.transaction.paid.v1": _PLAIN
    | {
        "sequence": "000000000003",
        "status": "PAID",
        "change.event": "payment_paid",
        "status_before": "FAILED",
        "note": OMIT,
    },
    "payops.transaction.failed.v1": _PLAIN
    | _NOT_PAID
    | {
        "status": "FAILED",
        "change.event": "payment_failed",
        "change.occurred_at": "2025-10-30T09:22:50.000Z",
        "time": "2025-10-30T09:22:50.000Z",
        "note": OMIT,
    },
    "payops.transaction.noted.v1": _PLAIN
    | {
        "sequence": "000000000004",
        "status": "PAID",
        "change.event": "payment_failed",
        "status_before": "PAID",
        "applied": False,
    },
    "payops.transaction.refund-requested.v1": _refund_story("refund_requested", "REQUESTED"),
    "payops.transaction.refund-pending.v1": _refund_story("refund_pending", "PENDING"),
    "payops.transaction.refund-unknown.v1": _refund_story("refund_unknown", "UNKNOWN"),
    "payops.transaction.refunded.v1": _refund_story(
        "refund_succeeded", "SUCCEEDED", status="PARTIALLY_REFUNDED", total_refunded_minor=1230
    ),
    "payops.transaction.refund-failed.v1": _refund_story(
        "refund_failed", "FAILED", status_before="PARTIALLY_REFUNDED", flags=["REFUND_RETURNED"]
    ),
    "payops.transaction.dispute-opened.v1": _dispute_story("dispute_opened", "OPEN"),
    "payops.transaction.dispute-won.v1": _dispute_story("dispute_won", "WON"),
    "payops.transaction.dispute-lost.v1": _dispute_story("dispute_lost", "LOST"),
    "payops.transaction.invoice-issued.v1": _desk_story("invoice_issued"),
    "payops.transaction.invoice-failed.v1": _desk_story("invoice_failed"),
    "payops.transaction.notification-sent.v1": _desk_story("notification_sent"),
    "payops.transaction.notification-failed.v1": _desk_story("notification_failed"),
    "upstream.refund.succeeded.v1": {"amount_minor": 1230, "data.failure": OMIT},
    "upstream.refund.pending.v1": {"amount_minor": 1230, "data.failure": OMIT},
    "upstream.refund.failed.v1": {"amount_minor": 1230},
    "payops.refund.requested.v1": {"sequence": "000000000004", "amount_minor": 1230},
    "payops.audit.recorded.v1": {"sequence": "000000000001"},
}
"""What an event's story needs beside :data:`VALUES`: by event type, then by the end of a path."""

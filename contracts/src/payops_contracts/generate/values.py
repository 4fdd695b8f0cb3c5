"""The words that golden examples are written with.

A field's value is looked up by the end of its path: ``data.user.id`` finds ``user.id`` before
``id``. A field that is not here gets a value by its type, so a new event needs no entry.
"""

from typing import Any

from payops_contracts.generate.cycle_values import CYCLE_VALUES
from payops_contracts.generate.omit import OMIT as OMIT
from payops_contracts.generate.rule_values import RULE_VALUES
from payops_contracts.generate.subscription_values import SUBSCRIPTION_VALUES

TRANSACTION = "ORD-2025-000123"
CHARGE = "CH-2025-004711"

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
    "payment_request_id": "pr-5f3f0e0a8d6c5d1b9a550c1c7d1f6f10",
    "provider_payment_id": "pi_3Q4x5y6z",
    "notification_channels": ["email", "sms"],
    "items.description": "Annual membership, monthly rate",
    "tax_minor": 294,
    "attributes": {"basket/quantity": 3, "country": "IT", "customer/vip_score": 7.5},
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
    "charge_id": CHARGE,
    "user_id": "user-4711",
    "initial_attempt.at": "2025-10-30T09:22:31.000Z",
    "mpass_number": "MP-100042",
    "billing_code": "BL-20251001-004711",
    "billing_cycle_code": "20251001",
    "debit_id": "db-0198a6c2",
    "batch_code": "MB-251030-0636",
    "net_minor": 2936,
    "tax_rate_ppm": 100_000,
    "tax_lines.rate_ppm": 100_000,
    "tax_lines.amount_minor": 3230,
    "tax_lines.description": "VAT 10 %",
    "consumption.transaction_id": "CT-88120",
    "consumption.amount_minor": 2936,
    "consumption.description": "Charging session, 11.2 kWh",
    "initial_attempt.outcome": "FAILED",
    "failed_reason": "The account has insufficient funds.",
    "retry_count": 1,
    "retries_max": 3,
    "retry_due_at": "2025-10-31T06:36:00.000Z",
    "next_retry_at": "2025-10-31T18:00:00.000Z",
    "collected_minor": 3230,
    "reversed_minor": 3230,
    "submitted_at": "2025-10-30T06:36:00.000Z",
    "resolved_at": "2025-10-30T06:41:12.000Z",
    "attempts.number": 1,
    "exceptions": [],
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

_OF_A_CHARGE: dict[str, Any] = {
    "subject": CHARGE,
    "partitionkey": CHARGE,
    "source": "https://settlement.example",
    "cause_source": "https://processor.example",
    "cause_id": "evt-8d0f6a52-0001",
    "data.type": "END_OF_BILLING_CYCLE",
    "description": "End of billing cycle 20251001",
    "flags": OMIT,
    "withdrawal_pending": False,
    "settled_otherwise": False,
    "attempts.initial": False,
}


def _charge_story(event: str, status: str, before: str | None, **more: Any) -> dict[str, Any]:
    attempt = {
        "SUBMITTED": "SUBMITTED",
        "FINALIZED": "FINALIZED",
        "REVERSED": "REVERSED",
        "PERMANENT_REJECTED": "PERMANENT_REJECTED",
    }.get(status, "TEMP_REJECTED")
    planned: dict[str, Any] = (
        {} if status == "TEMP_REJECTED" else {"retry_due_at": OMIT, "next_retry_at": OMIT}
    )
    return (
        _OF_A_CHARGE
        | planned
        | {
            "data.status": status,
            "status_before": before,
            "change.event": event,
            "attempts.status": attempt,
            "attempts.failure": OMIT if attempt in {"SUBMITTED", "FINALIZED"} else _DECLINED,
            "attempts.resolved_at": OMIT if attempt == "SUBMITTED" else "2025-10-30T06:41:12.000Z",
            "data.collected_minor": 3230 if status == "FINALIZED" else 0,
            "change.collected_minor": 3230 if status == "FINALIZED" else OMIT,
            "change.reversed_minor": 3230 if status == "REVERSED" else OMIT,
            "failed_reason": _REASONS.get(status, _DECLINED["message"]),
            "note": OMIT,
            "applied": True,
        }
        | more
    )


_OF_A_MEMBER: dict[str, Any] = {
    "subject": "MP-100042",
    "partitionkey": "MP-100042",
    "source": "/payops/billing-debits",
    "standing": "IN_RETRY",
    "standing_before": "GOOD",
    "change.event": "debit_failed",
    "cause_source": "/payops/billing-debits",
    "cause_id": f"{CHARGE}:4",
    "block.by": "local:operator",
    "block.at": "2025-11-02T14:05:00.000Z",
    "actor": "local:operator",
    "reason": "Disputes every charge",
}


_DECLINED = {"code": "insufficient_funds", "message": "The account has insufficient funds."}
_REASONS = {"FINALIZED": "Done", "PERMANENT_REJECTED": "failed", "WITHDRAWN": "Withdrawn"}
_NOT_TRIED: dict[str, Any] = {
    "data.attempts": OMIT,
    "failed_reason": OMIT,
    "change.debit_id": OMIT,
    "retry_count": 0,
    "data.batch_code": OMIT,
}


EVENT_VALUES: dict[str, dict[str, Any]] = {
    "upstream.charge.raised.v1": _OF_A_CHARGE,
    "upstream.charge.withdrawn.v1": _OF_A_CHARGE | {"reason": "Billed twice"},
    "upstream.charge.settled.v1": _OF_A_CHARGE | {"reason": "Paid by wire transfer"},
    "upstream.debit.succeeded.v1": _OF_A_CHARGE | {"data.failure": OMIT},
    "upstream.debit.failed.v1": _OF_A_CHARGE,
    "upstream.debit.reversed.v1": _OF_A_CHARGE
    | {"failure.code": "refund_requested", "failure.message": "The payer asked for it back."},
    "payops.charge.raised.v1": _charge_story(
        "charge_raised", "PENDING", None, sequence="000000000001", **_NOT_TRIED
    ),
    "payops.charge.submitted.v1": _charge_story("debit_submitted", "SUBMITTED", "PENDING"),
    "payops.charge.finalized.v1": _charge_story("debit_succeeded", "FINALIZED", "SUBMITTED"),
    "payops.charge.temp-rejected.v1": _charge_story("debit_failed", "TEMP_REJECTED", "SUBMITTED"),
    "payops.charge.permanent-rejected.v1": _charge_story(
        "debit_failed", "PERMANENT_REJECTED", "SUBMITTED", retry_count=3
    ),
    "payops.charge.withdrawn.v1": _charge_story("charge_withdrawn", "WITHDRAWN", "TEMP_REJECTED"),
    "payops.charge.reversed.v1": _charge_story("debit_reversed", "REVERSED", "FINALIZED"),
    "payops.charge.noted.v1": _charge_story(
        "debit_failed",
        "FINALIZED",
        "FINALIZED",
        applied=False,
        note="ignored: the debit had succeeded already",
        exceptions=["FAILED_AFTER_SUCCESS"],
        **{"change.collected_minor": OMIT},
    ),
    "payops.member.standing-changed.v1": _OF_A_MEMBER
    | {"block": OMIT, "actor": OMIT, "change.reason": OMIT},
    "payops.member.blocked.v1": _OF_A_MEMBER
    | {
        "standing": "BLOCKED",
        "standing_before": "IN_RETRY",
        "change.event": "member_blocked",
        "cause_id": "MP-100042:member_blocked:7",
        "change.charge_id": OMIT,
    },
    "payops.member.unblocked.v1": _OF_A_MEMBER
    | {
        "standing_before": "BLOCKED",
        "block": OMIT,
        "change.event": "member_unblocked",
        "cause_id": "MP-100042:member_unblocked:8",
        "change.charge_id": OMIT,
        "change.reason": "It was a mistake of the bank",
    },
    "payops.debit.requested.v1": _OF_A_CHARGE | {"asked": 1, "sequence": "000000000002"},
    **CYCLE_VALUES,
    **RULE_VALUES,
    **SUBSCRIPTION_VALUES,
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

"""What a step of a transaction says to the world: its event, and what upstream is asked to do."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from payops_contracts.envelope import domain_event
from payops_contracts.payments import HistoryEvent
from payops_contracts.topics import PAYMENT_COMMANDS, TRANSACTIONS
from payops_kernel.ports import OutgoingMessage, event_message
from transactions.domain.facts import Failure, Item, told
from transactions.domain.refunding import ASKS_UPSTREAM, SOURCE
from transactions.domain.refunds import Dispute, Refund
from transactions.domain.transaction import HistoryRow, Step, Transaction

_APPLIED_TYPES = {
    event.value: f"payops.transaction.{name}.v1"
    for event, name in {
        HistoryEvent.PAYMENT_CREATED: "created",
        HistoryEvent.PAYMENT_PENDING: "pending",
        HistoryEvent.PAYMENT_PAID: "paid",
        HistoryEvent.PAYMENT_FAILED: "failed",
        HistoryEvent.REFUND_REQUESTED: "refund-requested",
        HistoryEvent.REFUND_PENDING: "refund-pending",
        HistoryEvent.REFUND_UNKNOWN: "refund-unknown",
        HistoryEvent.REFUND_SUCCEEDED: "refunded",
        HistoryEvent.REFUND_FAILED: "refund-failed",
        HistoryEvent.DISPUTE_OPENED: "dispute-opened",
        HistoryEvent.DISPUTE_WON: "dispute-won",
        HistoryEvent.DISPUTE_LOST: "dispute-lost",
        HistoryEvent.INVOICE_ISSUED: "invoice-issued",
        HistoryEvent.INVOICE_FAILED: "invoice-failed",
        HistoryEvent.CREDIT_NOTE_ISSUED: "invoice-issued",
        HistoryEvent.CREDIT_NOTE_FAILED: "invoice-failed",
        HistoryEvent.NOTIFICATION_SENT: "notification-sent",
        HistoryEvent.NOTIFICATION_FAILED: "notification-failed",
    }.items()
}
_NOTED_TYPE = "payops.transaction.noted.v1"


def step_messages(transaction: Transaction) -> Iterable[OutgoingMessage]:
    """The last step's event, and the command to upstream when it asks for a refund."""
    step = transaction.step
    if step is None:
        return ()
    event = step_message(transaction, step)
    if step.row.event not in ASKS_UPSTREAM:
        return (event,)
    refund = transaction.refund(step.row.refund_id)
    return (event,) if refund is None else (event, refund_command(transaction, refund))


def step_message(transaction: Transaction, step: Step) -> OutgoingMessage:
    """The event of one step: the state after it, and what changed."""
    row = step.row
    event = domain_event(
        event_type=_APPLIED_TYPES[row.event] if row.applied else _NOTED_TYPE,
        source=SOURCE,
        subject=transaction.id,
        version=transaction.version,
        time=row.at,
        data=_state(transaction, step),
        causationid=row.event_id,
        correlationid=step.correlation_id,
        traceparent=step.traceparent,
    )
    return event_message(TRANSACTIONS.name, event)


def restated_message(transaction: Transaction, at: datetime, restoration: str) -> OutgoingMessage:
    """The state as it is, under a version that nobody has seen: nothing happened to the payment."""
    row = HistoryRow(
        at, HistoryEvent.RESTORED.value, transaction.status, SOURCE, f"restored:{restoration}",
        applied=False, note="Said again after its database was restored from a backup.",
    )  # fmt: skip
    return step_message(transaction, Step(row, transaction.status, None, None))


def _state(transaction: Transaction, step: Step) -> dict[str, Any]:
    t, d = transaction, transaction.described.description
    return {
        "transaction_id": t.id,
        "status": t.status,
        "created_at": d.created_at,
        "amount_minor": t.amount_minor,
        "currency": t.currency,
        "provider": d.provider,
        "method": d.method,
        "channel": d.channel,
        "type": d.type,
        "user": {
            "id": d.user_id,
            "name": d.user_name,
            "email": d.user_email,
            "phone": d.user_phone,
        },
        **told(d),
        "notification_channels": d.notification_channels,
        "items": None if d.items is None else [_item(item) for item in d.items],
        "attributes": d.attributes and dict(d.attributes),
        "total_refunded_minor": t.total_refunded_minor,
        "refunds": [_refund(refund) for refund in t.refunds],
        "disputes": [_dispute(dispute) for dispute in t.disputes],
        "paid_at": t.paid_at,
        "failed_at": t.failed_at,
        "failure": _failure(t.failure),
        "flags": t.flags,
        "change": _change(step),
    }


def _change(step: Step) -> dict[str, Any]:
    row = step.row
    return {
        "event": row.event,
        "occurred_at": row.at,
        "status_before": step.status_before,
        "applied": row.applied,
        "note": row.note,
        "cause_source": row.source,
        "cause_id": row.event_id,
        "refund_id": row.refund_id,
        "dispute_id": row.dispute_id,
        "refunded_minor": row.refunded_minor,
        "returned_minor": row.returned_minor,
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "description": item.description,
        "quantity": item.quantity,
        "amount_minor": item.amount_minor,
        "tax_minor": item.tax_minor,
    }


def refund_command(transaction: Transaction, refund: Refund) -> OutgoingMessage:
    """What upstream is asked to do about a refund; the same key in every repetition."""
    t, d = transaction, transaction.described.description
    event = domain_event(
        event_type="payops.refund.requested.v1",
        source=SOURCE,
        subject=t.id,
        version=t.version,
        time=t.history[-1].at,
        data={
            "transaction_id": t.id,
            "refund_id": refund.id,
            "idempotency_key": refund.key,
            "amount_minor": refund.amount_minor,
            "currency": t.currency,
            "provider": d.provider,
            "method": d.method,
            "provider_payment_id": d.provider_payment_id,
            "attempt": refund.attempt,
            "reason": refund.reason,
        },
        traceparent=None if t.step is None else t.step.traceparent,
    )
    return event_message(PAYMENT_COMMANDS.name, event)


def _refund(refund: Refund) -> dict[str, Any]:
    return {
        "refund_id": refund.id,
        "amount_minor": refund.amount_minor,
        "status": refund.status,
        "external": refund.external,
        "requested_at": refund.requested_at,
        "settled_at": refund.settled_at,
        "failure": _failure(refund.failure),
        "returned": refund.returned,
    }


def _dispute(dispute: Dispute) -> dict[str, Any]:
    return {
        "dispute_id": dispute.id,
        "amount_minor": dispute.amount_minor,
        "lost_minor": dispute.lost_minor or None,
        "status": dispute.status,
        "opened_at": dispute.opened_at,
        "settled_at": dispute.settled_at,
    }


def _failure(failure: Failure | None) -> dict[str, Any] | None:
    return None if failure is None else {"code": failure.code, "message": failure.message}

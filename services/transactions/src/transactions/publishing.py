"""A step of a transaction as the domain event that the world sees."""

from typing import Any

import orjson

from payops_contracts.envelope import domain_event
from payops_contracts.topics import TRANSACTIONS
from payops_kernel.messaging import OutgoingMessage
from transactions.domain.facts import FactKind, Item
from transactions.domain.transaction import Step, Transaction

SOURCE = "/payops/transactions"

_APPLIED_TYPES = {
    FactKind.CREATED.value: "payops.transaction.created.v1",
    FactKind.PENDING.value: "payops.transaction.pending.v1",
    FactKind.PAID.value: "payops.transaction.paid.v1",
    FactKind.FAILED.value: "payops.transaction.failed.v1",
}
_NOTED_TYPE = "payops.transaction.noted.v1"


def step_message(transaction: Transaction, step: Step) -> OutgoingMessage:
    """The event of one step: the state after it, and what changed."""
    row = step.row
    event = domain_event(
        event_type=_APPLIED_TYPES[row.event] if row.applied else _NOTED_TYPE,
        source=SOURCE,
        subject=transaction.id,
        version=transaction.version,
        time=row.at,
        data=_state(transaction) | {"change": _change(step)},
    )
    event["causationid"] = row.event_id
    if step.correlation_id is not None:
        event["correlationid"] = step.correlation_id
    if step.traceparent is not None:
        event["traceparent"] = step.traceparent
    return OutgoingMessage(
        TRANSACTIONS.name, transaction.id.encode(), orjson.dumps(event, option=orjson.OPT_UTC_Z)
    )


def _state(transaction: Transaction) -> dict[str, Any]:
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
        "link": d.link,
        "subscription_id": d.subscription_id,
        "provider_payment_id": d.provider_payment_id,
        "notification_channels": d.notification_channels,
        "items": None if d.items is None else [_item(item) for item in d.items],
        "total_refunded_minor": t.total_refunded_minor,
        "paid_at": t.paid_at,
        "failed_at": t.failed_at,
        "failure": None
        if t.failure is None
        else {"code": t.failure.code, "message": t.failure.message},
        "flags": t.flags,
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
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "description": item.description,
        "quantity": item.quantity,
        "amount_minor": item.amount_minor,
        "tax_minor": item.tax_minor,
    }

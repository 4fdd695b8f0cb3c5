"""Stored rows as they go over the wire. Plain dicts: the list is a hot route."""

from typing import Any

from payops_contracts.labels import (
    CHANNEL,
    METHOD,
    PAYMENT_TYPE,
    PROVIDER,
    TRANSACTION_EVENT,
    TRANSACTION_STATUS,
    label,
)
from payops_contracts.money import format_money
from payops_contracts.payments import TransactionStatus

Stored = dict[str, Any]

_REFUNDABLE = {TransactionStatus.PAID.value, TransactionStatus.PARTIALLY_REFUNDED.value}


def transaction_row(stored: Stored) -> Stored:
    """A ``TransactionRow``."""
    return {
        "transaction_id": stored["_id"],
        "status": stored["status"],
        "status_label": TRANSACTION_STATUS[stored["status"]],
        "created_at": stored["created_at"],
        "subscription_id": stored.get("subscription_id"),
        "flags": stored.get("flags", []),
        **_payment(stored),
    }


def transaction_detail(stored: Stored) -> Stored:
    """A ``TransactionDetail``."""
    user = stored["user"]
    return {
        "overview": {
            "transaction_id": stored["_id"],
            "created_at": stored["created_at"],
            "status": stored["status"],
            "status_label": TRANSACTION_STATUS[stored["status"]],
            "flags": stored.get("flags", []),
        },
        "user": {
            "id": user["id"],
            "name": user.get("name"),
            "email": user.get("email"),
            "phone": user.get("phone"),
            "notification_channels": stored.get("notification_channels", []),
        },
        "payment": {
            **_payment(stored),
            "link": stored.get("link"),
            "subscription_id": stored.get("subscription_id"),
            "provider_payment_id": stored.get("provider_payment_id"),
            "paid_at": stored.get("paid_at"),
            "failed_at": stored.get("failed_at"),
            "failure": _failure(stored.get("failure")),
        },
        "items": stored.get("items", []),
        "history": [_history_row(row) for row in reversed(stored["history"])],
        "version": stored["version"],
    }


def _payment(stored: Stored) -> Stored:
    refundable = stored["status"] in _REFUNDABLE
    amount, refunded = int(stored["amount_minor"]), int(stored["total_refunded_minor"])
    return {
        "amount_minor": amount,
        "currency": stored["currency"],
        "amount": format_money(amount, stored["currency"]),
        "method": stored["method"],
        "method_label": label(METHOD, stored["method"]),
        "channel": stored["channel"],
        "channel_label": label(CHANNEL, stored["channel"]),
        "provider": stored["provider"],
        "provider_label": label(PROVIDER, stored["provider"]),
        "type": stored["type"],
        "type_label": label(PAYMENT_TYPE, stored["type"]),
        "total_refunded_minor": refunded,
        "remaining_minor": amount - refunded if refundable else 0,
    }


def _failure(failure: Stored | None) -> Stored | None:
    if failure is None:
        return None
    return {"code": failure["code"], "message": failure.get("message")}


def _history_row(row: Stored) -> Stored:
    return {
        "at": row["at"],
        "event": row["event"],
        "event_label": label(TRANSACTION_EVENT, row["event"]),
        "status": row["status"],
        "status_label": TRANSACTION_STATUS[row["status"]],
        "refunded_minor": row.get("refunded_minor"),
        "note": row.get("note"),
    }

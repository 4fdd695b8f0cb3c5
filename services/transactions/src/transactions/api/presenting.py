"""Stored rows as they go over the wire. Plain dicts: the list is a hot route."""

from collections.abc import Sequence
from typing import Any

from payops_contracts.labels import (
    CHANNEL,
    DISPUTE_STATUS,
    METHOD,
    PAYMENT_TYPE,
    PROVIDER,
    REFUND_STATUS,
    TRANSACTION_EVENT,
    TRANSACTION_STATUS,
    label,
)
from payops_contracts.money import format_money
from payops_contracts.payments import HistoryEvent
from payops_kernel.ports import DueRow
from transactions.api.schemas import PlannedKind
from transactions.domain.facts import TOLD_PARTS
from transactions.domain.issuing import invoice_refusal
from transactions.domain.notifying import notice_refusal
from transactions.domain.refundability import CanRefund
from transactions.domain.refunds import IN_FLIGHT
from transactions.store.refundable import available_minor, refund_refusal, remaining_minor
from transactions.store.transactions import attribute
from transactions.use_cases.due_after_step import REFUND_UNANSWERED
from transactions.use_cases.notify_customer import DUE_KIND as MAIL

Stored = dict[str, Any]

_ISSUED = {HistoryEvent.INVOICE_ISSUED.value, HistoryEvent.CREDIT_NOTE_ISSUED.value}
_MAILS = {HistoryEvent.NOTIFICATION_SENT.value, HistoryEvent.NOTIFICATION_FAILED.value}
_PLANNED = {
    REFUND_UNANSWERED: PlannedKind.REFUND_ASKED_AGAIN.value,
    MAIL: PlannedKind.MAIL_SENT.value,
}


def row_actions(stored: Stored, can_refund: CanRefund) -> Stored:
    """The ``Actions`` of a row of the list."""
    return _actions(stored, available_minor(stored), can_refund)


def transaction_detail(stored: Stored, planned: Sequence[DueRow], can_refund: CanRefund) -> Stored:
    """A ``TransactionDetail``; ``planned`` is what is due about it."""
    user, payment = stored["user"], _payment(stored)
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
            **payment,
            **{name: stored.get(name) for name in TOLD_PARTS},
            "paid_at": stored.get("paid_at"),
            "failed_at": stored.get("failed_at"),
            "failure": _failure(stored.get("failure")),
        },
        "items": stored.get("items", []),
        "attributes": [attribute(*row)._asdict() for row in stored.get("attributes", ())],
        "refunds": refunds_of(stored)["items"],
        "disputes": [_dispute(row) for row in reversed(stored.get("disputes", []))],
        "documents": _documents(stored["history"]),
        "mails": [_history_row(r) for r in reversed(stored["history"]) if r["event"] in _MAILS],
        "actions": row_actions(stored, can_refund),
        "planned": _planned(stored, planned),
        "history": [_history_row(row) for row in reversed(stored["history"])],
        "version": stored["version"],
    }


def _payment(stored: Stored) -> Stored:
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
        "remaining_minor": remaining_minor(stored),
        "in_flight_minor": int(stored.get("in_flight_minor", 0)),
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
        "applied": row.get("note") is None,
        "refund_id": row.get("refund_id"),
        "dispute_id": row.get("dispute_id"),
        "refunded_minor": row.get("refunded_minor"),
        "returned_minor": row.get("returned_minor"),
        "actor": row.get("actor"),
        "note": row.get("note") or row.get("detail"),
    }


def _documents(history: Sequence[Stored]) -> list[Stored]:
    """The ``DocumentOut``s: a row about an issued document has its number for an event."""
    return [
        {
            "number": row["event_id"],
            "refund_id": row.get("refund_id"),
            "issued_at": row["at"],
            "issued_by": row.get("actor"),
        }
        for row in history
        if row["event"] in _ISSUED
    ]


def _planned(stored: Stored, planned: Sequence[DueRow]) -> list[Stored]:
    """The ``PlannedOut``s; a refund that was answered meanwhile is not asked for again."""
    refunds = stored.get("refunds", ())
    in_flight = {row["refund_id"] for row in refunds if row["status"] in IN_FLIGHT}
    return [
        {
            "kind": _PLANNED[row.kind],
            "at": row.due_at,
            "refund_id": row.key if row.kind == REFUND_UNANSWERED else None,
            "notice": row.payload.get("notice"),
            "attempts": row.attempt,
        }
        for row in planned
        if row.kind in _PLANNED and (row.kind != REFUND_UNANSWERED or row.key in in_flight)
    ]


def refunds_of(stored: Stored) -> Stored:
    """A ``RefundsOut``."""
    payment = _payment(stored)
    return {
        "items": [_refund(row, stored["currency"]) for row in reversed(stored.get("refunds", []))],
        "currency": stored["currency"],
        "total_refunded_minor": payment["total_refunded_minor"],
        "in_flight_minor": payment["in_flight_minor"],
        "available_minor": available_minor(stored),
    }


def _actions(stored: Stored, left: int, can_refund: CanRefund) -> Stored:
    """What may be done now, each refusal with its reason."""
    refused = refund_refusal(stored, left, can_refund)
    user, channels = stored["user"], stored.get("notification_channels")
    return {
        "refund": {"allowed": refused is None, "reason": refused, "available_minor": left},
        "invoice": _action(invoice_refusal(stored["status"])),
        "notify": _action(notice_refusal(stored["status"], user.get("email"), channels)),
        "go_to_subscription": _action(
            None if stored.get("subscription_id") else "Not part of a subscription."
        ),
    }


def _action(refused: str | None) -> Stored:
    return {"allowed": refused is None, "reason": refused}


def _refund(row: Stored, currency: str) -> Stored:
    amount = int(row["amount_minor"])
    return {
        "refund_id": row["refund_id"],
        "amount_minor": amount,
        "amount": format_money(amount, currency),
        "currency": currency,
        "status": row["status"],
        "status_label": REFUND_STATUS[row["status"]],
        "external": row["external"],
        "attempt": row["attempt"],
        "requested_at": row.get("requested_at"),
        "requested_by": row.get("requested_by"),
        "settled_at": row.get("failed_at" if row["status"] == "FAILED" else "succeeded_at"),
        "reason": row.get("reason"),
        "comment": row.get("comment"),
        "failure": _failure(row.get("failure")) if row["status"] == "FAILED" else None,
        "returned": row.get("returned", False),
        "customer_told_refunded": row.get("told_refunded", False),
    }


def _lost_minor(row: Stored) -> int | None:
    if row["status"] != "LOST":
        return None
    return int(row["lost_minor"] if "lost_minor" in row else row["amount_minor"])


def _dispute(row: Stored) -> Stored:
    return {
        "dispute_id": row["dispute_id"],
        "amount_minor": int(row["amount_minor"]),
        "lost_minor": _lost_minor(row),
        "status": row["status"],
        "status_label": DISPUTE_STATUS[row["status"]],
        "opened_at": row.get("opened_at"),
        "settled_at": row.get("settled_at"),
    }

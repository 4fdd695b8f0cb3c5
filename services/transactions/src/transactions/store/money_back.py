"""Refunds and disputes inside a transaction's document, and back."""

from typing import Any

from payops_kernel.mongo import Document, Int64
from transactions.domain.facts import Failure
from transactions.domain.refunds import Dispute, Refund
from transactions.domain.transaction import Transaction


def money_back_document(t: Transaction) -> Document:
    """The parts of the document that only transactions with refunds or disputes have.

    The sums are derived; lists and exports read them without the refunds.
    """
    return {
        "refunds": [_refund_document(row) for row in t.refunds],
        "disputes": [_dispute_document(row) for row in t.disputes],
        "in_flight_minor": Int64(t.in_flight_minor),
        "lost_minor": Int64(t.lost_minor),
        "open_disputes": t.open_disputes,
    }


def _refund_document(row: Refund) -> Document:
    failure = row.failure
    return {
        "refund_id": row.id,
        "amount_minor": Int64(row.amount_minor),
        "status": row.status.value,
        "external": row.external,
        "attempt": row.attempt,
        "pending": row.pending,
        "unanswered": row.unanswered,
    } | _present(
        key=row.key,
        requested_at=row.requested_at,
        requested_by=row.requested_by,
        reason=row.reason,
        comment=row.comment,
        succeeded_at=row.succeeded_at,
        failed_at=row.failed_at,
        failure=None if failure is None else _present(code=failure.code, message=failure.message),
    )


def refund(row: Document) -> Refund:
    """A refund back from its part of the document."""
    failure = row.get("failure")
    return Refund(
        id=row["refund_id"],
        amount_minor=int(row["amount_minor"]),
        external=row["external"],
        key=row.get("key"),
        attempt=row["attempt"],
        requested_at=row.get("requested_at"),
        requested_by=row.get("requested_by"),
        reason=row.get("reason"),
        comment=row.get("comment"),
        pending=row["pending"],
        unanswered=row["unanswered"],
        succeeded_at=row.get("succeeded_at"),
        failed_at=row.get("failed_at"),
        failure=None if failure is None else Failure(failure["code"], failure.get("message")),
    )


def _dispute_document(row: Dispute) -> Document:
    return {
        "dispute_id": row.id,
        "amount_minor": Int64(row.amount_minor),
        "status": row.status.value,
        "lost": row.lost,
    } | _present(opened_at=row.opened_at, settled_at=row.settled_at)


def dispute(row: Document) -> Dispute:
    """A dispute back from its part of the document."""
    return Dispute(
        id=row["dispute_id"],
        amount_minor=int(row["amount_minor"]),
        opened_at=row.get("opened_at"),
        settled_at=row.get("settled_at"),
        lost=row["lost"],
    )


def _present(**fields: Any) -> Document:
    return {name: value for name, value in fields.items() if value is not None}

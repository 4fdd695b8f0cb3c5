"""Refunds and disputes inside a transaction's document, and back."""

from payops_kernel.mongo import Document, Int64, present
from transactions.domain.facts import Failure
from transactions.domain.refunds import Dispute, DisputeOutcome, Refund, RefundOutcome
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
    # What lists read is derived; several outcomes are kept beside it, one follows from it.
    outcomes = [_outcome_document(each) for each in row.outcomes]
    return {
        "refund_id": row.id,
        "amount_minor": Int64(row.amount_minor),
        "status": row.status.value,
        "external": row.external,
        "attempt": row.attempt,
        "pending": row.pending,
        "unanswered": row.unanswered,
    } | present(
        key=row.key,
        requested_at=row.requested_at,
        requested_by=row.requested_by,
        reason=row.reason,
        comment=row.comment,
        succeeded_at=row.succeeded_at,
        failed_at=row.failed_at,
        failure=failure_document(row.failure),
        returned=row.returned or None,
        told_refunded=row.told_refunded or None,
        outcomes=outcomes if len(outcomes) > 1 else None,
    )


def _outcome_document(outcome: RefundOutcome) -> Document:
    return {"at": outcome.at, "succeeded": outcome.succeeded} | present(
        failure=failure_document(outcome.failure)
    )


def failure_document(why: Failure | None) -> Document | None:
    """A failure's part of the document."""
    return None if why is None else present(code=why.code, message=why.message)


def refund(row: Document) -> Refund:
    """A refund back from its part of the document."""
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
        outcomes=_outcomes(row),
        told_refunded=row.get("told_refunded", False),
    )


def _outcomes(row: Document) -> list[RefundOutcome]:
    if "outcomes" in row:
        kept = row["outcomes"]
        return [RefundOutcome(o["at"], o["succeeded"], failure(o.get("failure"))) for o in kept]
    told = []
    if "failed_at" in row:
        told.append(RefundOutcome(row["failed_at"], False, failure(row.get("failure"))))
    if "succeeded_at" in row:
        told.append(RefundOutcome(row["succeeded_at"], True))
    return sorted(told, key=lambda each: each.order)


def failure(document: Document | None) -> Failure | None:
    """A failure back from its part of the document."""
    return None if document is None else Failure(document["code"], document.get("message"))


def _dispute_document(row: Dispute) -> Document:
    return {
        "dispute_id": row.id,
        "amount_minor": Int64(row.amount_minor),
        "lost_minor": Int64(row.lost_minor),
        "status": row.status.value,
        "outcomes": [
            {"at": each.at, "lost": each.lost, "amount_minor": Int64(each.amount_minor)}
            for each in row.outcomes
        ],
    } | present(
        opened_at=row.opened_at,
        settled_at=row.settled_at,
        disputed_at=None if row.disputed is None else row.disputed[0],
    )


def dispute(row: Document) -> Dispute:
    """A dispute back from its part of the document."""
    amount_minor, opened_at = int(row["amount_minor"]), row.get("opened_at")
    disputed_at = row.get("disputed_at", opened_at)
    if "outcomes" in row:
        outcomes = [
            DisputeOutcome(each["at"], each["lost"], int(each["amount_minor"]))
            for each in row["outcomes"]
        ]
    else:  # as it was stored while an outcome could not differ from what was opened
        settled_at = row.get("settled_at")
        outcomes = (
            [] if settled_at is None else [DisputeOutcome(settled_at, row["lost"], amount_minor)]
        )
    return Dispute(
        id=row["dispute_id"],
        opened_at=opened_at,
        disputed=None if disputed_at is None else (disputed_at, amount_minor),
        outcomes=outcomes,
    )

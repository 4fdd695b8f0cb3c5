"""A batch as a document, and back; its collection and indexes."""

from collections import Counter
from typing import Any

from billing_debits.domain.batch import (
    Batch,
    BatchRow,
    Excluded,
    Plan,
    Progress,
    Told,
    Total,
)
from billing_debits.domain.searching import batch_words
from billing_debits.domain.success import success_rate, value_rate
from payops_contracts.charges import Rail
from payops_contracts.debit_batches import BatchOrigin, BatchStatus
from payops_kernel.mongo import (
    ASCENDING,
    DESCENDING,
    Collections,
    Document,
    IndexModel,
    IndexWay,
    Int64,
    present,
)

COLLECTION = "debit_batches"
BY_DATE, BY_STATUS = "by_date", "by_status"

INDEXES: dict[str, list[IndexModel]] = {
    COLLECTION: [
        IndexModel(
            [("created_at", DESCENDING), ("_id", DESCENDING), ("status", ASCENDING)], name=BY_DATE
        ),
        IndexModel(
            [("status", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)],
            name=BY_STATUS,
        ),
        IndexModel(
            [("search", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)],
            name="by_search",
        ),
        IndexModel([("total_minor", DESCENDING), ("_id", DESCENDING)], name="by_total"),
    ]
}
WAYS = (
    IndexWay(BY_DATE, ("created_at",), in_order_of="created_at", covers=True),
    IndexWay(
        BY_STATUS,
        ("status", "created_at"),
        in_order_within="created_at",
        covers=True,
        every={"status": {"$in": sorted(status.value for status in BatchStatus)}},
    ),
)


class BatchStore:
    """Document ↔ entity. Satisfies the kernel's ``AggregateStore``."""

    indexes = INDEXES

    def __init__(self, db: Collections) -> None:
        self.collection = db[COLLECTION]

    def to_document(self, aggregate: Batch) -> Document:
        """The stored form; what lists show stands beside what it is derived from."""
        batch, plan, shown = aggregate, aggregate.plan, aggregate.shown
        submitted = batch.submitted.count or batch.submitted_at is not None
        document: Document = {
            "_id": batch.code,
            "version": batch.version,
            "number": batch.number,
            "created_at": batch.created_at,
            "status": batch.status.value,
            "phase": batch.phase.value,
            "currency": plan.currency,
            "rail": plan.rail.value,
            "origin": batch.origin.value,
            "submit_when_sealed": batch.submit_when_sealed,
            "count": shown.count,
            "unpaid_minor": Int64(shown.unpaid_minor),
            "spending_limit_minor": Int64(shown.spending_limit_minor),
            "total_minor": Int64(shown.total_minor),
            "drafted": _total_document(plan.drafted),
            "chunks": plan.chunks,
            "cursor": batch.cursor,
            "sealed": _total_document(batch.sealed),
            "left_out": [[reason, count] for reason, count in sorted(batch.left_out.items())],
            "digest": batch.digest,
            "excluded": [[*each] for each in batch.excluded],
            "excluded_count": batch.excluded_count,
            "excluded_minor": Int64(batch.excluded_minor),
            "progress": _progress_document(batch.progress),
            "search": batch_words(batch.code, batch.number),
            "history": [_row_document(row) for row in batch.history],
        }
        return document | present(
            created_by=batch.created_by,
            submitted=_total_document(batch.submitted) if submitted else None,
            sealed_at=batch.sealed_at,
            submitted_at=batch.submitted_at,
            cancelled_at=batch.cancelled_at,
            unanswered_since=batch.unanswered_since,
            acknowledged=_told_document(batch.acknowledged),
            processed=_told_document(batch.processed),
            success_rate=success_rate(batch.progress),
            success_by_value=value_rate(batch.progress, batch.submitted.total_minor),
        )

    def from_document(self, document: Document) -> Batch:
        """The entity back from its document."""
        get = document.get
        plan = Plan(
            document["currency"],
            Rail(document["rail"]),
            _total(document["drafted"]),
            document["chunks"],
        )
        return Batch(
            document["_id"],
            document["number"],
            document["created_at"],
            plan,
            BatchOrigin(document["origin"]),
            get("created_by"),
            document["submit_when_sealed"],
            document["version"],
            BatchStatus(document["phase"]),
            document["cursor"],
            _total(document["sealed"]),
            Counter(dict(document["left_out"])),
            document["digest"],
            _total(get("submitted")),
            [Excluded(id_, int(minor), why) for id_, minor, why in document["excluded"]],
            document["excluded_count"],
            int(document["excluded_minor"]),
            get("sealed_at"),
            get("submitted_at"),
            get("cancelled_at"),
            get("unanswered_since"),
            _told(get("acknowledged")),
            _told(get("processed")),
            _progress(document["progress"]),
            [_row(row) for row in document["history"]],
        )


def _total_document(total: Total) -> Document:
    return {
        "count": total.count,
        "unpaid_minor": Int64(total.unpaid_minor),
        "spending_limit_minor": Int64(total.spending_limit_minor),
    }


def _total(row: Document | None) -> Total:
    if row is None:
        return Total()
    return Total(row["count"], int(row["unpaid_minor"]), int(row["spending_limit_minor"]))


def _told_document(told: Told | None) -> Document | None:
    if told is None:
        return None
    return {"at": told.at, "count": told.count, "sum_minor": Int64(told.sum_minor)}


def _told(row: Document | None) -> Told | None:
    return None if row is None else Told(row["at"], row["count"], int(row["sum_minor"]))


def _progress_document(progress: Progress) -> Document:
    said = {name: each for name, each in progress._asdict().items() if each is not None}
    return said | {
        "succeeded_minor": Int64(progress.succeeded_minor),
        "reversed_minor": Int64(progress.reversed_minor),
    }


def _progress(row: Document) -> Progress:
    known: dict[str, Any] = dict(row)
    for name in ("succeeded_minor", "reversed_minor"):
        known[name] = int(known[name])
    return Progress(**known)


def _row_document(row: BatchRow) -> Document:
    return {
        "at": row.at,
        "event": row.event,
        "status": row.status.value,
        "source": row.source,
        "event_id": row.event_id,
    } | present(note=row.note, actor=row.actor, detail=row.detail, digest=row.digest)


def _row(row: Document) -> BatchRow:
    get = row.get
    note = get("note")
    return BatchRow(
        row["at"],
        row["event"],
        BatchStatus(row["status"]),
        row["source"],
        row["event_id"],
        note is None,
        note,
        get("actor"),
        get("detail"),
        get("digest"),
    )

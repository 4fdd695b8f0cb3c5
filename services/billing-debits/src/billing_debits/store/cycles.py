"""A billing cycle as a document, and back; its collection and indexes."""

from collections.abc import Mapping, Sequence

from billing_debits.domain.cycles import (
    BillingCycle,
    Booked,
    Closing,
    CycleRow,
    Told,
    Totals,
)
from payops_contracts.cycles import CycleStatus
from payops_kernel.mongo import (
    ASCENDING,
    DESCENDING,
    Collections,
    Document,
    IndexModel,
    Int64,
    present,
)

CYCLES = "billing_cycles"

INDEXES: dict[str, list[IndexModel]] = {
    # Which one is open.
    CYCLES: [IndexModel([("status", ASCENDING), ("_id", DESCENDING)], name="by_status")],
}


class CycleStore:
    """Document ↔ entity. Satisfies the kernel's ``AggregateStore``."""

    indexes = INDEXES

    def __init__(self, db: Collections) -> None:
        self.collection = db[CYCLES]

    def to_document(self, aggregate: BillingCycle) -> Document:
        """The stored form; absent optional parts are left out."""
        cycle = aggregate
        return {
            "_id": cycle.code,
            "version": cycle.version,
            "status": cycle.status.value,
            "history": [_row_document(row) for row in cycle.history],
        } | present(
            opened_at=cycle.opened_at,
            ended_at=cycle.ended_at,
            told_at=cycle.told_at,
            told=[_document(each) for each in cycle.told] or None,
            closing=_closing_document(cycle.closing),
            adjusted=_booked_documents(cycle.adjusted),
            adjusted_elsewhere=_booked_documents(cycle.adjusted_elsewhere),
        )

    def from_document(self, document: Document) -> BillingCycle:
        """The entity back from its document."""
        get = document.get
        return BillingCycle(
            code=document["_id"],
            version=document["version"],
            opened_at=get("opened_at"),
            ended_at=get("ended_at"),
            told_at=get("told_at"),
            told=tuple(_told(row) for row in get("told", ())),
            closing=_closing(get("closing")),
            adjusted=_booked(get("adjusted", ())),
            adjusted_elsewhere=_booked(get("adjusted_elsewhere", ())),
            history=[_row(row) for row in document["history"]],
        )


def totals_of(row: Mapping[str, object]) -> Totals:
    """Totals out of a stored or computed row."""
    numbers = {name: int(row[name]) for name in Totals._fields[1:]}  # type: ignore[call-overload]
    return Totals(str(row["currency"]), **numbers)


def _document(each: Told | Totals) -> Document:
    said = {name: part for name, part in each._asdict().items() if part is not None}
    return {k: Int64(part) if isinstance(part, int) else part for k, part in said.items()}


def _told(row: Document) -> Told:
    tax = row.get("tax_minor")
    return Told(
        row["currency"],
        int(row["charges"]),
        int(row["charged_minor"]),
        None if tax is None else int(tax),
    )


def _closing_document(closing: Closing | None) -> Document | None:
    if closing is None:
        return None
    totals = [_document(each) for each in closing.totals]
    return {"at": closing.at, "actor": closing.actor, "totals": totals}


def _closing(row: Document | None) -> Closing | None:
    if row is None:
        return None
    return Closing(row["at"], row["actor"], tuple(totals_of(each) for each in row["totals"]))


def _booked_documents(booked: Mapping[str, Booked]) -> list[Document] | None:
    return [
        {"currency": currency, "adjustments": count, "adjusted_minor": Int64(minor)}
        for currency, (count, minor) in sorted(booked.items())
    ] or None


def _booked(rows: Sequence[Document]) -> dict[str, Booked]:
    return {row["currency"]: Booked(row["adjustments"], int(row["adjusted_minor"])) for row in rows}


def _row_document(row: CycleRow) -> Document:
    return {
        "at": row.at,
        "event": row.event,
        "status": row.status.value,
        "source": row.source,
        "event_id": row.event_id,
    } | present(note=row.note, actor=row.actor, reason=row.reason, digest=row.digest)


def _row(row: Document) -> CycleRow:
    get, note = row.get, row.get("note")
    return CycleRow(
        row["at"],
        row["event"],
        CycleStatus(row["status"]),
        row["source"],
        row["event_id"],
        note is None,
        note,
        get("actor"),
        get("reason"),
        get("digest"),
    )

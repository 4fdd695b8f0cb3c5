"""Parcels: document ↔ entity, and the indexes."""

from parcels.domain.parcel import Parcel, ParcelStatus
from payops_kernel.mongo import DESCENDING, Collections, Document, IndexModel

COLLECTION = "parcels"
BY_DATE = [("announced_at", DESCENDING), ("_id", DESCENDING)]


class ParcelStore:
    """Satisfies the kernel's ``AggregateStore``."""

    indexes = {COLLECTION: [IndexModel(BY_DATE, name="by_date")]}

    def __init__(self, db: Collections) -> None:
        self.collection = db[COLLECTION]

    def to_document(self, aggregate: Parcel) -> Document:
        """The stored form."""
        a = aggregate
        return {
            "_id": a.id, "version": a.version, "status": a.status.value, "seen": a.seen,
            "recipient": a.recipient, "announced_at": a.announced_at,
        }  # fmt: skip

    def from_document(self, document: Document) -> Parcel:
        """The entity back from its document."""
        d = document
        status = ParcelStatus(d["status"])
        return Parcel(d["_id"], d["recipient"], d["announced_at"], status, d["seen"], d["version"])

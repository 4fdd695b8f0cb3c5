"""Issued documents, each with its bytes, and the counters that number them."""

from collections.abc import Collection, Sequence
from typing import Any

from payops_contracts.ids import InvoiceNumber, RefundId, TransactionId
from payops_contracts.money import Money
from payops_kernel.mongo import (
    AFTER,
    ASCENDING,
    Binary,
    Collections,
    Document,
    IndexModel,
    Int64,
    Session,
)
from transactions.domain.documents import DocumentKind, IssuedDocument

COLLECTION = "invoices"
COUNTERS = "invoice_numbers"
CREDIT_NOTES_MAX = 1_000
"""A transaction has at most as many refunds as history rows."""


class MongoInvoices:
    """Satisfies ``InvoiceStore``. The key is the transaction and the refund, so each is one."""

    indexes = {
        COLLECTION: [
            IndexModel([("number", ASCENDING)], name="number", unique=True),
            IndexModel([("transaction_id", ASCENDING)], name="transaction"),
        ],
        COUNTERS: [],
    }

    def __init__(self, db: Collections) -> None:
        self._documents = db[COLLECTION]
        self._counters = db[COUNTERS]

    async def find(
        self,
        transaction_id: TransactionId,
        refund_id: RefundId | None,
        session: Session | None = None,
    ) -> IssuedDocument | None:
        """One document with its bytes."""
        found = await self._documents.find_one(
            {"_id": _key(transaction_id, refund_id)}, session=session
        )
        return None if found is None else _document(found)

    async def invoices_of(self, transaction_ids: Sequence[TransactionId]) -> list[IssuedDocument]:
        """The invoices of these few transactions with their bytes, in any order."""
        keys = [_key(transaction_id, None) for transaction_id in transaction_ids]
        found = await self._documents.find({"_id": {"$in": keys}}).to_list(len(keys))
        return [_document(document) for document in found]

    async def credited_minor(
        self, transaction_id: TransactionId, refund_ids: Collection[RefundId]
    ) -> int:
        """What the credit notes of these refunds are over together, in minor units."""
        found = await self._documents.find(
            {"transaction_id": transaction_id, "kind": DocumentKind.CREDIT_NOTE.value},
            {"refund_id": 1, "amount_minor": 1},
        ).to_list(CREDIT_NOTES_MAX)
        return sum(int(row["amount_minor"]) for row in found if row["refund_id"] in refund_ids)

    async def of_transaction(self, transaction_id: TransactionId) -> list[Document]:
        """The documents of a transaction without their bytes."""
        rows: list[Document] = await self._documents.find(
            {"transaction_id": transaction_id}, {"pdf": 0}
        ).to_list(CREDIT_NOTES_MAX)
        return rows

    async def next_number(
        self, kind: DocumentKind, year: int, session: Session | None = None
    ) -> InvoiceNumber:
        """What the counter will say; nothing is taken."""
        counter = await self._counters.find_one({"_id": f"{kind.value}-{year}"}, session=session)
        return _number(kind, year, 1 if counter is None else counter["last"] + 1)

    async def take_number(self, kind: DocumentKind, year: int, session: Session) -> InvoiceNumber:
        """Counted in the caller's transaction: what is not committed leaves no gap."""
        counter = await self._counters.find_one_and_update(
            {"_id": f"{kind.value}-{year}"},
            {"$inc": {"last": 1}},
            upsert=True,
            return_document=AFTER,
            session=session,
        )
        return _number(kind, year, counter["last"])

    async def last_number(self, counter: str, session: Session) -> int:
        """What a counter such as ``INV-2026`` has counted to."""
        found = await self._counters.find_one({"_id": counter}, session=session)
        return 0 if found is None else int(found["last"])

    async def count_to(self, counter: str, last: int, session: Session) -> None:
        """Never give a number up to ``last`` again."""
        await self._counters.update_one(
            {"_id": counter}, {"$max": {"last": last}}, upsert=True, session=session
        )

    async def add(self, document: IssuedDocument, session: Session) -> None:
        """Store a document; it is never changed afterwards."""
        await self._documents.insert_one(
            {
                "_id": _key(document.transaction_id, document.refund_id),
                "kind": document.kind.value,
                "number": document.number,
                "transaction_id": document.transaction_id,
                "refund_id": document.refund_id,
                "issued_at": document.issued_at,
                "issued_by": document.issued_by,
                "amount_minor": Int64(document.amount.amount_minor),
                "tax_minor": Int64(document.tax_minor),
                "currency": document.amount.currency,
                "sha256": document.sha256,
                "pdf": Binary(document.pdf),
            },
            session=session,
        )


def _number(kind: DocumentKind, year: int, count: int) -> InvoiceNumber:
    return InvoiceNumber(f"{kind.value}-{year}-{count:06d}")


def _key(transaction_id: TransactionId, refund_id: RefundId | None) -> dict[str, Any]:
    return {"transaction": transaction_id, "refund": refund_id}


def _document(document: Document) -> IssuedDocument:
    return IssuedDocument(
        kind=DocumentKind(document["kind"]),
        number=document["number"],
        transaction_id=document["transaction_id"],
        refund_id=document["refund_id"],
        issued_at=document["issued_at"],
        issued_by=document["issued_by"],
        amount=Money(int(document["amount_minor"]), document["currency"]),
        tax_minor=int(document["tax_minor"]),
        sha256=document["sha256"],
        pdf=bytes(document["pdf"]),
    )

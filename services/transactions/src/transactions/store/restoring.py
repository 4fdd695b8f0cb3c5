"""After a restore from backup: states said again, and no document number given twice."""

from collections.abc import Sequence
from datetime import datetime

import orjson

from payops_contracts.topics import TRANSACTIONS
from payops_kernel.mongo import Collections, Document, Session
from payops_kernel.ports import OutgoingMessage
from transactions.publishing import restated_message
from transactions.store.invoices import MongoInvoices
from transactions.store.transactions import TransactionStore

_ISSUED = b"payops.transaction.invoice-issued.v1"


class RestoredTransactions:
    """Satisfies ``RestoringRules``."""

    indexes = TransactionStore.indexes | MongoInvoices.indexes

    def __init__(self, db: Collections) -> None:
        self._db = db
        self._store = TransactionStore(db)
        self.topic = TRANSACTIONS.name
        self.collection = self._store.collection

    def lesson(self) -> "GivenNumbers":
        """A new reading of what was published."""
        return GivenNumbers(MongoInvoices(self._db))

    def restated(self, document: Document, at: datetime, restoration: str) -> OutgoingMessage:
        """A transaction's state, its version raised already."""
        return restated_message(self._store.from_document(document), at, restoration)


class GivenNumbers:
    """Satisfies ``Lesson``: the highest number of each counter that is on paper somewhere."""

    def __init__(self, documents: MongoInvoices) -> None:
        self._documents = documents
        self.highest: dict[str, int] = {}

    def learn(self, value: bytes) -> None:
        """Of an issued document its number, such as ``INV-2026-000123``."""
        if _ISSUED not in value:
            return
        event = orjson.loads(value)
        if event["type"].encode() != _ISSUED:
            return
        counter, _, count = event["data"]["change"]["cause_id"].rpartition("-")
        if counter and count.isdecimal():
            self.highest[counter] = max(self.highest.get(counter, 0), int(count))

    async def settle(self, session: Session) -> Sequence[str]:
        """Count on behind what was given; name the documents that the database has not."""
        findings = []
        for counter, given in sorted(self.highest.items()):
            last = await self._documents.last_number(counter, session)
            if given > last:
                await self._documents.count_to(counter, given, session)
                findings.append(
                    f"{counter}-{last + 1:06d} to {counter}-{given:06d} were issued after the "
                    "backup: customers may have them and the database has not. They are not given "
                    "again; take the documents from where they were sent or kept."
                )
        return findings

"""Commands' side of the store: load, compare-and-set, and what goes out with it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from payops_kernel.due import DueRows
from payops_kernel.mongo import (
    Database,
    Document,
    ReplaceOne,
    Session,
    VersionConflict,
    expect_counts,
)
from payops_kernel.ports import DueRow, OutgoingMessage
from transactions.domain.refunds import Refund
from transactions.domain.transaction import Transaction
from transactions.publishing import refund_command, step_message
from transactions.store.transactions import TransactionStore

REFUND_DUE = "refund-unanswered"


class MongoTransactionWrites:
    """Satisfies ``TransactionWrites`` and ``UnansweredRefunds``."""

    def __init__(self, db: Database, due: DueRows) -> None:
        self._store = TransactionStore(db)
        self._due = due

    async def load(self, transaction_id: str, session: Session) -> Transaction | None:
        """The transaction, unless it is only a placeholder."""
        found = await self._store.collection.find_one(
            {"_id": transaction_id, "version": {"$gt": 0}}, session=session
        )
        return None if found is None else self._store.from_document(found)

    async def save(self, transaction: Transaction, session: Session) -> list[OutgoingMessage]:
        """Write one step; its event. Raises ``VersionConflict`` when another was quicker."""
        result = await self._store.collection.replace_one(
            *self._replacing(transaction), session=session
        )
        if result.matched_count != 1:
            raise VersionConflict(f"transaction {transaction.id} moved meanwhile")
        return _step_messages([transaction])

    async def command_refund(
        self, transaction: Transaction, refund: Refund, due_at: datetime, session: Session
    ) -> list[OutgoingMessage]:
        """The command to upstream, with a due row for its answer."""
        await self._due.schedule(
            REFUND_DUE, refund.id, due_at, session, transaction_id=transaction.id
        )
        return [refund_command(transaction, refund)]

    async def load_many(self, ids: Sequence[str], session: Session) -> Mapping[str, Transaction]:
        """Those of the transactions that are known and no placeholders."""
        found = self._store.collection.find(
            {"_id": {"$in": list(ids)}, "version": {"$gt": 0}}, session=session
        )
        return {row["_id"]: self._store.from_document(row) async for row in found}

    async def save_many(
        self, transactions: Sequence[Transaction], session: Session
    ) -> list[OutgoingMessage]:
        """One step of each of several transactions, all or none; their events."""
        result = await self._store.collection.bulk_write(
            [ReplaceOne(*self._replacing(transaction)) for transaction in transactions],
            ordered=False,
            session=session,
        )
        expect_counts(result, inserted=0, matched=len(transactions))
        return _step_messages(transactions)

    async def command_refunds(
        self, refunds: Sequence[tuple[Transaction, Refund]], due_at: datetime, session: Session
    ) -> list[OutgoingMessage]:
        """The commands to upstream, with a due row for each answer."""
        rows = [
            DueRow(REFUND_DUE, refund.id, due_at, {"transaction_id": transaction.id})
            for transaction, refund in refunds
        ]
        await self._due.schedule_many(rows, session)
        return [refund_command(transaction, refund) for transaction, refund in refunds]

    def _replacing(self, transaction: Transaction) -> tuple[Document, Document]:
        before = {"_id": transaction.id, "version": transaction.version - 1}
        return before, self._store.to_document(transaction)


def _step_messages(transactions: Sequence[Transaction]) -> list[OutgoingMessage]:
    return [step_message(t, t.step) for t in transactions if t.step is not None]

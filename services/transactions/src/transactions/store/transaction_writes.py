"""Commands' side of the store: load, compare-and-set, and what goes out with it."""

from datetime import datetime

from payops_kernel.due import DueRows
from payops_kernel.mongo import Database, Session, VersionConflict
from payops_kernel.ports import OutgoingMessage
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
            {"_id": transaction.id, "version": transaction.version - 1},
            self._store.to_document(transaction),
            session=session,
        )
        if result.matched_count != 1:
            raise VersionConflict(f"transaction {transaction.id} moved meanwhile")
        step = transaction.step
        return [] if step is None else [step_message(transaction, step)]

    async def command_refund(
        self, transaction: Transaction, refund: Refund, due_at: datetime, session: Session
    ) -> list[OutgoingMessage]:
        """The command to upstream, with a due row for its answer."""
        await self._due.schedule(
            REFUND_DUE, refund.id, due_at, session, transaction_id=transaction.id
        )
        return [refund_command(transaction, refund)]

"""What the use cases that change transactions need of the store."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from payops_kernel.ports import OutgoingMessage, Session
from transactions.domain.refunds import Refund
from transactions.domain.transaction import Transaction


class TransactionWrites(Protocol):
    """Loads and saves transactions inside an open database transaction."""

    async def load(self, transaction_id: str, session: Session) -> Transaction | None:
        """The transaction, or None when it is not known."""
        ...

    async def save(self, transaction: Transaction, session: Session) -> list[OutgoingMessage]:
        """Write one step, compare-and-set on the version before it; the event of the step."""
        ...

    async def command_refund(
        self, transaction: Transaction, refund: Refund, due_at: datetime, session: Session
    ) -> list[OutgoingMessage]:
        """Have the refund looked at when it is due; the command that asks upstream for it."""
        ...

    async def load_many(self, ids: Sequence[str], session: Session) -> Mapping[str, Transaction]:
        """Those of the transactions that are known, by id."""
        ...

    async def save_many(
        self, transactions: Sequence[Transaction], session: Session
    ) -> list[OutgoingMessage]:
        """As ``save``, for one step of each of several transactions; an event of each, in order."""
        ...

    async def command_refunds(
        self, refunds: Sequence[tuple[Transaction, Refund]], due_at: datetime, session: Session
    ) -> list[OutgoingMessage]:
        """As ``command_refund``, for refunds of several transactions, in order."""
        ...

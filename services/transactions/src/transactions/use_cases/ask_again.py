"""Ask again for a refund that nobody answered: same refund, same key, on a schedule."""

from payops_contracts.ids import RefundId
from payops_kernel.ports import DueRow, Repository, Work
from transactions.domain.refunding import ask_again
from transactions.domain.transaction import Transaction


class AskAgain:
    """The due work behind a refund without an answer."""

    def __init__(self, transactions: Repository[Transaction]) -> None:
        self._transactions = transactions

    async def __call__(self, work: Work, row: DueRow) -> None:
        """Command it again, its outcome unknown unless pending; nothing when it was answered."""
        t = await work.find(self._transactions, row.payload["transaction_id"])
        if t is not None and ask_again(t, RefundId(row.key), work.now) is not None:
            work.save(t)

"""Which topics this service reads, and what folds them: a table of contents."""

from payops_contracts.topics import TRANSACTIONS_ON_PAYMENTS
from payops_kernel.repository import MongoRepository
from payops_kernel.runtime import Runtime
from transactions.domain.folding import fold
from transactions.domain.transaction import Transaction
from transactions.events import fact_of


def consume(runtime: Runtime, transactions: MongoRepository[Transaction]) -> None:
    """``upstream.payments`` → transactions."""
    runtime.consume(
        TRANSACTIONS_ON_PAYMENTS,
        transactions,
        fact=fact_of,
        key=lambda fact: fact.transaction_id,
        fold=fold,
        contradiction=lambda transaction: transaction.contradiction,
    )

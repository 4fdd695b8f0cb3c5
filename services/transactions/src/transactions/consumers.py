"""Which topics this service reads, and what folds them: a table of contents."""

from payops_contracts.topics import TRANSACTIONS_ON_PAYMENTS
from payops_kernel.due_rows import DueRows
from payops_kernel.messaging import AggregateFold, Parking, event_decoder
from payops_kernel.repository import MongoRepository
from transactions.domain.facts import Fact
from transactions.domain.folding import fold
from transactions.domain.transaction import Transaction
from transactions.events import fact_of


def payment_facts(
    transactions: MongoRepository[Transaction], due: DueRows, parking: Parking | None = None
) -> AggregateFold[Transaction, Fact]:
    """``upstream.payments`` → transactions."""
    topic = TRANSACTIONS_ON_PAYMENTS.topic
    return AggregateFold(
        topic.name,
        event_decoder(topic.events, topic),
        transactions,
        due,
        fact=fact_of,
        key=lambda fact: fact.transaction_id,
        fold=fold,
        contradiction=lambda transaction: transaction.contradiction,
        parking=parking,
    )

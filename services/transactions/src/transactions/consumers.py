"""Which topics this service reads, and which rules fold them: a table of contents."""

from collections.abc import Iterable

from payops_contracts.payments import UpstreamPaymentEvent
from payops_contracts.topics import TRANSACTIONS_ON_PAYMENTS
from payops_kernel.contradictions import Contradiction
from payops_kernel.messaging import AggregateFold, FollowUp, OutgoingMessage, Parking, event_decoder
from transactions.domain.folding import fold
from transactions.domain.transaction import Transaction
from transactions.events import fact_of
from transactions.publishing import step_message
from transactions.store.transactions import TransactionStore


def payment_facts(
    store: TransactionStore,
    parking: Parking | None = None,
    follow_up: FollowUp | None = None,
) -> AggregateFold:
    """``upstream.payments`` → transactions."""
    return AggregateFold(
        topic=TRANSACTIONS_ON_PAYMENTS.topic.name,
        decode=event_decoder(TRANSACTIONS_ON_PAYMENTS.topic.events),
        rules=PaymentRules(),
        store=store,
        parking=parking,
        follow_up=follow_up,
    )


class PaymentRules:
    """How the kernel's fold meets the domain. Satisfies ``AggregateRules``."""

    def aggregate_id(self, event: UpstreamPaymentEvent) -> str:
        """A transaction is the aggregate of its payment's events."""
        return event.subject

    def fold(self, aggregate: Transaction | None, event: UpstreamPaymentEvent) -> Transaction:
        """The transaction after the event."""
        return fold(aggregate, fact_of(event))

    def version(self, aggregate: Transaction) -> int:
        """The transaction's version."""
        return aggregate.version

    def messages(self, aggregate: Transaction) -> Iterable[OutgoingMessage]:
        """The domain event of the last fold."""
        if aggregate.step is not None:
            yield step_message(aggregate, aggregate.step)

    def contradiction(self, aggregate: Transaction) -> Contradiction | None:
        """What the last fold met under an id that had said something else."""
        return aggregate.contradiction

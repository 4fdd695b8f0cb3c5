"""Which topics this service reads, and which rules fold them: a table of contents."""

from collections.abc import Iterable
from typing import assert_never

from payops_contracts.payments import (
    PaymentCreatedV1,
    PaymentDescription,
    PaymentFailedV1,
    PaymentPaidV1,
    PaymentPendingV1,
    UpstreamPaymentEvent,
)
from payops_contracts.topics import TRANSACTIONS_ON_PAYMENTS
from payops_kernel.messaging import AggregateFold, OutgoingMessage, event_decoder
from transactions.domain.facts import Description, FactKind, Failure, Item, PaymentFact
from transactions.domain.transaction import Transaction, fold
from transactions.publishing import step_message
from transactions.store.transactions import TransactionStore


def payment_facts(store: TransactionStore) -> AggregateFold:
    """``upstream.payments`` → transactions."""
    return AggregateFold(
        topic=TRANSACTIONS_ON_PAYMENTS.topic.name,
        decode=event_decoder(TRANSACTIONS_ON_PAYMENTS.topic.events),
        rules=PaymentRules(),
        store=store,
    )


class PaymentRules:
    """How the kernel's fold meets the domain. Satisfies ``AggregateRules``."""

    def aggregate_id(self, event: UpstreamPaymentEvent) -> str:
        """A transaction is the aggregate of its payment's events."""
        return event.subject

    def fold(self, aggregate: Transaction | None, event: UpstreamPaymentEvent) -> Transaction:
        """The transaction after the event."""
        return fold(aggregate, payment_fact(event))

    def version(self, aggregate: Transaction) -> int:
        """The transaction's version."""
        return aggregate.version

    def messages(self, aggregate: Transaction) -> Iterable[OutgoingMessage]:
        """The domain event of the last fold."""
        if aggregate.step is not None:
            yield step_message(aggregate, aggregate.step)


def payment_fact(event: UpstreamPaymentEvent) -> PaymentFact:
    """A wire event in the domain's words."""
    data = event.data
    failure: Failure | None = None
    match event:
        case PaymentCreatedV1():
            kind = FactKind.CREATED
        case PaymentPendingV1():
            kind = FactKind.PENDING
        case PaymentPaidV1():
            kind = FactKind.PAID
        case PaymentFailedV1(data=failed):
            kind = FactKind.FAILED
            if failed.failure is not None:
                failure = Failure(failed.failure.code, failed.failure.message)
        case _:
            assert_never(event)
    return PaymentFact(
        kind=kind,
        source=event.source,
        event_id=event.id,
        occurred_at=event.time,
        transaction_id=data.transaction_id,
        amount_minor=data.amount_minor,
        currency=data.currency,
        description=_description(data),
        failure=failure,
        traceparent=event.traceparent,
        correlation_id=event.correlationid,
    )


def _description(data: PaymentDescription) -> Description:
    items = data.items
    return Description(
        created_at=data.created_at,
        provider=data.provider,
        method=data.method,
        channel=data.channel,
        type=data.type.value,
        user_id=data.user.id,
        user_name=data.user.name,
        user_email=data.user.email,
        user_phone=data.user.phone,
        link=data.link,
        subscription_id=data.subscription_id,
        provider_payment_id=data.provider_payment_id,
        notification_channels=data.notification_channels,
        items=None
        if items is None
        else tuple(
            Item(item.description, item.quantity, item.amount_minor, item.tax_minor)
            for item in items
        ),
    )

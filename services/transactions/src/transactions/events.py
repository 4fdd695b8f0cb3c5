"""Wire events in the domain's own words."""

from itertools import starmap
from typing import assert_never

from payops_contracts.descriptions import Item as PaidItem
from payops_contracts.payments import (
    PaymentCreatedV1,
    PaymentDescription,
    PaymentFailedV1,
    PaymentPaidV1,
    PaymentPendingV1,
    UpstreamPaymentEvent,
)
from payops_contracts.refunds import (
    DisputeLostV1,
    DisputeOpenedV1,
    DisputeWonV1,
    RefundFailedV1,
    RefundPendingV1,
    RefundSucceededV1,
)
from payops_kernel.contradictions import digester
from payops_kernel.facts import cause_of
from payops_kernel.one_line import one_line
from transactions.domain.facts import (
    Attribute,
    Cause,
    Description,
    DisputeFact,
    DisputeFactKind,
    Fact,
    FactKind,
    Failure,
    Item,
    PaymentFact,
    RefundFact,
    RefundFactKind,
    told,
)

_digest = digester(UpstreamPaymentEvent)

PaymentEvent = PaymentCreatedV1 | PaymentPendingV1 | PaymentPaidV1 | PaymentFailedV1
RefundEvent = RefundSucceededV1 | RefundFailedV1 | RefundPendingV1
DisputeEvent = DisputeOpenedV1 | DisputeWonV1 | DisputeLostV1

_PAYMENT_KINDS = {
    PaymentCreatedV1: FactKind.CREATED,
    PaymentPendingV1: FactKind.PENDING,
    PaymentPaidV1: FactKind.PAID,
    PaymentFailedV1: FactKind.FAILED,
}
_REFUND_KINDS = {
    RefundSucceededV1: RefundFactKind.SUCCEEDED,
    RefundFailedV1: RefundFactKind.FAILED,
    RefundPendingV1: RefundFactKind.PENDING,
}
_DISPUTE_KINDS = {
    DisputeOpenedV1: DisputeFactKind.OPENED,
    DisputeWonV1: DisputeFactKind.WON,
    DisputeLostV1: DisputeFactKind.LOST,
}


def fact_of(event: UpstreamPaymentEvent) -> Fact:
    """The fact that an event of ``upstream.payments`` states."""
    cause = cause_of(event, _digest(event))
    if isinstance(event, PaymentEvent):
        return _payment_fact(event, cause)
    if isinstance(event, RefundEvent):
        return _refund_fact(event, cause)
    if isinstance(event, DisputeEvent):
        return _dispute_fact(event, cause)
    assert_never(event)


def _payment_fact(event: PaymentEvent, cause: Cause) -> PaymentFact:
    data = event.data
    failure: Failure | None = None
    if isinstance(event, PaymentFailedV1) and event.data.failure is not None:
        failure = Failure(event.data.failure.code, event.data.failure.message)
    return PaymentFact(
        _PAYMENT_KINDS[type(event)],
        cause,
        data.transaction_id,
        data.amount_minor,
        data.currency,
        _description(data),
        failure,
    )


def _refund_fact(event: RefundEvent, cause: Cause) -> RefundFact:
    data = event.data
    failure = None if data.failure is None else Failure(data.failure.code, data.failure.message)
    return RefundFact(
        kind=_REFUND_KINDS[type(event)],
        cause=cause,
        transaction_id=data.transaction_id,
        refund_id=data.refund_id,
        amount_minor=data.amount_minor,
        currency=data.currency,
        failure=failure,
    )


def _dispute_fact(event: DisputeEvent, cause: Cause) -> DisputeFact:
    data = event.data
    return DisputeFact(
        kind=_DISPUTE_KINDS[type(event)],
        cause=cause,
        transaction_id=data.transaction_id,
        dispute_id=data.dispute_id,
        amount_minor=data.amount_minor,
        currency=data.currency,
    )


def _description(data: PaymentDescription) -> Description:
    items, user = data.items, data.user
    name = user.name
    # The most by position, in the order of the fields: names cost half as much again.
    return Description(
        data.created_at,
        data.provider,
        data.method,
        data.channel,
        data.type.value,
        user.id,
        name and (one_line(name) or None),
        user.email,
        user.phone,
        **told(data),
        notification_channels=data.notification_channels,
        items=None if items is None else tuple([_item(item) for item in items]),
        attributes=tuple(starmap(Attribute, data.attributes.items())) if data.attributes else None,
    )


def _item(item: PaidItem) -> Item:
    return Item(item.description, item.quantity, item.amount_minor, item.tax_minor)

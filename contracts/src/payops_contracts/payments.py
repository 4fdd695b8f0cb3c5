"""Payments: what upstream says about them, and what PayOps says about a transaction.

Upstream facts (`upstream.payments`, key = transaction id) each carry the whole description, so
that whichever arrives first opens the transaction. Domain events (`payops.transactions`, key =
transaction id) carry the state after the change beside what changed.
"""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from payops_contracts.envelope import Attribute, DomainEnvelope, Envelope
from payops_contracts.fields import Identifier, Instant, Name, Reference, Slug, Text, Url
from payops_contracts.money import AmountMinor, Currency, SignedAmountMinor
from payops_contracts.refunds import (
    Dispute,
    DisputeLostV1,
    DisputeOpenedV1,
    DisputeWonV1,
    Refund,
    RefundFailedV1,
    RefundPendingV1,
    RefundSucceededV1,
)

MAX_ITEMS = 500


class PaymentType(StrEnum):
    """How the payment came about."""

    DIRECT = "DIRECT"
    SUBSCRIPTION = "SUBSCRIPTION"
    PAY_BY_LINK = "PAY_BY_LINK"


class TransactionStatus(StrEnum):
    """A transaction's status; ``CREATED`` covers everything that is not yet paid."""

    CREATED = "CREATED"
    PAID = "PAID"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    TOTALLY_REFUNDED = "TOTALLY_REFUNDED"
    FAILED = "FAILED"


class TransactionFlag(StrEnum):
    """Something about a transaction that a person should know."""

    FAILED_AND_PAID = "FAILED_AND_PAID"
    """Upstream said both failed and paid; paid wins."""
    REFUNDED_OVER_AMOUNT = "REFUNDED_OVER_AMOUNT"
    """Refunds and lost disputes took more than the amount: an exception for a person to settle."""
    REFUNDED_BEFORE_PAID = "REFUNDED_BEFORE_PAID"
    """Upstream refunded a payment of which it has not said that it was paid."""
    REFUND_RETURNED = "REFUND_RETURNED"
    """A refund that had succeeded failed afterwards: its money came back."""
    CUSTOMER_TOLD_REFUNDED = "CUSTOMER_TOLD_REFUNDED"
    """The customer was mailed that they were refunded, and that refund has failed since."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class User(_Part):
    """The customer, as the shop knows them."""

    id: Identifier
    name: Name | None = None
    email: Annotated[str, Field(max_length=254)] | None = None
    """As given; not checked."""
    phone: Annotated[str, Field(max_length=40)] | None = None
    """As given; not checked."""


class Item(_Part):
    """One line of what was bought; amounts in minor units of the payment's currency."""

    description: Text
    quantity: Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
    amount_minor: SignedAmountMinor
    """Price of the whole line, tax included; below zero for a discount."""
    tax_minor: SignedAmountMinor = 0
    """Tax contained in ``amount_minor``; below zero for what a discount takes off it."""


class Failure(_Part):
    """Why a payment failed, in the provider's words."""

    code: Slug
    message: Text | None = None


class PaymentDescription(_Part):
    """Everything that describes a payment; every upstream payment fact carries it."""

    transaction_id: Identifier
    """The merchant's unique id: the "Transaction ID" that people see."""
    created_at: Instant
    """When upstream created the payment: the "Date" that people see, never our arrival."""
    amount_minor: AmountMinor
    """Amount of the payment, in minor units of ``currency``; zero is valid."""
    currency: Currency
    """ISO 4217 code."""
    provider: Slug
    """Who takes the money, such as ``stripe``."""
    method: Slug
    """How it is paid, such as ``credit-cards``."""
    channel: Slug
    """Where it was paid, such as ``web``."""
    type: PaymentType
    """Paid directly, by a subscription, or by a link that was sent."""
    user: User
    link: Url | None = None
    """The payment link, for ``PAY_BY_LINK``."""
    subscription_id: Identifier | None = None
    """The subscription that the payment belongs to."""
    provider_payment_id: Reference | None = None
    """The provider's own id of the payment."""
    notification_channels: Annotated[tuple[Slug, ...], Field(max_length=10)] | None = None
    """Where the customer agreed to be written to, such as ``email``."""
    items: Annotated[tuple[Item, ...], Field(max_length=MAX_ITEMS)] | None = None


class PaymentFailedData(PaymentDescription):
    """A payment's description with the reason of its failure."""

    failure: Failure | None = None


class _UpstreamPayment(Envelope):
    data: PaymentDescription

    @model_validator(mode="after")
    def _subject_is_the_transaction(self) -> Self:
        if self.subject != self.data.transaction_id:
            raise ValueError("subject and data.transaction_id differ")
        return self


class PaymentCreatedV1(_UpstreamPayment):
    """A payment was created at the hub. First of a payment's facts, though it may arrive late."""

    type: Literal["upstream.payment.created.v1"]


class PaymentPendingV1(_UpstreamPayment):
    """The provider is working on a payment; shown as Created."""

    type: Literal["upstream.payment.pending.v1"]


class PaymentPaidV1(_UpstreamPayment):
    """The money was taken; ``time`` is when. Beats every other payment fact."""

    type: Literal["upstream.payment.paid.v1"]


class PaymentFailedV1(_UpstreamPayment):
    """The payment failed; ``time`` is when. A later paid fact still wins."""

    type: Literal["upstream.payment.failed.v1"]
    data: PaymentFailedData


UpstreamPaymentEvent = Annotated[
    PaymentCreatedV1
    | PaymentPendingV1
    | PaymentPaidV1
    | PaymentFailedV1
    | RefundSucceededV1
    | RefundFailedV1
    | RefundPendingV1
    | DisputeOpenedV1
    | DisputeWonV1
    | DisputeLostV1,
    Field(discriminator="type"),
]


class TransactionChange(_Part):
    """What happened to a transaction in the step that an event reports."""

    event: Slug
    """The history's event name, such as ``payment_paid``; its label is in ``labels``."""
    occurred_at: Instant
    """When it happened."""
    status_before: TransactionStatus | None
    """Null when the step opened the transaction."""
    applied: bool
    """False when the fact was kept in the history without changing the status."""
    note: Text | None = None
    """Why the fact was not applied."""
    cause_source: Attribute
    """Source of the event or request behind the step."""
    cause_id: Attribute
    """Id of the event or request behind the step."""
    refund_id: Identifier | None = None
    """The refund that the step is about."""
    dispute_id: Identifier | None = None
    """The dispute that the step is about."""
    refunded_minor: AmountMinor | None = None
    """What the step gave back, in minor units of the transaction's currency."""
    returned_minor: AmountMinor | None = None
    """What came back in the step: a refund had succeeded, and failed afterwards."""


class TransactionData(PaymentDescription):
    """A transaction after a step: its whole state, and the step itself."""

    status: TransactionStatus
    """Status after the step."""
    total_refunded_minor: AmountMinor
    """Sum of the refunds that succeeded, in minor units of ``currency``."""
    refunds: tuple[Refund, ...] = ()
    """Every refund, oldest first."""
    disputes: tuple[Dispute, ...] = ()
    """Every dispute, oldest first."""
    paid_at: Instant | None = None
    failed_at: Instant | None = None
    failure: Failure | None = None
    flags: tuple[TransactionFlag, ...]
    """What a person should know about it; mostly empty."""
    change: TransactionChange


class _TransactionEvent(DomainEnvelope):
    data: TransactionData


class TransactionCreatedV1(_TransactionEvent):
    """A transaction appeared as Created."""

    type: Literal["payops.transaction.created.v1"]


class TransactionPendingV1(_TransactionEvent):
    """The provider is working on it; still Created."""

    type: Literal["payops.transaction.pending.v1"]


class TransactionPaidV1(_TransactionEvent):
    """The transaction is Paid."""

    type: Literal["payops.transaction.paid.v1"]


class TransactionFailedV1(_TransactionEvent):
    """The transaction is Failed."""

    type: Literal["payops.transaction.failed.v1"]


class TransactionNotedV1(_TransactionEvent):
    """A fact was kept in the history and did not change the status; ``change.note`` says why."""

    type: Literal["payops.transaction.noted.v1"]


class TransactionRefundRequestedV1(_TransactionEvent):
    """A refund was asked of upstream; its amount is reserved."""

    type: Literal["payops.transaction.refund-requested.v1"]


class TransactionRefundPendingV1(_TransactionEvent):
    """The provider is working on a refund."""

    type: Literal["payops.transaction.refund-pending.v1"]


class TransactionRefundUnknownV1(_TransactionEvent):
    """No answer about a refund came in time; it keeps its reserve and is asked again."""

    type: Literal["payops.transaction.refund-unknown.v1"]


class TransactionRefundedV1(_TransactionEvent):
    """A refund succeeded; the transaction is Partially or Totally Refunded."""

    type: Literal["payops.transaction.refunded.v1"]


class TransactionRefundFailedV1(_TransactionEvent):
    """A refund was declined, or came back after it had succeeded: the money is free again."""

    type: Literal["payops.transaction.refund-failed.v1"]


class TransactionDisputeOpenedV1(_TransactionEvent):
    """The customer disputes the payment."""

    type: Literal["payops.transaction.dispute-opened.v1"]


class TransactionDisputeWonV1(_TransactionEvent):
    """A dispute ended for the merchant."""

    type: Literal["payops.transaction.dispute-won.v1"]


class TransactionDisputeLostV1(_TransactionEvent):
    """A dispute ended against the merchant."""

    type: Literal["payops.transaction.dispute-lost.v1"]


class TransactionInvoiceIssuedV1(_TransactionEvent):
    """An invoice or a credit note was made and stored."""

    type: Literal["payops.transaction.invoice-issued.v1"]


class TransactionInvoiceFailedV1(_TransactionEvent):
    """An invoice or a credit note could not be made."""

    type: Literal["payops.transaction.invoice-failed.v1"]


class TransactionNotificationSentV1(_TransactionEvent):
    """A mail to the customer was handed to the mail server."""

    type: Literal["payops.transaction.notification-sent.v1"]


class TransactionNotificationFailedV1(_TransactionEvent):
    """A mail to the customer was refused for good."""

    type: Literal["payops.transaction.notification-failed.v1"]


TransactionEvent = Annotated[
    TransactionCreatedV1
    | TransactionPendingV1
    | TransactionPaidV1
    | TransactionFailedV1
    | TransactionNotedV1
    | TransactionRefundRequestedV1
    | TransactionRefundPendingV1
    | TransactionRefundUnknownV1
    | TransactionRefundedV1
    | TransactionRefundFailedV1
    | TransactionDisputeOpenedV1
    | TransactionDisputeWonV1
    | TransactionDisputeLostV1
    | TransactionInvoiceIssuedV1
    | TransactionInvoiceFailedV1
    | TransactionNotificationSentV1
    | TransactionNotificationFailedV1,
    Field(discriminator="type"),
]

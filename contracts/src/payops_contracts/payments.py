"""Payments: what upstream says about them, and what PayOps says about a transaction.

Upstream facts (`upstream.payments`, key = transaction id) each carry the whole description, so
that whichever arrives first opens the transaction. Domain events (`payops.transactions`, key =
transaction id) carry the state after the change beside what changed.
"""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, model_validator

from payops_contracts.descriptions import Failure, KeptDescription, KeptFailure, Part
from payops_contracts.descriptions import PaymentDescription as PaymentDescription
from payops_contracts.descriptions import PaymentType as PaymentType
from payops_contracts.envelope import DomainEnvelope, KeptAttribute, UpstreamEnvelope
from payops_contracts.fields import KeptIdentifierOf, KeptInstant, KeptSlug, Text
from payops_contracts.ids import DisputeId, RefundId
from payops_contracts.money import SumMinor
from payops_contracts.past_currencies import refuse_past_currency
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


class HistoryEvent(StrEnum):
    """What a row of a transaction's history tells, and ``change.event`` of a domain event."""

    PAYMENT_CREATED = "payment_created"
    PAYMENT_PENDING = "payment_pending"
    PAYMENT_PAID = "payment_paid"
    PAYMENT_FAILED = "payment_failed"
    REFUND_REQUESTED = "refund_requested"
    REFUND_PENDING = "refund_pending"
    REFUND_UNKNOWN = "refund_unknown"
    REFUND_SUCCEEDED = "refund_succeeded"
    REFUND_FAILED = "refund_failed"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    EVENT_CONTRADICTED = "event_contradicted"
    """Upstream sent an event again with other content."""
    INVOICE_ISSUED = "invoice_issued"
    INVOICE_FAILED = "invoice_failed"
    CREDIT_NOTE_ISSUED = "credit_note_issued"
    CREDIT_NOTE_FAILED = "credit_note_failed"
    NOTIFICATION_SENT = "notification_sent"
    NOTIFICATION_FAILED = "notification_failed"
    RESTORED = "restored"
    """Never a row: the state said again after the database was restored from a backup."""


class PaymentFailedData(PaymentDescription):
    """A payment's description with the reason of its failure."""

    failure: Failure | None = None


class _UpstreamPayment(UpstreamEnvelope):
    data: PaymentDescription

    @model_validator(mode="after")
    def _what_no_schema_says(self) -> Self:
        if self.subject != self.data.transaction_id:
            raise ValueError("subject and data.transaction_id differ")
        refuse_past_currency(self.data.currency, self.data.created_at)
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


class TransactionChange(Part):
    """What happened to a transaction in the step that an event reports."""

    event: KeptSlug
    """The history's event name, such as ``payment_paid``; its label is in ``labels``."""
    occurred_at: KeptInstant
    """When it happened."""
    status_before: TransactionStatus | None
    """Null when the step opened the transaction."""
    applied: StrictBool
    """False when the fact was kept in the history without changing the status."""
    note: Text | None = None
    """Why the fact was not applied."""
    cause_source: KeptAttribute
    """Source of the event or request behind the step."""
    cause_id: KeptAttribute
    """Id of the event or request behind the step."""
    refund_id: KeptIdentifierOf[RefundId] | None = None
    """The refund that the step is about."""
    dispute_id: KeptIdentifierOf[DisputeId] | None = None
    """The dispute that the step is about."""
    refunded_minor: SumMinor | None = None
    """What the step gave back, in minor units of the transaction's currency."""
    returned_minor: SumMinor | None = None
    """What came back in the step: a refund had succeeded, and failed afterwards."""


class TransactionData(KeptDescription):
    """A transaction after a step: its whole state, and the step itself."""

    status: TransactionStatus
    """Status after the step."""
    total_refunded_minor: SumMinor
    """Sum of the refunds that succeeded, in minor units of ``currency``."""
    refunds: tuple[Refund, ...] = ()
    """Every refund, oldest first."""
    disputes: tuple[Dispute, ...] = ()
    """Every dispute, oldest first."""
    paid_at: KeptInstant | None = None
    failed_at: KeptInstant | None = None
    failure: KeptFailure | None = None
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
    """A fact was kept in the history and did not change the status; ``change.note`` says why.

    With ``change.event`` ``restored`` it is the same state said again, after the service's database
    was restored from a backup.
    """

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

"""Refunds and disputes: what upstream says of them, and what PayOps asks for.

Facts travel on `upstream.payments` beside the payment's own (key = transaction id); one about a
transaction that is not known yet waits for it. Commands travel on `payops.payment-commands`.
"""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

from payops_contracts.envelope import DomainEnvelope, UpstreamEnvelope
from payops_contracts.fields import (
    IdentifierOf,
    KeptIdentifier,
    KeptIdentifierOf,
    KeptInstant,
    KeptReference,
    KeptSlug,
    Reference,
    Slug,
    Text,
    WholeNumber,
)
from payops_contracts.ids import DisputeId, RefundId, TransactionId
from payops_contracts.money import (
    Currency,
    PositiveAmountMinor,
    PositiveSumMinor,
    SumMinor,
)
from payops_contracts.subscriptions import (
    SubscriptionEndRequestV1,
    SubscriptionEndWithdrawnV1,
    SubscriptionPaymentRequestV1,
)


class RefundStatus(StrEnum):
    """Where a refund stands."""

    AWAITING_APPROVAL = "AWAITING_APPROVAL"
    REQUESTED = "REQUESTED"
    PENDING = "PENDING"
    UNKNOWN = "UNKNOWN"
    """No answer came in time; asked again under the same key."""
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


AWAITING_ANSWER = frozenset({RefundStatus.REQUESTED, RefundStatus.PENDING, RefundStatus.UNKNOWN})
"""Asked of upstream and not settled: nobody knows yet whether the money goes back."""


class DisputeStatus(StrEnum):
    """Where a dispute stands."""

    OPEN = "OPEN"
    WON = "WON"
    LOST = "LOST"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class RefundFailure(_Part):
    """Why a refund failed, in the provider's words."""

    code: Slug
    message: Text | None = None


class KeptRefundFailure(RefundFailure):
    """Why a refund failed, in the provider's words."""

    code: KeptSlug


class Refund(_Part):
    """One refund of a transaction, as domain events carry it."""

    refund_id: KeptIdentifierOf[RefundId]
    amount_minor: SumMinor
    """In minor units of the transaction's currency."""
    status: RefundStatus
    external: StrictBool
    """True when upstream made it without our asking."""
    requested_at: KeptInstant | None = None
    settled_at: KeptInstant | None = None
    """When it succeeded or failed."""
    failure: KeptRefundFailure | None = None
    returned: StrictBool = False
    """True of a failed one that had succeeded before: the money came back."""


class Dispute(_Part):
    """One dispute of a transaction, as domain events carry it."""

    dispute_id: KeptIdentifierOf[DisputeId]
    amount_minor: SumMinor
    """What is disputed, in minor units of the transaction's currency."""
    lost_minor: SumMinor | None = None
    """What was lost of it, once it is lost; less than was disputed when lost in part."""
    status: DisputeStatus
    opened_at: KeptInstant | None = None
    settled_at: KeptInstant | None = None


class RefundFactData(_Part):
    """What upstream says about one refund."""

    transaction_id: IdentifierOf[TransactionId]
    """The merchant's id of the payment that is refunded."""
    refund_id: IdentifierOf[RefundId]
    """Ours when we requested it; any other makes it an external refund."""
    amount_minor: PositiveAmountMinor
    """In minor units of ``currency``."""
    currency: Currency
    """The payment's."""
    provider_refund_id: Reference | None = None
    """The provider's own id of the refund."""
    failure: RefundFailure | None = None
    """Why it failed; only of a failed one."""


class DisputeFactData(_Part):
    """What upstream says about one dispute."""

    transaction_id: IdentifierOf[TransactionId]
    dispute_id: IdentifierOf[DisputeId]
    amount_minor: PositiveAmountMinor
    """What is disputed, or what the outcome is about, in minor units of ``currency``."""
    currency: Currency
    reason: Text | None = None


class _UpstreamRefund(UpstreamEnvelope):
    data: RefundFactData

    @model_validator(mode="after")
    def _subject_is_the_transaction(self) -> Self:
        if self.subject != self.data.transaction_id:
            raise ValueError("subject and data.transaction_id differ")
        return self


class _UpstreamDispute(UpstreamEnvelope):
    data: DisputeFactData

    @model_validator(mode="after")
    def _subject_is_the_transaction(self) -> Self:
        if self.subject != self.data.transaction_id:
            raise ValueError("subject and data.transaction_id differ")
        return self


class RefundSucceededV1(_UpstreamRefund):
    """The money went back; ``time`` is when. The latest of successes and failures stands."""

    type: Literal["upstream.refund.succeeded.v1"]


class RefundFailedV1(_UpstreamRefund):
    """The refund was declined, or its money came back; ``time`` is when, and the latest stands."""

    type: Literal["upstream.refund.failed.v1"]


class RefundPendingV1(_UpstreamRefund):
    """The provider took the refund and is working on it."""

    type: Literal["upstream.refund.pending.v1"]


class DisputeOpenedV1(_UpstreamDispute):
    """The customer disputes the payment; no refund may be requested while it is open.

    Told again with another amount, the latest ``time`` says how much is disputed.
    """

    type: Literal["upstream.dispute.opened.v1"]


class DisputeWonV1(_UpstreamDispute):
    """The dispute ended for the merchant; the latest of won and lost stands."""

    type: Literal["upstream.dispute.won.v1"]


class DisputeLostV1(_UpstreamDispute):
    """The dispute ended against the merchant, over this amount: it can no longer be refunded."""

    type: Literal["upstream.dispute.lost.v1"]


class RefundCommandData(_Part):
    """A refund that upstream is asked to make."""

    transaction_id: KeptIdentifierOf[TransactionId]
    refund_id: KeptIdentifierOf[RefundId]
    """Comes back in every fact about this refund."""
    idempotency_key: KeptIdentifier
    """The same in every repetition of this command; the processor makes one refund a key."""
    amount_minor: PositiveSumMinor
    """In minor units of ``currency``."""
    currency: Currency
    provider: KeptSlug
    method: KeptSlug
    provider_payment_id: KeptReference | None = None
    attempt: Annotated[int, WholeNumber(ge=1)]
    """1 at first; higher when no answer came and the same is asked again."""
    reason: Text | None = None


class RefundRequestedV1(DomainEnvelope):
    """PayOps asks upstream for a refund. ``sequence`` is the transaction's version."""

    type: Literal["payops.refund.requested.v1"]
    data: RefundCommandData


PaymentCommand = Annotated[
    RefundRequestedV1
    | SubscriptionPaymentRequestV1
    | SubscriptionEndRequestV1
    | SubscriptionEndWithdrawnV1,
    Field(discriminator="type"),
]

"""Subscriptions: where they stand, and what PayOps asks of the hub about them.

Domain events travel on `payops.subscriptions` (key = subscription id) and carry the state after
the change; commands on `payops.payment-commands`. What upstream says is in ``subscription_facts``.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StrictBool

from payops_contracts.descriptions import KeptFailure, KeptUser, Part
from payops_contracts.envelope import DomainEnvelope, KeptAttribute
from payops_contracts.fields import (
    Day,
    KeptIdentifier,
    KeptIdentifierOf,
    KeptInstant,
    KeptSlug,
    Text,
    WholeNumber,
)
from payops_contracts.ids import PaymentRequestId, SubscriptionId, TransactionId
from payops_contracts.money import Currency, PositiveSumMinor, SumMinor


class Interval(StrEnum):
    """The unit of a recurrence."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"
    YEAR = "YEAR"


class BillingMode(StrEnum):
    """Who starts the payments after the first one."""

    HUB = "hub"
    """PayOps asks for each when it is due."""
    PROVIDER = "provider"
    """The provider does, and PayOps follows."""


class SubscriptionStatus(StrEnum):
    """Where a subscription stands."""

    CREATED = "CREATED"
    """Nothing was paid yet."""
    ACTIVE = "ACTIVE"
    ON_HOLD = "ON_HOLD"
    """A payment failed and is tried again."""
    NOT_ACTIVE = "NOT_ACTIVE"


class EndReason(StrEnum):
    """Why a subscription is Not Active."""

    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    """Its expiration date is over, or all its payments are made."""
    ABORTED = "ABORTED"
    """Its payments failed as often as the policy allows."""
    PAYMENT_METHOD_REVOKED = "PAYMENT_METHOD_REVOKED"
    ENDED_BY_PROVIDER = "ENDED_BY_PROVIDER"


class SubscriptionFlag(StrEnum):
    """Something about a subscription that a person should know."""

    PAID_AFTER_END = "PAID_AFTER_END"
    """A payment was taken after it had ended: perhaps to be refunded."""
    OTHER_CURRENCY = "OTHER_CURRENCY"
    """A payment in another currency was not counted."""
    UNANSWERED = "UNANSWERED"
    """A payment was asked for, and no answer has come in time."""
    OVERPAID = "OVERPAID"
    """A period was paid twice, or a payment came that belongs to no period."""


class SubscriptionHistoryEvent(StrEnum):
    """What a row of a subscription's history tells, and ``change.event`` of a domain event."""

    CREATED = "subscription_created"
    PAYMENT_REQUESTED = "payment_requested"
    PAYMENT_ASKED_AGAIN = "payment_asked_again"
    """No answer came in time: asked again under the same key."""
    PAYMENT_PENDING = "payment_pending"
    PAYMENT_PAID = "payment_paid"
    PAYMENT_FAILED = "payment_failed"
    PAYMENT_REFUNDED = "payment_refunded"
    PAYMENT_CHANGED = "payment_changed"
    """Something else of a payment became known; it moves nothing."""
    PERIOD_MISSED = "period_missed"
    """A period that fell due while it was on hold, and is not asked for."""
    CANCELLATION_REQUESTED = "cancellation_requested"
    CANCELLATION_WITHDRAWN = "cancellation_withdrawn"
    CANCELLED = "subscription_cancelled"
    EXPIRED = "subscription_expired"
    ABORTED = "subscription_aborted"
    PAYMENT_METHOD_REVOKED = "payment_method_revoked"
    ENDED_BY_PROVIDER = "ended_by_provider"
    EVENT_CONTRADICTED = "event_contradicted"
    """Upstream sent an event again with other content."""
    RESTORED = "restored"
    """Never a row: the state said again after the database was restored from a backup."""


class Recurrence(Part):
    """When payments fall due: every ``interval_count`` units, counted from ``anchor_on``."""

    interval: Interval
    interval_count: Annotated[int, WholeNumber(ge=1)]
    anchor_on: Day
    """The day of the first payment; 31 January is followed by 28 or 29 February, then 31 March."""
    payments_max: Annotated[int, WholeNumber(ge=1)] | None = None
    expires_on: Day | None = None


class Cancellation(Part):
    """That it ends at a renewal, who wanted it and why; it can be withdrawn until then."""

    effective_on: Day
    """It ends at the start of this day, before its payment."""
    requested_at: KeptInstant
    by: Annotated[str, Field(max_length=128)]
    reason: Text | None = None


class SubscriptionChange(Part):
    """What happened to a subscription in the step that an event reports."""

    event: KeptSlug
    """The history's event name, such as ``payment_failed``; its label is in ``labels``."""
    occurred_at: KeptInstant
    """When it happened."""
    status_before: SubscriptionStatus | None
    """Null when the step opened the subscription."""
    applied: StrictBool
    """False when the fact was kept in the history without changing anything."""
    note: Text | None = None
    """Why the fact was not applied."""
    cause_source: KeptAttribute
    """Source of the event or request behind the step."""
    cause_id: KeptAttribute
    """Id of the event or request behind the step."""
    transaction_id: KeptIdentifierOf[TransactionId] | None = None
    """The payment that the step is about."""
    period_on: Day | None = None
    """The period that the step is about, by the day on which it fell due."""
    amount_minor: SumMinor | None = None
    """What the step is about, in minor units of the subscription's currency."""


class SubscriptionData(Part):
    """A subscription after a step: its whole state, and the step itself."""

    subscription_id: KeptIdentifierOf[SubscriptionId]
    created_at: KeptInstant
    """When it was agreed: the "Date" that people see."""
    user: KeptUser
    amount_minor: PositiveSumMinor
    """Of each payment, in minor units of ``currency``."""
    currency: Currency
    provider: KeptSlug
    method: KeptSlug
    billing: BillingMode
    recurrence: Recurrence
    status: SubscriptionStatus
    """Status after the step."""
    end_reason: EndReason | None = None
    """Why it is Not Active."""
    started_at: KeptInstant | None = None
    """When its first payment was made."""
    ended_at: KeptInstant | None = None
    """Since when it is Not Active."""
    next_payment_on: Day | None = None
    """The day on which the next period falls due; null when there is none, and when it ends before
    by a cancellation."""
    retry_at: KeptInstant | None = None
    """When the payment that failed is tried again."""
    failures: Annotated[int, WholeNumber(ge=0)]
    """How often the period that is owed has failed."""
    failures_max: Annotated[int, WholeNumber(ge=1)]
    """With as many failures of one period it ends."""
    failure: KeptFailure | None = None
    """Why the last payment failed, while it is owed."""
    payments_made: Annotated[int, WholeNumber(ge=0)]
    payments_left: Annotated[int, WholeNumber(ge=0)] | None = None
    """Null when nothing bounds them."""
    paid_minor: SumMinor
    """What was paid, refunds included, in minor units of ``currency``."""
    refunded_minor: SumMinor
    missed: Annotated[int, WholeNumber(ge=0)]
    """Periods that fell due while it was on hold, and were not asked for."""
    cancellation: Cancellation | None = None
    flags: tuple[SubscriptionFlag, ...]
    """What a person should know about it; mostly empty."""
    change: SubscriptionChange


class _SubscriptionEvent(DomainEnvelope):
    data: SubscriptionData


class SubscriptionWasCreatedV1(_SubscriptionEvent):
    """A subscription appeared."""

    type: Literal["payops.subscription.created.v1"]


class SubscriptionActivatedV1(_SubscriptionEvent):
    """It was paid for the first time, or again after a failure."""

    type: Literal["payops.subscription.activated.v1"]


class SubscriptionPutOnHoldV1(_SubscriptionEvent):
    """A payment failed and is tried again at ``retry_at``."""

    type: Literal["payops.subscription.put-on-hold.v1"]


class SubscriptionEndedV1(_SubscriptionEvent):
    """It is Not Active; ``end_reason`` says why. It never starts again."""

    type: Literal["payops.subscription.ended.v1"]


class SubscriptionPaymentRequestedV1(_SubscriptionEvent):
    """A payment was asked of the hub for the period ``change.period_on``."""

    type: Literal["payops.subscription.payment-requested.v1"]


class SubscriptionCancellationRequestedV1(_SubscriptionEvent):
    """A person has it end at its renewal."""

    type: Literal["payops.subscription.cancellation-requested.v1"]


class SubscriptionCancellationWithdrawnV1(_SubscriptionEvent):
    """It goes on after all."""

    type: Literal["payops.subscription.cancellation-withdrawn.v1"]


class SubscriptionNotedV1(_SubscriptionEvent):
    """Something changed or was noted, and the status did not; ``change`` says what."""

    type: Literal["payops.subscription.noted.v1"]


SubscriptionDomainEvent = Annotated[
    SubscriptionWasCreatedV1
    | SubscriptionActivatedV1
    | SubscriptionPutOnHoldV1
    | SubscriptionEndedV1
    | SubscriptionPaymentRequestedV1
    | SubscriptionCancellationRequestedV1
    | SubscriptionCancellationWithdrawnV1
    | SubscriptionNotedV1,
    Field(discriminator="type"),
]


class PaymentRequestData(Part):
    """A payment of a subscription that the hub is asked to start."""

    subscription_id: KeptIdentifierOf[SubscriptionId]
    payment_request_id: KeptIdentifierOf[PaymentRequestId]
    """The payment's facts name it."""
    idempotency_key: KeptIdentifier
    """The same in every repetition of this command; the hub makes one payment a key."""
    period_on: Day
    """What is paid for: the period that fell due on this day."""
    attempt: Annotated[int, WholeNumber(ge=1)]
    """1 for a period's first payment; higher after failures."""
    asked: Annotated[int, WholeNumber(ge=1)]
    """1 at first; higher when no answer came and the same is asked again."""
    amount_minor: PositiveSumMinor
    """In minor units of ``currency``."""
    currency: Currency
    provider: KeptSlug
    method: KeptSlug
    user_id: KeptIdentifier
    description: Text | None = None


class SubscriptionPaymentRequestV1(DomainEnvelope):
    """PayOps asks for a payment. ``sequence`` is the subscription's version."""

    type: Literal["payops.subscription-payment.requested.v1"]
    data: PaymentRequestData


class EndRequestData(Part):
    """When the hub is to take no more payments of a subscription."""

    subscription_id: KeptIdentifierOf[SubscriptionId]
    ends_at: KeptInstant
    """From then on none; in the future for a cancellation at renewal."""
    reason: EndReason
    provider: KeptSlug


class SubscriptionEndRequestV1(DomainEnvelope):
    """PayOps has a subscription end. ``sequence`` is the subscription's version.

    A cancellation at renewal is told when it is asked for, and again when it happens.
    """

    type: Literal["payops.subscription-end.requested.v1"]
    data: EndRequestData


class EndWithdrawnData(Part):
    """Which subscription goes on after all."""

    subscription_id: KeptIdentifierOf[SubscriptionId]
    provider: KeptSlug


class SubscriptionEndWithdrawnV1(DomainEnvelope):
    """An end that was asked for and lies in the future is wanted no more."""

    type: Literal["payops.subscription-end.withdrawn.v1"]
    data: EndWithdrawnData

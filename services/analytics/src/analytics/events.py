"""Our own record of what changes payments, charges and subscriptions: the fields of their facts.

The contract's models check the whole transaction, customer and items included, and take 13 µs an
event; these take 4, typed dicts because models take 5.5. Every golden example of the contract is
replayed through them by a test.
"""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

from payops_contracts.charges import AttemptStatus, ChargeException, ChargeStatus, Rail
from payops_contracts.envelope import KeptAttribute
from payops_contracts.fields import KeptIdentifier, KeptInstant, KeptSlug
from payops_contracts.money import Currency, PositiveSumMinor, SumMinor
from payops_contracts.payments import PaymentType, TransactionStatus
from payops_contracts.refunds import RefundStatus
from payops_contracts.registry import events_read_as
from payops_contracts.subscriptions import EndReason, Interval, SubscriptionStatus
from payops_contracts.topics import CHARGES, SUBSCRIPTION_EVENTS, TRANSACTIONS

_READ = ConfigDict(extra="ignore", use_enum_values=True)


@with_config(_READ)
class RefundState(TypedDict):
    """What we read of a refund."""

    amount_minor: SumMinor
    status: RefundStatus


@with_config(_READ)
class FailureState(TypedDict):
    """What we read of why a payment failed."""

    code: KeptSlug


@with_config(_READ)
class TransactionState(TypedDict):
    """What we read of a transaction's state after a change; words come as plain texts."""

    transaction_id: KeptIdentifier
    created_at: KeptInstant
    amount_minor: SumMinor
    currency: Currency
    provider: KeptSlug
    method: KeptSlug
    channel: KeptSlug
    type: PaymentType
    status: TransactionStatus
    total_refunded_minor: SumMinor
    refunds: NotRequired[list[RefundState]]
    failure: NotRequired[FailureState | None]


class TransactionChanged(TypedDict):
    """What we read of the envelope; its type is one of those that the contract names."""

    specversion: Literal["1.0"]
    subject: KeptAttribute
    sequence: Annotated[str, Field(pattern="^[0-9]{12}$")]
    traceparent: NotRequired[str | None]
    data: TransactionState


@with_config(_READ)
class AttemptState(TypedDict):
    """What we read of one attempt to collect a charge."""

    debit_id: KeptIdentifier
    number: Annotated[int, Field(ge=1)]
    status: AttemptStatus
    submitted_at: KeptInstant
    resolved_at: NotRequired[KeptInstant | None]
    batch_code: NotRequired[KeptIdentifier | None]
    failure: NotRequired[FailureState | None]


@with_config(_READ)
class ChargeState(TypedDict):
    """What we read of a charge's state after a change."""

    charge_id: KeptIdentifier
    created_at: KeptInstant
    mpass_number: KeptIdentifier
    amount_minor: SumMinor
    currency: Currency
    rail: Rail
    tax_minor: SumMinor
    status: ChargeStatus
    next_retry_at: NotRequired[KeptInstant | None]
    collected_minor: SumMinor
    attempts: NotRequired[list[AttemptState]]
    exceptions: NotRequired[list[ChargeException]]


class ChargeChanged(TypedDict):
    """What we read of the envelope of a charge's event."""

    specversion: Literal["1.0"]
    subject: KeptAttribute
    sequence: Annotated[str, Field(pattern="^[0-9]{12}$")]
    traceparent: NotRequired[str | None]
    data: ChargeState


@with_config(_READ)
class RecurrenceState(TypedDict):
    """What we read of when payments of a subscription fall due."""

    interval: Interval
    interval_count: Annotated[int, Field(ge=1)]


@with_config(_READ)
class SubscriptionState(TypedDict):
    """What we read of a subscription's state after a change."""

    subscription_id: KeptIdentifier
    created_at: KeptInstant
    amount_minor: PositiveSumMinor
    currency: Currency
    recurrence: RecurrenceState
    status: SubscriptionStatus
    end_reason: NotRequired[EndReason | None]
    started_at: NotRequired[KeptInstant | None]
    ended_at: NotRequired[KeptInstant | None]


class SubscriptionChanged(TypedDict):
    """What we read of the envelope of a subscription's event."""

    specversion: Literal["1.0"]
    subject: KeptAttribute
    sequence: Annotated[str, Field(pattern="^[0-9]{12}$")]
    traceparent: NotRequired[str | None]
    data: SubscriptionState


TRANSACTION_EVENTS: Any = events_read_as(TRANSACTIONS, TransactionChanged, _READ)
"""A discriminated union for :func:`payops_kernel.messaging.event_decoder`."""
CHARGE_EVENTS: Any = events_read_as(CHARGES, ChargeChanged, _READ)
"""The same of charges."""
CHANGED_SUBSCRIPTIONS: Any = events_read_as(SUBSCRIPTION_EVENTS, SubscriptionChanged, _READ)
"""The same of subscriptions."""

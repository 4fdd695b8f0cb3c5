"""What goes over the wire. Amounts are integer minor units; days are of the billing zone."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from payops_contracts.payments import TransactionStatus
from payops_contracts.subscriptions import (
    BillingMode,
    EndReason,
    Interval,
    SubscriptionFlag,
    SubscriptionStatus,
)
from subscriptions.domain.outlook import What


class SubscriberOut(BaseModel):
    """Who subscribed."""

    id: str
    name: str | None
    email: str | None
    phone: str | None


class RecurrenceOut(BaseModel):
    """When payments fall due, and how many."""

    interval: Interval = Field(description="The unit.")
    interval_label: str
    interval_count: int = Field(description="The recurrence period: so many units.")
    anchor_on: date = Field(description="The day of the first payment; all are counted from it.")
    payments_max: int | None
    expires_on: date | None = Field(description="The last day on which one may fall due.")
    next_payment_on: date | None
    payments_made: int
    payments_left: int | None = Field(description="Null when nothing bounds them.")


class PaymentDateOut(BaseModel):
    """One payment that will fall due."""

    period_on: date
    due_at: datetime = Field(description="Midnight of the billing zone.")


class FailureOut(BaseModel):
    """Why a payment failed, in the provider's words."""

    code: str
    message: str | None


class CancellationOut(BaseModel):
    """That it ends at its renewal."""

    effective_on: date = Field(description="It ends at the start of this day.")
    requested_at: datetime
    by: str
    reason: str | None


class ComingOut(BaseModel):
    """One thing that comes."""

    at: datetime = Field(description="Of a request that is out: when it was asked.")
    on: date
    what: What
    text: str


class AtRenewal(BaseModel):
    """Whether it can be cancelled at its renewal now, and what follows."""

    allowed: bool
    why_not: str | None
    effective_on: date | None
    says: list[str]


class AtOnce(BaseModel):
    """Whether it can be cancelled at once, and what follows."""

    allowed: bool
    why_not: str | None
    says: list[str]


class Undo(BaseModel):
    """Whether its cancellation can be withdrawn."""

    allowed: bool
    why_not: str | None


class CancellingOut(BaseModel):
    """What can be done about its end."""

    allowed: bool = Field(description="In one way or the other.")
    why_not: str | None
    at_renewal: AtRenewal
    now: AtOnce
    undo: Undo


class SubscriptionPaymentOut(BaseModel):
    """One payment of it."""

    transaction_id: str
    created_at: datetime
    amount_minor: int
    currency: str
    amount: str = Field(description="As pages show it, such as US$3.23.")
    status: TransactionStatus
    status_label: str
    refunded_minor: int
    period_on: date | None = Field(description="The day of the period that it pays.")
    failure: FailureOut | None
    counted: bool = Field(description="Whether it is in the subscription's currency.")
    note: str | None = Field(description="Why it changed nothing, when it did not.")


class SubscriptionHistoryOut(BaseModel):
    """One thing that happened, newest first."""

    occurred_at: datetime
    event: str
    event_label: str
    status: SubscriptionStatus = Field(description="The status after it.")
    status_label: str
    applied: bool = Field(description="False when it changed nothing; the note says why.")
    note: str | None
    transaction_id: str | None
    period_on: date | None
    amount_minor: int | None
    actor: str | None
    reason: str | None


class SubscriptionDetail(BaseModel):
    """One subscription with everything that its page shows."""

    subscription_id: str
    created_at: datetime
    status: SubscriptionStatus
    status_label: str
    end_reason: EndReason | None
    end_reason_label: str | None
    end_detail: str | None = Field(description="More about its end, in somebody's words.")
    started_at: datetime | None
    ended_at: datetime | None
    provider: str
    provider_label: str
    method: str
    method_label: str
    billing: BillingMode
    billing_label: str
    description: str | None
    user: SubscriberOut
    amount_minor: int
    currency: str
    amount: str = Field(description="As pages show it, such as US$3.23.")
    recurrence: RecurrenceOut
    payment_dates: list[PaymentDateOut] = Field(description="The next ones, up to 12.")
    failures: int = Field(description="How often the payment that is owed has failed.")
    failures_max: int = Field(description="With as many it ends.")
    failure: FailureOut | None
    retry_at: datetime | None
    paid_minor: int = Field(description="Refunds included.")
    refunded_minor: int
    missed: list[date] = Field(description="Periods that fell due while it was On Hold.")
    flags: list[SubscriptionFlag]
    cancellation: CancellationOut | None
    whats_next: list[ComingOut] = Field(description="Soonest first.")
    cancelling: CancellingOut
    payments: list[SubscriptionPaymentOut] = Field(description="The newest first, up to 100.")
    payments_count: int
    history: list[SubscriptionHistoryOut] = Field(description="Newest first.")
    version: int


class PaymentDates(BaseModel):
    """The days on which its next payments fall due."""

    subscription_id: str
    zone: str = Field(description="The billing zone, whose days they are.")
    payment_dates: list[PaymentDateOut] = Field(description="None after its end.")


class CancellationAnswer(BaseModel):
    """When it ends, and what follows."""

    subscription_id: str
    status: SubscriptionStatus
    effective_on: date
    ends_at: datetime
    says: list[str]


class KeptAnswer(BaseModel):
    """It goes on."""

    subscription_id: str
    status: SubscriptionStatus
    next_payment_on: date | None

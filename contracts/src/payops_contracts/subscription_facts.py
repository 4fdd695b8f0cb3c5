"""What the hub says of subscriptions. Travels on `upstream.subscriptions` (key = subscription id).

What is paid for a subscription is told by payments, which name it in ``subscription_id``.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from payops_contracts.descriptions import Part, User
from payops_contracts.envelope import UpstreamEnvelope
from payops_contracts.fields import (
    Day,
    IdentifierOf,
    Instant,
    LineText,
    Slug,
    Text,
    WholeNumber,
)
from payops_contracts.ids import SubscriptionId
from payops_contracts.money import Currency, PositiveAmountMinor
from payops_contracts.past_currencies import refuse_past_currency
from payops_contracts.subscriptions import BillingMode, Interval

INTERVAL_COUNT_MAX = 366
PAYMENTS_MAX = 1_200


class SubscriptionCreatedData(Part):
    """A subscription as it was agreed; it does not change."""

    subscription_id: IdentifierOf[SubscriptionId]
    created_at: Instant
    """When it was agreed: the "Date" that people see, never our arrival."""
    user: User
    amount_minor: PositiveAmountMinor
    """Of each payment, in minor units of ``currency``."""
    currency: Currency
    provider: Slug
    """Who takes the money, such as ``stripe``."""
    method: Slug
    """How it is paid, such as ``credit-cards``."""
    interval: Interval
    """The unit of its recurrence."""
    interval_count: Annotated[int, WholeNumber(ge=1, le=INTERVAL_COUNT_MAX)] = 1
    """How many units lie between two payments: the "recurrence period" that people see."""
    billing: BillingMode
    """Who starts the payments after the first one."""
    first_payment_on: Day | None = None
    """The day of the first payment, which all others are counted from. Absent: the customer makes
    the first payment themselves, and its day is that of ``created_at`` in the billing zone."""
    payments_max: Annotated[int, WholeNumber(ge=1, le=PAYMENTS_MAX)] | None = None
    """After so many payments it ends."""
    expires_on: Day | None = None
    """The last day on which a payment may fall due."""
    description: LineText | None = None
    """What the customer reads about each payment."""

    @model_validator(mode="after")
    def _can_be_paid(self) -> Self:
        refuse_past_currency(self.currency, self.created_at)
        # Days of any zone: one that ended yesterday in UTC may still run in another.
        starts = self.first_payment_on or self.created_at.date()
        if self.expires_on is not None and self.expires_on < starts:
            raise ValueError("expires_on lies before the first payment")
        return self


class SubscriptionEndedData(Part):
    """The hub ends a subscription, or cannot take its payments any more."""

    subscription_id: IdentifierOf[SubscriptionId]
    reason: Text | None = None


class _UpstreamSubscription(UpstreamEnvelope):
    data: SubscriptionCreatedData | SubscriptionEndedData

    @model_validator(mode="after")
    def _subject_is_the_subscription(self) -> Self:
        if self.subject != self.data.subscription_id:
            raise ValueError("subject and data.subscription_id differ")
        return self


class SubscriptionCreatedV1(_UpstreamSubscription):
    """A customer subscribed. Facts about it that arrive earlier wait for this one."""

    type: Literal["upstream.subscription.created.v1"]
    data: SubscriptionCreatedData


class PaymentMethodRevokedV1(_UpstreamSubscription):
    """The customer took the payment method back; ``time`` is when. It ends the subscription."""

    type: Literal["upstream.subscription.payment-method-revoked.v1"]
    data: SubscriptionEndedData


class SubscriptionEndedByProviderV1(_UpstreamSubscription):
    """The provider ended it; ``time`` is when."""

    type: Literal["upstream.subscription.ended.v1"]
    data: SubscriptionEndedData


UpstreamSubscriptionEvent = Annotated[
    SubscriptionCreatedV1 | PaymentMethodRevokedV1 | SubscriptionEndedByProviderV1,
    Field(discriminator="type"),
]

"""What the hub and our own transactions say of subscriptions, in the domain's own words."""

from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from payops_contracts.ids import PaymentRequestId, SubscriptionId, TransactionId
from payops_contracts.payments import TransactionStatus
from payops_contracts.subscriptions import BillingMode, SubscriptionHistoryEvent
from payops_kernel.facts import Cause as Cause
from subscriptions.domain.recurrence import Recurrence


class Failure(NamedTuple):
    """Why a payment failed, in the provider's words."""

    code: str
    message: str | None = None


class Customer(NamedTuple):
    """Who subscribed, as the shop knows them."""

    id: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None


class Terms(NamedTuple):
    """A subscription as it was agreed; it never changes."""

    subscription_id: SubscriptionId
    created_at: datetime
    customer: Customer
    amount_minor: int
    """Of each payment, in minor units of ``currency``."""
    currency: str
    provider: str
    method: str
    billing: BillingMode
    recurrence: Recurrence
    first_is_ours: bool
    """Whether PayOps asks for the first payment too; else the customer makes it themselves."""
    description: str | None = None


class CreatedFact(NamedTuple):
    """A customer subscribed; the anchor of its recurrence is a day of the billing zone."""

    cause: Cause
    terms: Terms

    @property
    def subscription_id(self) -> SubscriptionId:
        """The subscription that it is about."""
        return self.terms.subscription_id


class EndKind(StrEnum):
    """How the hub ends a subscription."""

    REVOKED = SubscriptionHistoryEvent.PAYMENT_METHOD_REVOKED.value
    ENDED = SubscriptionHistoryEvent.ENDED_BY_PROVIDER.value


class EndedFact(NamedTuple):
    """The hub ends it, or cannot take its payments any more."""

    cause: Cause
    subscription_id: SubscriptionId
    kind: EndKind
    reason: str | None = None


PAID = frozenset(
    {
        TransactionStatus.PAID,
        TransactionStatus.PARTIALLY_REFUNDED,
        TransactionStatus.TOTALLY_REFUNDED,
    }
)


class PaymentFact(NamedTuple):
    """A payment of a subscription as our own event told it; ``sequence`` is that event's."""

    cause: Cause
    subscription_id: SubscriptionId | None
    """None for a payment that belongs to none."""
    transaction_id: TransactionId
    sequence: int
    status: TransactionStatus
    created_at: datetime
    created_on: date
    """That instant's day in the billing zone."""
    amount_minor: int
    currency: str
    refunded_minor: int = 0
    settled_at: datetime | None = None
    """When it was paid, or failed."""
    failure: Failure | None = None
    request_id: PaymentRequestId | None = None


Fact = CreatedFact | EndedFact | PaymentFact

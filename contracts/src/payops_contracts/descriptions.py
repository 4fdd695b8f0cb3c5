"""What describes a payment: as upstream says it, and as domain events carry it."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, WithJsonSchema

from payops_contracts.attributes import Attributes, KeptAttributes
from payops_contracts.fields import (
    Identifier,
    IdentifierOf,
    Instant,
    KeptIdentifier,
    KeptIdentifierOf,
    KeptInstant,
    KeptReference,
    KeptSlug,
    LineText,
    Name,
    Reference,
    Slug,
    Text,
    Url,
    WholeNumber,
)
from payops_contracts.ids import PaymentRequestId, TransactionId
from payops_contracts.money import (
    AmountMinor,
    Currency,
    SignedAmountMinor,
    SignedSumMinor,
    SumMinor,
)

MAX_ITEMS = 500


class PaymentType(StrEnum):
    """How the payment came about."""

    DIRECT = "DIRECT"
    SUBSCRIPTION = "SUBSCRIPTION"
    PAY_BY_LINK = "PAY_BY_LINK"


class Part(BaseModel):
    """An object within an event's data; unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class User(Part):
    """The customer, as the shop knows them."""

    id: Identifier
    name: Name | None = None
    email: Annotated[str, Field(max_length=254)] | None = None
    """As given; not checked."""
    phone: Annotated[str, Field(max_length=40)] | None = None
    """As given; not checked."""


_TAX: TypeAdapter[int] = TypeAdapter(SignedAmountMinor)


def _none_is_no_tax(value: object) -> object:
    return 0 if value is None else value


class Item(Part):
    """One line of what was bought; amounts in minor units of the payment's currency."""

    description: LineText
    quantity: Annotated[int, WholeNumber(ge=1, le=1_000_000)]
    amount_minor: SignedAmountMinor
    """Price of the whole line, tax included; below zero for a discount."""
    tax_minor: Annotated[
        SignedAmountMinor,
        BeforeValidator(_none_is_no_tax),
        WithJsonSchema({"anyOf": [_TAX.json_schema(), {"type": "null"}]}),
    ] = 0
    """Tax contained in ``amount_minor``; below zero for what a discount takes off it."""


class Failure(Part):
    """Why a payment failed, in the provider's words."""

    code: Slug
    message: Text | None = None


class PaymentDescription(Part):
    """Everything that describes a payment; every upstream payment fact carries it."""

    transaction_id: IdentifierOf[TransactionId]
    """The merchant's unique id: the "Transaction ID" that people see."""
    created_at: Instant
    """When upstream created the payment: the "Date" that people see, never our arrival."""
    amount_minor: AmountMinor
    """Amount of the payment, in minor units of ``currency``; zero is valid."""
    currency: Currency
    """ISO 4217 code; one of a currency of the past until the year after its withdrawal."""
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
    payment_request_id: IdentifierOf[PaymentRequestId] | None = None
    """The request of ours that it answers, of a payment that we asked for."""
    provider_payment_id: Reference | None = None
    """The provider's own id of the payment."""
    notification_channels: Annotated[tuple[Slug, ...], Field(max_length=10)] | None = None
    """Where the customer agreed to be written to, such as ``email``."""
    items: Annotated[tuple[Item, ...], Field(max_length=MAX_ITEMS)] | None = None
    attributes: Attributes | None = None
    """What else the shop knew at the checkout, by paths such as `basket/quantity`: rules look at
    it."""


class KeptUser(User):
    """The customer, as the shop knows them."""

    id: KeptIdentifier


class KeptItem(Item):
    """One line of what was bought; amounts in minor units of the payment's currency."""

    description: Text
    amount_minor: SignedSumMinor
    """Price of the whole line, tax included; below zero for a discount."""
    tax_minor: SignedSumMinor = 0
    """Tax contained in ``amount_minor``; below zero for what a discount takes off it."""


class KeptFailure(Failure):
    """Why a payment failed, in the provider's words."""

    code: KeptSlug


class KeptDescription(PaymentDescription):
    """What describes a payment, as domain events carry it: whatever was once taken."""

    transaction_id: KeptIdentifierOf[TransactionId]
    """The merchant's unique id: the "Transaction ID" that people see."""
    created_at: KeptInstant
    """When upstream created the payment: the "Date" that people see, never our arrival."""
    amount_minor: SumMinor
    """Amount of the payment, in minor units of ``currency``; zero is valid."""
    currency: Currency
    """ISO 4217 code, of the past too."""
    provider: KeptSlug
    """Who takes the money, such as ``stripe``."""
    method: KeptSlug
    """How it is paid, such as ``credit-cards``."""
    channel: KeptSlug
    """Where it was paid, such as ``web``."""
    user: KeptUser
    subscription_id: KeptIdentifier | None = None
    """The subscription that the payment belongs to."""
    payment_request_id: KeptIdentifierOf[PaymentRequestId] | None = None
    """The request of ours that it answers, of a payment that we asked for."""
    provider_payment_id: KeptReference | None = None
    """The provider's own id of the payment."""
    notification_channels: Annotated[tuple[KeptSlug, ...], Field(max_length=10)] | None = None
    """Where the customer agreed to be written to, such as ``email``."""
    items: Annotated[tuple[KeptItem, ...], Field(max_length=MAX_ITEMS)] | None = None
    attributes: KeptAttributes | None = None
    """What else the shop knew at the checkout, by paths such as `basket/quantity`."""

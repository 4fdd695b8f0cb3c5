"""The mapping of payments: which column or constant is which part of an upstream payment."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from payops_local.importing.mapping import Mapping


class Part(StrEnum):
    """A part of a payment that a column or a constant may give."""

    TRANSACTION_ID = "transaction_id"
    CREATED_AT = "created_at"
    AMOUNT = "amount"
    CURRENCY = "currency"
    PROVIDER = "provider"
    METHOD = "method"
    CHANNEL = "channel"
    TYPE = "type"
    USER_ID = "user_id"
    USER_NAME = "user_name"
    USER_EMAIL = "user_email"
    USER_PHONE = "user_phone"
    LINK = "link"
    SUBSCRIPTION_ID = "subscription_id"
    PROVIDER_PAYMENT_ID = "provider_payment_id"
    NOTIFICATION_CHANNELS = "notification_channels"
    ITEM_DESCRIPTION = "item_description"
    ITEM_QUANTITY = "item_quantity"
    ITEM_TAX = "item_tax"
    STATUS = "status"
    PAID_AT = "paid_at"
    FAILED_AT = "failed_at"
    FAILURE_CODE = "failure_code"
    FAILURE_MESSAGE = "failure_message"


class Fact(StrEnum):
    """What may be said of a payment: ``upstream.payment.<fact>.v1``."""

    CREATED = "created"
    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"


Facts = Annotated[tuple[Fact, ...], Field(min_length=1, max_length=len(Fact))]

COLUMNS_NEEDED = (Part.TRANSACTION_ID, Part.CREATED_AT, Part.AMOUNT)
NEEDED = (Part.CURRENCY, Part.PROVIDER, Part.METHOD, Part.CHANNEL, Part.TYPE, Part.USER_ID)


class PaymentsMapping(Mapping):
    """One row is one payment, or one fact about it."""

    kind: Literal["payments"]
    columns: dict[Part, str]
    """Part → name of the column."""
    constants: dict[Part, str] = {}
    """Part → what it is when there is no column, or the cell is empty."""
    values: dict[Part, dict[str, str]] = {}
    """Part → the file's words → ours; a word that is not there passes through."""
    attributes: dict[str, str] = {}
    """What else the shop knew, for checkout rules: path → name of the column with a text."""
    attribute_numbers: dict[str, str] = {}
    """Path → name of the column with a number, written as amounts are."""
    events: Facts | dict[str, Facts]
    """The facts that every row states, or those by what stands in the ``status`` column."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        lacking = [part for part in COLUMNS_NEEDED if part not in self.columns]
        if lacking:
            raise ValueError(f"[columns] must name the column of {', '.join(lacking)}")
        given = self.columns.keys() | self.constants.keys()
        lacking = [part for part in NEEDED if part not in given]
        if lacking:
            raise ValueError(f"neither [columns] nor [constants] says {', '.join(lacking)}")
        if isinstance(self.events, dict) and Part.STATUS not in given:
            raise ValueError("[events] goes by status, and [columns] names no column of status")
        if twice := self.attributes.keys() & self.attribute_numbers.keys():
            raise ValueError(f"{min(twice)} is named by [attributes] and by [attribute_numbers]")
        return self

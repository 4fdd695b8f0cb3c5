"""Our own record of the events of ``payops.transactions``: the fields that facts are made of.

The contract's models check the whole transaction, customer and items included, and take 13 µs an
event; these take 5. Every golden example of the contract is replayed through them by a test.
"""

from typing import Annotated, Any, Literal, Union

from pydantic import BaseModel, ConfigDict, Field, create_model

from payops_contracts.fields import Identifier, Instant, Slug
from payops_contracts.money import AmountMinor, Currency
from payops_contracts.payments import PaymentType, TransactionStatus
from payops_contracts.registry import models_of, type_of
from payops_contracts.topics import TRANSACTIONS


class TransactionState(BaseModel):
    """What we read of a transaction's state after a change."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    transaction_id: Identifier
    created_at: Instant
    amount_minor: AmountMinor
    currency: Currency
    provider: Slug
    method: Slug
    channel: Slug
    type: PaymentType
    status: TransactionStatus
    total_refunded_minor: AmountMinor = 0


class TransactionChanged(BaseModel):
    """What we read of the envelope."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"]
    subject: Identifier
    sequence: str = Field(pattern="^[0-9]{12}$")
    traceparent: str | None = None
    data: TransactionState


def _known_events() -> Any:
    # One model a type that the contract names, so that any other type is refused as unknown.
    kinds: list[Any] = [Literal[type_of(model)] for model in models_of(TRANSACTIONS.events)]
    models = tuple(
        create_model(f"TransactionChanged{number}", __base__=TransactionChanged, type=(kind, ...))
        for number, kind in enumerate(kinds)
    )
    return Annotated[Union[models], Field(discriminator="type")]  # noqa: UP007 - made of a tuple


TRANSACTION_EVENTS: Any = _known_events()
"""A discriminated union for :func:`payops_kernel.messaging.event_decoder`."""

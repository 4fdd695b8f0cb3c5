"""Our own record of payments: the fields that a context has, out of the whole transaction.

Every golden example of the contract is read by it in a test.
"""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

from payops_contracts.attributes import KeptAttributes
from payops_contracts.descriptions import PaymentType
from payops_contracts.envelope import KeptAttribute
from payops_contracts.fields import KeptIdentifierOf, KeptInstant, KeptSlug
from payops_contracts.ids import TransactionId
from payops_contracts.money import Currency, SumMinor
from payops_contracts.registry import events_read_as
from payops_contracts.topics import TRANSACTIONS

_READ = ConfigDict(extra="ignore", use_enum_values=True)


@with_config(_READ)
class TransactionState(TypedDict):
    """What we read of a transaction's state after a change."""

    transaction_id: KeptIdentifierOf[TransactionId]
    created_at: KeptInstant
    amount_minor: SumMinor
    currency: Currency
    channel: KeptSlug
    type: PaymentType
    attributes: NotRequired[KeptAttributes | None]


@with_config(_READ)
class TransactionChanged(TypedDict):
    """What we read of the envelope; its type is one of those that the contract names."""

    specversion: Literal["1.0"]
    subject: KeptAttribute
    sequence: Annotated[str, Field(pattern="^[0-9]{12}$")]
    traceparent: NotRequired[str | None]
    data: TransactionState


TRANSACTION_EVENTS: Any = events_read_as(TRANSACTIONS, TransactionChanged, _READ)
"""A discriminated union for :func:`payops_kernel.messaging.event_decoder`."""

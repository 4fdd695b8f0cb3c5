"""What upstream says about a payment, in the domain's own words.

Named tuples, not frozen dataclasses: thousands are made a second, and these cost a third.
"""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from payops_contracts.attributes import AttributeValue
from payops_contracts.ids import DisputeId, RefundId, TransactionId
from payops_contracts.payments import HistoryEvent
from payops_kernel.facts import Cause as Cause


class FactKind(StrEnum):
    """What happened to a payment upstream."""

    CREATED = HistoryEvent.PAYMENT_CREATED.value
    PENDING = HistoryEvent.PAYMENT_PENDING.value
    FAILED = HistoryEvent.PAYMENT_FAILED.value
    PAID = HistoryEvent.PAYMENT_PAID.value


RANKS = {FactKind.CREATED: 0, FactKind.PENDING: 1, FactKind.FAILED: 2, FactKind.PAID: 3}
"""Facts fold by precedence, not by arrival: paid > failed > pending > created."""


class Item(NamedTuple):
    """One line of what was bought; amounts in minor units."""

    description: str
    quantity: int
    amount_minor: int
    tax_minor: int


class Attribute(NamedTuple):
    """What the shop knew at the checkout, by its path such as ``basket/quantity``."""

    path: str
    value: AttributeValue


class Failure(NamedTuple):
    """Why a payment failed."""

    code: str
    message: str | None = None


def failure_order(failure: Failure | None) -> tuple[str, str]:
    """Sorts the reasons of failures of one instant, so that every order of arrival picks one."""
    return ("", "") if failure is None else (failure.code, failure.message or "")


class Description(NamedTuple):
    """What describes a payment beside its identity; optional parts may come with another fact."""

    created_at: datetime
    provider: str
    method: str
    channel: str
    type: str
    user_id: str
    user_name: str | None = None
    user_email: str | None = None
    user_phone: str | None = None
    link: str | None = None
    subscription_id: str | None = None
    payment_request_id: str | None = None
    provider_payment_id: str | None = None
    notification_channels: tuple[str, ...] | None = None
    items: tuple[Item, ...] | None = None
    attributes: tuple[Attribute, ...] | None = None


OPTIONAL_PARTS = tuple(Description._field_defaults)
TOLD_PARTS = ("link", "subscription_id", "payment_request_id", "provider_payment_id")
"""Texts that are kept, published and shown as upstream told them, by one name everywhere: a further
one is named here and in the :class:`Description`, beside the others.
"""


def told(of: object) -> dict[str, str | None]:
    """Their values by name, of a :class:`Description` and of what upstream says."""
    return {name: getattr(of, name) for name in TOLD_PARTS}


class RefundFactKind(StrEnum):
    """What happened to a refund upstream."""

    PENDING = HistoryEvent.REFUND_PENDING.value
    FAILED = HistoryEvent.REFUND_FAILED.value
    SUCCEEDED = HistoryEvent.REFUND_SUCCEEDED.value


class DisputeFactKind(StrEnum):
    """What happened to a dispute upstream."""

    OPENED = HistoryEvent.DISPUTE_OPENED.value
    WON = HistoryEvent.DISPUTE_WON.value
    LOST = HistoryEvent.DISPUTE_LOST.value


class RefundFact(NamedTuple):
    """One upstream event about a refund."""

    kind: RefundFactKind
    cause: Cause
    transaction_id: TransactionId
    refund_id: RefundId
    amount_minor: int
    currency: str
    failure: Failure | None = None


class DisputeFact(NamedTuple):
    """One upstream event about a dispute."""

    kind: DisputeFactKind
    cause: Cause
    transaction_id: TransactionId
    dispute_id: DisputeId
    amount_minor: int
    currency: str


class PaymentFact(NamedTuple):
    """One upstream event about a payment."""

    kind: FactKind
    cause: Cause
    transaction_id: TransactionId
    amount_minor: int
    currency: str
    description: Description
    failure: Failure | None = None

    @property
    def authority(self) -> str:
        """Sorts facts by how much their description counts, the same in every order of arrival."""
        cause = self.cause
        at = cause.occurred_at.isoformat(timespec="milliseconds")
        return f"{RANKS[self.kind]}|{at}|{cause.source}|{cause.event_id}"


Fact = PaymentFact | RefundFact | DisputeFact

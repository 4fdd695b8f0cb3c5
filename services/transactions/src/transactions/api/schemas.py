"""What goes over the wire. Amounts are integer minor units; ``amount`` is for reading."""

from datetime import datetime
from enum import StrEnum
from typing import Any, get_type_hints

from pydantic import BaseModel, Field, create_model

from payops_contracts.payments import PaymentType, TransactionFlag, TransactionStatus
from payops_contracts.refunds import DisputeStatus
from transactions.api.refund_schemas import RefundOut
from transactions.domain.facts import TOLD_PARTS, Description


class Action(BaseModel):
    """Whether something may be done now, and why not."""

    allowed: bool
    reason: str | None


class RefundAction(Action):
    """Whether a refund may be requested now."""

    available_minor: int = Field(description="The most that can be asked for.")


class Actions(BaseModel):
    """What may be done with a transaction now."""

    refund: RefundAction
    invoice: Action
    notify: Action = Field(description="An e-mail to the customer.")
    go_to_subscription: Action


class DisputeOut(BaseModel):
    """One dispute."""

    dispute_id: str
    amount_minor: int = Field(description="What is disputed.")
    lost_minor: int | None = Field(description="What was lost of it, once it is lost.")
    status: DisputeStatus
    status_label: str
    opened_at: datetime | None
    settled_at: datetime | None


class Overview(BaseModel):
    """The detail's first section."""

    transaction_id: str
    created_at: datetime
    status: TransactionStatus
    status_label: str
    flags: list[TransactionFlag]


class UserSection(BaseModel):
    """Who paid."""

    id: str
    name: str | None
    email: str | None
    phone: str | None
    notification_channels: list[str]


class FailureOut(BaseModel):
    """Why the payment failed."""

    code: str
    message: str | None


_TYPES = get_type_hints(Description)
_FIELDS: Any = {name: (_TYPES[name], ...) for name in TOLD_PARTS}
Told = create_model("Told", **_FIELDS)


class PaymentSection(Told):
    """What was paid, and how."""

    amount_minor: int
    currency: str
    amount: str
    provider: str
    provider_label: str
    method: str
    method_label: str
    type: PaymentType
    type_label: str
    channel: str
    channel_label: str
    total_refunded_minor: int
    remaining_minor: int
    in_flight_minor: int
    paid_at: datetime | None
    failed_at: datetime | None
    failure: FailureOut | None


class ItemOut(BaseModel):
    """One line of what was bought."""

    description: str
    quantity: int
    amount_minor: int
    tax_minor: int


class HistoryOut(BaseModel):
    """One thing that happened, newest first."""

    at: datetime
    event: str
    event_label: str
    status: TransactionStatus = Field(description="The status after it.")
    status_label: str
    applied: bool = Field(description="False when it changed nothing; the note says why.")
    refund_id: str | None = Field(description="The refund that it is about.")
    dispute_id: str | None = Field(description="The dispute that it is about.")
    refunded_minor: int | None
    returned_minor: int | None = Field(
        description="What came back, of a refund that had succeeded and then failed."
    )
    actor: str | None = Field(description="Who did it; of an external refund, upstream's source.")
    note: str | None = Field(description="Why it changed nothing, when it did not; or its reason.")


class DocumentOut(BaseModel):
    """An invoice or a credit note that was issued."""

    number: str
    refund_id: str | None = Field(description="The refund of a credit note; null: the invoice.")
    issued_at: datetime
    issued_by: str | None


class PlannedKind(StrEnum):
    """What will happen by itself."""

    REFUND_ASKED_AGAIN = "refund_asked_again"
    """Upstream is asked for a refund again under the same key, unless it has answered by then."""
    MAIL_SENT = "mail_sent"
    """The customer is mailed; one that was tried before is tried again."""


class PlannedOut(BaseModel):
    """One thing that will happen by itself."""

    kind: PlannedKind
    at: datetime
    refund_id: str | None = Field(description="The refund that is asked for again.")
    notice: str | None = Field(description="What the mail is about.")
    attempts: int = Field(description="How often it was tried before.")


class AttributeOut(BaseModel):
    """What the shop knew at the checkout, by its path such as `basket/quantity`."""

    path: str
    value: str | int | float


class TransactionDetail(BaseModel):
    """One transaction with everything that its page shows."""

    overview: Overview
    user: UserSection
    payment: PaymentSection
    items: list[ItemOut]
    attributes: list[AttributeOut] = Field(description="In the order of their paths.")
    refunds: list[RefundOut]
    disputes: list[DisputeOut]
    documents: list[DocumentOut] = Field(description="Oldest first.")
    mails: list[HistoryOut] = Field(description="The history's rows about mails to the customer.")
    actions: Actions
    planned: list[PlannedOut] = Field(description="What happens next by itself, soonest first.")
    history: list[HistoryOut]
    version: int

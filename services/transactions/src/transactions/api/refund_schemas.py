"""Refunds on the wire. Amounts are integer minor units of the transaction's currency."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from payops_contracts.money import MAX_AMOUNT_MINOR
from payops_contracts.refunds import RefundStatus
from payops_kernel.free_text import FreeText


class RefundIn(BaseModel):
    """What to refund, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    amount_minor: Annotated[
        int | None,
        Field(ge=1, le=MAX_AMOUNT_MINOR, strict=True, description="Absent: all that is left."),
    ] = None
    currency: Annotated[
        str | None, Field(max_length=3, description="When given, it must be the payment's.")
    ] = None
    reason: FreeText
    comment: FreeText | None = None


class RefundAccepted(BaseModel):
    """A refund as it was reserved; upstream's answer comes later."""

    refund_id: str
    transaction_id: str
    amount_minor: int
    currency: str
    status: RefundStatus
    requested_at: datetime
    available_minor: int = Field(description="What can still be requested.")


class RefundFailureOut(BaseModel):
    """Why it failed, in the provider's words."""

    code: str
    message: str | None


class RefundOut(BaseModel):
    """One refund with its state."""

    refund_id: str
    amount_minor: int
    amount: str
    currency: str
    status: RefundStatus
    status_label: str
    external: bool = Field(description="Made upstream without our asking.")
    attempt: int
    requested_at: datetime | None
    requested_by: str | None
    settled_at: datetime | None
    reason: str | None
    comment: str | None
    failure: RefundFailureOut | None
    returned: bool = Field(description="It had succeeded, and the money came back.")
    customer_told_refunded: bool = Field(
        description="The last mail about it told the customer that it had succeeded."
    )


class RefundsOut(BaseModel):
    """Every refund of a transaction, newest first, and what is left."""

    items: list[RefundOut]
    currency: str
    total_refunded_minor: int
    in_flight_minor: int
    available_minor: int

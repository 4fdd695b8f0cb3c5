"""Refunds on the wire. Amounts are integer minor units of the transaction's currency."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from payops_contracts.money import MAX_SUM_MINOR
from payops_contracts.refunds import RefundStatus
from payops_kernel.free_text import FreeText
from payops_kernel.http.given import Given, OrAbsent, Whole


class RefundIn(Given):
    """What to refund, and why."""

    amount_minor: Annotated[
        OrAbsent[Annotated[int, Whole(1, MAX_SUM_MINOR)]],
        Field(description="Absent: all that is left."),
    ] = None
    currency: Annotated[
        OrAbsent[Annotated[str, Field(pattern="^[A-Z]{3}$")]],
        Field(description="When given, it must be the payment's."),
    ] = None
    available_minor: Annotated[
        OrAbsent[Annotated[int, Whole(0, MAX_SUM_MINOR)]],
        Field(
            description="What the caller was shown as available: when it is another now, nothing "
            "is refunded."
        ),
    ] = None
    reason: FreeText
    comment: OrAbsent[FreeText] = None


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

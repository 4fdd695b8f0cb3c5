"""What goes over the wire. Amounts are integer minor units; ``amount`` is for reading."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from payops_contracts.money import MAX_SUM_MINOR
from payops_contracts.payments import PaymentType, TransactionFlag, TransactionStatus
from payops_contracts.refunds import DisputeStatus
from payops_kernel.exports.routes import ExportQuery
from payops_kernel.http.filters import VALUES_MAX
from payops_kernel.http.given import Given, OrAbsent, Whole, seen, some
from payops_kernel.http.queries import DayOrInstant, ListQuery, instants_of
from payops_kernel.zones import Zone
from transactions.api.refund_schemas import RefundOut
from transactions.use_cases.filters import TransactionFilter

Word = Annotated[str, seen(64)]
UserId = Annotated[str, seen(128)]
Amount = Annotated[int, Whole(0, MAX_SUM_MINOR)]


class TransactionFilters(Given):
    """The list's filters; several values of one are alternatives, several filters all hold."""

    status: Annotated[list[TransactionStatus], some(VALUES_MAX)] = Field(default_factory=list)
    method: Annotated[list[Word], some(VALUES_MAX)] = Field(default_factory=list)
    channel: Annotated[list[Word], some(VALUES_MAX)] = Field(default_factory=list)
    provider: Annotated[list[Word], some(VALUES_MAX)] = Field(default_factory=list)
    type: Annotated[list[PaymentType], some(VALUES_MAX)] = Field(default_factory=list)
    currency: Annotated[list[Word], some(VALUES_MAX)] = Field(default_factory=list)
    customer: Annotated[list[UserId], some(VALUES_MAX)] = Field(
        default_factory=list, description="User IDs."
    )
    created_from: Annotated[
        OrAbsent[DayOrInstant], Field(description="A day of the reporting zone, or an instant.")
    ] = None
    created_to: Annotated[
        OrAbsent[DayOrInstant],
        Field(description="A day of the reporting zone, inclusive, or an instant, exclusive."),
    ] = None
    amount_from: Annotated[OrAbsent[Amount], Field(description="Minor units, inclusive.")] = None
    amount_to: Annotated[OrAbsent[Amount], Field(description="Minor units, inclusive.")] = None
    q: Annotated[
        OrAbsent[Annotated[str, seen(200)]],
        Field(description="The beginning of a transaction ID, e-mail or name."),
    ] = None

    def wanted(self, zone: Zone) -> TransactionFilter:
        """The filter that was asked for; days are days of ``zone``."""
        created_from, created_to = instants_of("created", self.created_from, self.created_to, zone)
        return TransactionFilter(
            status=tuple(self.status),
            method=tuple(self.method),
            channel=tuple(self.channel),
            provider=tuple(self.provider),
            type=tuple(self.type),
            currency=tuple(self.currency),
            customer=tuple(self.customer),
            created_from=created_from,
            created_to=created_to,
            amount_from=self.amount_from,
            amount_to=self.amount_to,
            q=self.q,
        )


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


class TransactionQuery(TransactionFilters, ListQuery):
    """A page of the list that the filters name."""


class TransactionExportQuery(TransactionFilters, ExportQuery):
    """A file of the list that the filters name."""


class TransactionRow(BaseModel):
    """One row of the list."""

    transaction_id: str
    status: TransactionStatus
    status_label: str
    created_at: datetime = Field(description="Upstream's creation instant: the Date.")
    amount_minor: int
    currency: str
    amount: str = Field(description="As pages show it, such as US$3.23.")
    method: str
    method_label: str
    channel: str
    channel_label: str
    provider: str
    provider_label: str
    type: PaymentType
    type_label: str
    total_refunded_minor: int
    remaining_minor: int = Field(description="Paid, less refunds and lost disputes; 0 unless paid.")
    in_flight_minor: int = Field(description="Reserved by refunds without a final answer.")
    subscription_id: str | None
    flags: list[TransactionFlag]
    actions: Actions


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


class PaymentSection(BaseModel):
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
    link: str | None
    channel: str
    channel_label: str
    subscription_id: str | None
    provider_payment_id: str | None
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
    refunded_minor: int | None
    returned_minor: int | None = Field(
        description="What came back, of a refund that had succeeded and then failed."
    )
    actor: str | None = Field(description="Who did it; of an external refund, upstream's source.")
    note: str | None = Field(description="Why it changed nothing, when it did not; or its reason.")


class TransactionDetail(BaseModel):
    """One transaction with everything that its page shows."""

    overview: Overview
    user: UserSection
    payment: PaymentSection
    items: list[ItemOut]
    refunds: list[RefundOut]
    disputes: list[DisputeOut]
    actions: Actions
    history: list[HistoryOut]
    version: int

"""The list of transactions: what it can be asked, what its rows have, and where they lie."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

from pydantic import Field

from payops_contracts.labels import CHANNEL, METHOD, PAYMENT_TYPE, PROVIDER, TRANSACTION_STATUS
from payops_contracts.money import MAX_SUM_MINOR, format_money
from payops_contracts.payments import PaymentType, TransactionFlag, TransactionStatus
from payops_contracts.refunds import RefundStatus
from payops_kernel.exports.columns import Column, Kind, at, stored
from payops_kernel.http.given import OrAbsent, Whole, seen
from payops_kernel.http.lists import SortField
from payops_kernel.http.paths import ID_CHARACTERS_MAX
from payops_kernel.http.queries import DayOrInstant
from payops_kernel.lists.declared import DeclaredList, Totals
from payops_kernel.lists.filters import Filters, Several, any_of, instants, numbers, search
from transactions.api.presenting import row_actions
from transactions.api.schemas import Actions
from transactions.domain.refundability import BUILT_IN, REFUNDABLE, CanRefund
from transactions.domain.searching import CUSTOMER_PREFIX, typed
from transactions.store.refundable import LEFT_FIELDS, REFUND_FIELDS, remaining_minor
from transactions.store.transactions import COLLECTION, WAYS
from transactions.use_cases.read_transactions import transaction_not_found

Word = Annotated[str, seen(64)]
UserId = Annotated[str, seen(128)]
Id = Annotated[str, seen(ID_CHARACTERS_MAX)]
Amount = Annotated[int, Whole(0, MAX_SUM_MINOR)]


class TransactionFilters(Filters):
    """The list's filters; several values of one are alternatives, several filters all hold."""

    status: Several[TransactionStatus] = Field(default_factory=list)
    method: Several[Word] = Field(default_factory=list)
    channel: Several[Word] = Field(default_factory=list)
    provider: Several[Word] = Field(default_factory=list)
    type: Several[PaymentType] = Field(default_factory=list)
    currency: Several[Word] = Field(default_factory=list)
    refund_status: Annotated[Several[RefundStatus], any_of("refunds.status")] = Field(
        default_factory=list, description="Of any of the payment's refunds."
    )
    transaction_id: Annotated[Several[Id], any_of("_id")] = Field(default_factory=list)
    subscription_id: Several[Id] = Field(
        default_factory=list, description="Of the subscription that the payment belongs to."
    )
    customer: Annotated[Several[UserId], any_of("search", CUSTOMER_PREFIX.__add__)] = Field(
        default_factory=list, description="User IDs."
    )
    created_from: Annotated[
        OrAbsent[DayOrInstant],
        instants("created_at"),
        Field(description="A day of the reporting zone, or an instant."),
    ] = None
    created_to: Annotated[
        OrAbsent[DayOrInstant],
        Field(description="A day of the reporting zone, inclusive, or an instant, exclusive."),
    ] = None
    amount_from: Annotated[
        OrAbsent[Amount],
        numbers("amount_minor"),
        Field(description="Minor units, inclusive."),
    ] = None
    amount_to: Annotated[OrAbsent[Amount], Field(description="Minor units, inclusive.")] = None
    q: Annotated[
        OrAbsent[Annotated[str, seen(200)]],
        search("search", typed),
        Field(description="The beginning of a transaction ID, customer ID, e-mail or name."),
    ] = None


def _amount(row: dict[str, Any]) -> str:
    return format_money(int(row["amount_minor"]), row["currency"])


_LOST = {"$ifNull": ["$lost_minor", 0]}
_LEFT = {"$subtract": ["$amount_minor", {"$add": ["$total_refunded_minor", _LOST]}]}
_REMAINING = {"$cond": [{"$in": ["$status", sorted(REFUNDABLE)]}, {"$max": [0, _LEFT]}, 0]}
_SHOWN_AMOUNT = Annotated[str, Field(description="As pages show it, such as US$3.23.")]
_DATE = Annotated[datetime, Field(description="Upstream's creation instant: the Date.")]
_LEFT_OVER = Annotated[
    int, Field(description="Paid, less refunds and lost disputes; 0 unless paid.")
]
_VERSION = Annotated[int, Field(description="Raised with every change of the transaction.")]
_RESERVED = Annotated[int, Field(description="Reserved by refunds without a final answer.")]

ACTIONS = "actions"

TRANSACTION_LIST = DeclaredList(
    name="transactions",
    title="Transactions",
    about="A page of transactions, newest first by default.",
    row="TransactionRow",
    collection=COLLECTION,
    filters=TransactionFilters,
    sorts={
        "created_at": SortField("created_at", least=datetime.min.replace(tzinfo=UTC)),
        "amount": SortField("amount_minor", least=0),
    },
    default_sort="-created_at",
    missing=transaction_not_found,
    ways=WAYS,
    totals=Totals("status", tuple(each.value for each in TransactionStatus), "amount_minor"),
    # A default of exports is what the originals export; the currency besides, without which an
    # amount says little.
    columns=(
        stored(
            "status", "Status", Kind.TEXT, None, TRANSACTION_STATUS,
            shown=TransactionStatus, default=True,
        ),
        stored("created_at", "Date", Kind.INSTANT, shown=_DATE, default=True),
        stored("transaction_id", "Transaction ID", Kind.TEXT, "_id", shown=str, default=True),
        stored("amount_minor", "Amount", Kind.MONEY, shown=int, default=True),
        stored("currency", "Currency", Kind.TEXT, shown=str, default=True),
        Column(
            "amount", "Amount", Kind.TEXT, _amount, ("amount_minor", "currency"),
            shown=_SHOWN_AMOUNT, exported=False,
        ),
        stored(
            "total_refunded_minor", "Total refunded amount", Kind.MONEY, shown=int, default=True
        ),
        Column(
            "remaining_minor", "Remaining amount", Kind.MONEY, remaining_minor, LEFT_FIELDS,
            shown=_LEFT_OVER, viewed=_REMAINING,
        ),
        Column(
            "in_flight_minor", "Amount in flight", Kind.MONEY,
            lambda row: row.get("in_flight_minor", 0), ("in_flight_minor",),
            shown=_RESERVED, exported=False,
        ),
        stored("method", "Method", Kind.TEXT, None, METHOD, shown=str, default=True),
        stored("provider", "Provider", Kind.TEXT, None, PROVIDER, shown=str, default=True),
        stored("channel", "Channel", Kind.TEXT, None, CHANNEL, shown=str, default=True),
        stored("type", "Type", Kind.TEXT, None, PAYMENT_TYPE, shown=PaymentType),
        stored("user_id", "User ID", Kind.TEXT, "user.id", shown=str),
        stored("user_name", "User name", Kind.TEXT, "user.name", shown=str | None, default=True),
        stored("user_email", "User email", Kind.TEXT, "user.email", shown=str | None, default=True),
        stored("user_phone", "User phone number", Kind.TEXT, "user.phone"),
        stored("notification_channels", "Notification channels", Kind.LIST),
        stored("subscription_id", "Subscription ID", Kind.TEXT, shown=str | None),
        stored("payment_request_id", "Payment request ID", Kind.TEXT),
        stored("link", "Link", Kind.TEXT, viewed=False),
        stored("flags", "Flags", Kind.LIST, shown=list[TransactionFlag], viewed=False),
        Column(
            "version", "Version", Kind.NUMBER, at("version"), ("version",),
            shown=_VERSION, exported=False,
        ),
        Column(
            ACTIONS, "Actions", Kind.TEXT, partial(row_actions, can_refund=BUILT_IN.can_refund),
            (*REFUND_FIELDS, "user.email", "notification_channels", "subscription_id"),
            shown=Actions, exported=False,
        ),
    ),
)  # fmt: skip
"""The list by the built-in catalogue."""


def transaction_list(can_refund: CanRefund) -> DeclaredList:
    """The list, whose actions obey a catalogue."""
    actions = partial(row_actions, can_refund=can_refund)
    return replace(
        TRANSACTION_LIST,
        columns=tuple(
            replace(each, read=actions) if each.name == ACTIONS else each
            for each in TRANSACTION_LIST.columns
        ),
    )

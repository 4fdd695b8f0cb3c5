"""The list of subscriptions: what it can be asked, what its rows have, and where they lie."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import Field

from payops_contracts.fields import Day
from payops_contracts.labels import (
    BILLING_MODE,
    METHOD,
    PROVIDER,
    SUBSCRIPTION_END_REASON,
    SUBSCRIPTION_INTERVAL,
    SUBSCRIPTION_STATUS,
)
from payops_contracts.money import MAX_SUM_MINOR, format_money
from payops_contracts.subscriptions import (
    BillingMode,
    EndReason,
    Interval,
    SubscriptionFlag,
    SubscriptionStatus,
)
from payops_kernel.exports.columns import Column, Kind, at, stored
from payops_kernel.http.given import OrAbsent, Whole, seen
from payops_kernel.http.lists import SortField
from payops_kernel.http.paths import ID_CHARACTERS_MAX
from payops_kernel.http.queries import DayOrInstant
from payops_kernel.lists.declared import DeclaredList, Totals
from payops_kernel.lists.filters import (
    Filters,
    Several,
    Where,
    any_of,
    instants,
    numbers,
    search,
)
from payops_kernel.zones import Zone
from subscriptions.domain.searching import CUSTOMER_PREFIX, typed
from subscriptions.store.subscriptions import COLLECTION, NO_DAY, WAYS
from subscriptions.use_cases.cancel import subscription_not_found

Word = Annotated[str, seen(64)]
UserId = Annotated[str, seen(128)]
Id = Annotated[str, seen(ID_CHARACTERS_MAX)]
Amount = Annotated[int, Whole(0, MAX_SUM_MINOR)]
FIRST_DAY = Field(description="A day of the reporting zone, or an instant.")
LAST_DAY = Field(description="A day of the reporting zone, inclusive, or an instant, exclusive.")
MINOR_UNITS = Field(description="Minor units, inclusive.")
_SOME_DAY = "0"
"""Behind ``NO_DAY`` and before every day."""
_EARLIEST = datetime.min.replace(tzinfo=UTC)


def _next_payment() -> Where:
    """Days from one to another; what has no next payment is in no such range."""
    within = numbers("next_payment_on").condition

    def some_day(asked: Filters, name: str, zone: Zone) -> Any:
        days = within(asked, name, zone)
        if days is None:
            return None
        return {"$gte": _SOME_DAY} | {end: day.isoformat() for end, day in days.items()}

    return Where("next_payment_on", some_day, ranged=True)


def _active_on(asked: Filters, name: str, zone: Zone) -> Any:
    """Begun by the day's end, and not ended by then."""
    day: date | None = getattr(asked, name)
    if day is None:
        return None
    end = zone.end_of(day)
    return [{"started_at": {"$lt": end}}, {"ended_at": {"$not": {"$lt": end}}}]


class SubscriptionFilters(Filters):
    """The list's filters; several values of one are alternatives, several filters all hold."""

    status: Several[SubscriptionStatus] = Field(default_factory=list)
    end_reason: Several[EndReason] = Field(
        default_factory=list, description="Why it is Not Active."
    )
    provider: Several[Word] = Field(default_factory=list)
    method: Several[Word] = Field(default_factory=list)
    currency: Several[Word] = Field(default_factory=list)
    subscription_id: Annotated[Several[Id], any_of("_id")] = Field(default_factory=list)
    customer: Annotated[Several[UserId], any_of("search", CUSTOMER_PREFIX.__add__)] = Field(
        default_factory=list, description="User IDs."
    )
    created_from: Annotated[OrAbsent[DayOrInstant], instants("created_at"), FIRST_DAY] = None
    created_to: Annotated[OrAbsent[DayOrInstant], LAST_DAY] = None
    amount_from: Annotated[OrAbsent[Amount], numbers("amount_minor"), MINOR_UNITS] = None
    amount_to: Annotated[OrAbsent[Amount], MINOR_UNITS] = None
    next_payment_from: Annotated[
        OrAbsent[Day], _next_payment(), Field(description="A day, inclusive.")
    ] = None
    next_payment_to: Annotated[OrAbsent[Day], Field(description="A day, inclusive.")] = None
    started_from: Annotated[OrAbsent[DayOrInstant], instants("started_at"), FIRST_DAY] = None
    started_to: Annotated[OrAbsent[DayOrInstant], LAST_DAY] = None
    ended_from: Annotated[OrAbsent[DayOrInstant], instants("ended_at"), FIRST_DAY] = None
    ended_to: Annotated[OrAbsent[DayOrInstant], LAST_DAY] = None
    active_on: Annotated[
        OrAbsent[Day],
        Where("$and", _active_on),
        Field(description="A day of the reporting zone: begun by its end, and not ended by then."),
    ] = None
    q: Annotated[
        OrAbsent[Annotated[str, seen(200)]],
        search("search", typed),
        Field(description="The beginning of a subscription ID, customer ID, e-mail or name."),
    ] = None


def amount(row: dict[str, Any]) -> str:
    """As pages show it."""
    return format_money(int(row["amount_minor"]), row["currency"])


def _next_payment_on(row: dict[str, Any]) -> str | None:
    return row["next_payment_on"] or None


_DATE = Annotated[datetime, Field(description="When it was agreed: the Date.")]
_SHOWN_AMOUNT = Annotated[str, Field(description="As pages show it, such as US$3.23.")]
_VERSION = Annotated[int, Field(description="Raised with every change of the subscription.")]

SUBSCRIPTION_LIST = DeclaredList(
    name="subscriptions",
    title="Subscriptions",
    about="A page of subscriptions, newest first by default.",
    row="SubscriptionRow",
    collection=COLLECTION,
    filters=SubscriptionFilters,
    sorts={
        "created_at": SortField("created_at", least=_EARLIEST),
        "amount": SortField("amount_minor", least=0),
        "next_payment_on": SortField("next_payment_on", least=NO_DAY),
    },
    default_sort="-created_at",
    missing=subscription_not_found,
    ways=WAYS,
    totals=Totals("status", tuple(each.value for each in SubscriptionStatus), "amount_minor"),
    columns=(
        stored(
            "status", "Status", Kind.TEXT, None, SUBSCRIPTION_STATUS,
            shown=SubscriptionStatus, default=True,
        ),
        stored("created_at", "Date", Kind.INSTANT, shown=_DATE, default=True),
        stored("subscription_id", "Subscription ID", Kind.TEXT, "_id", shown=str, default=True),
        stored("amount_minor", "Amount", Kind.MONEY, shown=int, default=True),
        stored("currency", "Currency", Kind.TEXT, shown=str, default=True),
        Column(
            "amount", "Amount", Kind.TEXT, amount, ("amount_minor", "currency"),
            shown=_SHOWN_AMOUNT, exported=False,
        ),
        stored("method", "Method", Kind.TEXT, None, METHOD, shown=str, default=True),
        stored("provider", "Provider", Kind.TEXT, None, PROVIDER, shown=str, default=True),
        Column(
            "next_payment_on", "Next payment date", Kind.TEXT,
            _next_payment_on, ("next_payment_on",), shown=date | None,
            viewed={
                "$cond": [{"$eq": ["$next_payment_on", NO_DAY]}, "$$REMOVE", "$next_payment_on"]
            },
        ),
        stored(
            "cancels_on", "Cancels on", Kind.TEXT, "cancelling.effective_on", shown=date | None
        ),
        stored(
            "end_reason", "End reason", Kind.TEXT, None, SUBSCRIPTION_END_REASON,
            shown=EndReason | None,
        ),
        stored("billing", "Billing", Kind.TEXT, None, BILLING_MODE, shown=BillingMode),
        stored("retry_at", "Next retry", Kind.INSTANT, shown=datetime | None),
        stored(
            "interval", "Interval", Kind.TEXT, "recurrence.interval", SUBSCRIPTION_INTERVAL,
            shown=Interval,
        ),
        stored(
            "interval_count", "Recurrence period", Kind.NUMBER, "recurrence.every", shown=int
        ),
        stored(
            "expires_on", "Expiration date", Kind.TEXT, "recurrence.expires_on",
            shown=date | None,
        ),
        stored("started_at", "Started", Kind.INSTANT, shown=datetime | None),
        stored("ended_at", "Ended", Kind.INSTANT, shown=datetime | None),
        stored("user_id", "User ID", Kind.TEXT, "user.id", shown=str),
        stored("user_name", "User name", Kind.TEXT, "user.name", shown=str | None),
        stored("user_email", "User email", Kind.TEXT, "user.email"),
        stored("user_phone", "User phone number", Kind.TEXT, "user.phone"),
        stored("flags", "Flags", Kind.LIST, shown=list[SubscriptionFlag], viewed=False),
        stored("description", "Description", Kind.TEXT),
        Column(
            "version", "Version", Kind.NUMBER, at("version"), ("version",),
            shown=_VERSION, exported=False,
        ),
    ),
)  # fmt: skip

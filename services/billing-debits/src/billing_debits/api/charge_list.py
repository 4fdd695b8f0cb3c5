"""The list of charges: what it can be asked, what its rows have, and where they lie."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import Field

from billing_debits.domain.searching import CONSUMPTION_PREFIX, typed
from billing_debits.store.charges import COLLECTION, WAYS
from billing_debits.use_cases.read_charges import charge_not_found
from payops_contracts.charges import ChargeStatus, ChargeType, Rail
from payops_contracts.labels import CHARGE_STATUS, CHARGE_TYPE, RAIL
from payops_contracts.money import MAX_SUM_MINOR, format_money
from payops_kernel.exports.columns import Column, Kind, at, stored
from payops_kernel.http.given import OrAbsent, Whole, seen
from payops_kernel.http.lists import SortField
from payops_kernel.http.paths import ID_CHARACTERS_MAX
from payops_kernel.http.queries import DayOrInstant
from payops_kernel.lists.declared import DeclaredList, Totals
from payops_kernel.lists.filters import Filters, Several, any_of, instants, numbers, search

Word = Annotated[str, seen(64)]
Id = Annotated[str, seen(ID_CHARACTERS_MAX)]
Amount = Annotated[int, Whole(0, MAX_SUM_MINOR)]
FIRST_DAY = Field(description="A day of the reporting zone, or an instant.")
LAST_DAY = Field(description="A day of the reporting zone, inclusive, or an instant, exclusive.")
MINOR_UNITS = Field(description="Minor units, inclusive.")


class ChargeFilters(Filters):
    """The list's filters; several values of one are alternatives, several filters all hold."""

    status: Several[ChargeStatus] = Field(default_factory=list)
    type: Several[ChargeType] = Field(default_factory=list)
    rail: Several[Rail] = Field(default_factory=list)
    currency: Several[Word] = Field(default_factory=list)
    billing_cycle_code: Annotated[Several[Word], any_of("cycle")] = Field(default_factory=list)
    charge_id: Annotated[Several[Id], any_of("_id")] = Field(default_factory=list)
    consumption_transaction_id: Annotated[
        Several[Id], any_of("search", CONSUMPTION_PREFIX.__add__)
    ] = Field(default_factory=list, description="Of a consumption transaction in the charge.")
    created_from: Annotated[
        OrAbsent[DayOrInstant],
        instants("created_at"),
        FIRST_DAY,
    ] = None
    created_to: Annotated[
        OrAbsent[DayOrInstant],
        LAST_DAY,
    ] = None
    amount_from: Annotated[
        OrAbsent[Amount],
        numbers("amount_minor"),
        MINOR_UNITS,
    ] = None
    amount_to: Annotated[OrAbsent[Amount], MINOR_UNITS] = None
    q: Annotated[
        OrAbsent[Annotated[str, seen(200)]],
        search("search", typed),
        Field(description="The beginning of a charge ID, mPass number, batch or billing code."),
    ] = None


def amount(row: dict[str, Any]) -> str:
    """As pages show it."""
    return format_money(int(row["amount_minor"]), row["currency"])


def retries(row: dict[str, Any]) -> str:
    """``1 of 3``."""
    return f"{row['retry_count']} of {row['retries_max']}"


SHOWN_AMOUNT = Annotated[str, Field(description="As pages show it, such as US$3.23.")]
SHOWN_RETRIES = Annotated[str, Field(description="Retries made or planned, such as 1 of 3.")]
VIEWED_RETRIES = {"$concat": [{"$toString": "$retry_count"}, " of ", {"$toString": "$retries_max"}]}
_VERSION = Annotated[int, Field(description="Raised with every change of the charge.")]

CHARGE_LIST = DeclaredList(
    name="charges",
    title="User Charges",
    about="A page of charges, newest first by default.",
    row="ChargeRow",
    collection=COLLECTION,
    filters=ChargeFilters,
    sorts={
        "created_at": SortField("created_at", least=datetime.min.replace(tzinfo=UTC)),
        "amount": SortField("amount_minor", least=0),
    },
    default_sort="-created_at",
    missing=charge_not_found,
    ways=WAYS,
    totals=Totals("status", tuple(each.value for each in ChargeStatus), "amount_minor"),
    columns=(
        stored("charge_id", "Charge ID", Kind.TEXT, "_id", shown=str, default=True),
        stored("mpass_number", "mPass Number", Kind.TEXT, shown=str, default=True),
        stored("batch_code", "Batch Code", Kind.TEXT, shown=str | None, default=True),
        stored("billing_code", "Billing Code", Kind.TEXT, shown=str, default=True),
        stored(
            "billing_cycle_code", "Billing Cycle Code", Kind.TEXT, "cycle",
            shown=str | None, default=True,
        ),
        stored("type", "Type", Kind.TEXT, None, CHARGE_TYPE, shown=ChargeType, default=True),
        stored("amount_minor", "Amount", Kind.MONEY, shown=int, default=True),
        stored("currency", "Currency", Kind.TEXT, shown=str, default=True),
        Column(
            "amount", "Amount", Kind.TEXT, amount, ("amount_minor", "currency"),
            shown=SHOWN_AMOUNT, exported=False,
        ),
        stored("failed_reason", "Failed Reason", Kind.TEXT, shown=str | None, default=True),
        Column(
            "retry_count", "Retry Count", Kind.TEXT, retries, ("retry_count", "retries_max"),
            shown=SHOWN_RETRIES, default=True, viewed=VIEWED_RETRIES,
        ),
        stored(
            "status", "Status", Kind.TEXT, None, CHARGE_STATUS, shown=ChargeStatus, default=True
        ),
        stored("created_at", "Created At", Kind.INSTANT, shown=datetime, default=True),
        stored("next_retry_at", "Next retry", Kind.INSTANT, shown=datetime | None),
        stored("rail", "Rail", Kind.TEXT, None, RAIL, shown=Rail),
        stored("net_minor", "Net amount", Kind.MONEY),
        stored("tax_minor", "Tax", Kind.MONEY),
        stored("collected_minor", "Collected", Kind.MONEY, shown=int),
        stored("outstanding_minor", "Outstanding", Kind.MONEY, shown=int),
        stored("user_id", "User ID", Kind.TEXT, "user.id", shown=str),
        stored("user_name", "User name", Kind.TEXT, "user.name", shown=str | None),
        stored("description", "Description", Kind.TEXT, shown=str),
        Column(
            "version", "Version", Kind.NUMBER, at("version"), ("version",),
            shown=_VERSION, exported=False,
        ),
    ),
)  # fmt: skip

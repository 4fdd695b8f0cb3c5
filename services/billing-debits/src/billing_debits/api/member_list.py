"""The list of members: by standing, with what they owe."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from billing_debits.api.charge_list import FIRST_DAY, LAST_DAY, Id
from billing_debits.domain.searching import typed
from billing_debits.store.members import COLLECTION, WAYS
from billing_debits.use_cases.block_member import member_not_found
from payops_contracts.labels import MEMBER_STANDING
from payops_contracts.members import MemberStanding
from payops_contracts.money import format_money
from payops_kernel.exports.columns import Column, Kind, at, stored
from payops_kernel.http.given import OrAbsent, seen
from payops_kernel.http.lists import SortField
from payops_kernel.http.queries import DayOrInstant
from payops_kernel.lists.declared import DeclaredList, Totals
from payops_kernel.lists.filters import Filters, Several, any_of, instants, search


class OwedOut(BaseModel):
    """An amount in one currency."""

    currency: str
    amount_minor: int
    amount: str = Field(description="As pages show it, such as US$3.23.")


class MemberFilters(Filters):
    """The list's filters; several values of one are alternatives, several filters all hold."""

    standing: Several[MemberStanding] = Field(default_factory=list)
    mpass_number: Annotated[Several[Id], any_of("_id")] = Field(default_factory=list)
    since_from: Annotated[OrAbsent[DayOrInstant], instants("since"), FIRST_DAY] = None
    since_to: Annotated[OrAbsent[DayOrInstant], LAST_DAY] = None
    q: Annotated[
        OrAbsent[Annotated[str, seen(200)]],
        search("search", typed),
        Field(description="The beginning of an mPass number, User ID or user name."),
    ] = None


def owed(row: dict[str, Any]) -> list[dict[str, Any]]:
    """What a stored member owes, by currency."""
    return [
        {
            "currency": each["currency"],
            "amount_minor": int(each["amount_minor"]),
            "amount": format_money(int(each["amount_minor"]), each["currency"]),
        }
        for each in row["owed"]
    ]


def owed_words(row: dict[str, Any]) -> list[str]:
    """The same as files have it."""
    return [each["amount"] for each in owed(row)]


MEMBER_LIST = DeclaredList(
    name="members",
    title="Members",
    about="A page of members, whose standing changed last first by default.",
    row="MemberRow",
    collection=COLLECTION,
    filters=MemberFilters,
    sorts={"since": SortField("since", least=datetime.min.replace(tzinfo=UTC))},
    default_sort="-since",
    missing=member_not_found,
    ways=WAYS,
    totals=Totals("standing", tuple(each.value for each in MemberStanding)),
    columns=(
        stored("mpass_number", "mPass Number", Kind.TEXT, "_id", shown=str, default=True),
        stored("user_id", "User ID", Kind.TEXT, "user.id", shown=str, default=True),
        stored("user_name", "User name", Kind.TEXT, "user.name", shown=str | None, default=True),
        stored(
            "standing", "Standing", Kind.TEXT, None, MEMBER_STANDING,
            shown=MemberStanding, default=True,
        ),
        stored("since", "Since", Kind.INSTANT, shown=datetime, default=True),
        Column(
            "owed", "Owed", Kind.TEXT, owed, ("owed",),
            shown=Annotated[list[OwedOut], Field(description="By currency; none: nothing.")],
            exported=False, viewed="$owed",
        ),
        Column("owed_amounts", "Owed", Kind.LIST, owed_words, ("owed",), default=True),
        stored("unpaid", "Unpaid charges", Kind.NUMBER, shown=int, default=True),
        stored("block_by", "Blocked by", Kind.TEXT, "block.by", shown=str | None, default=True),
        stored(
            "block_reason", "Reason", Kind.TEXT, "block.reason", shown=str | None, default=True
        ),
        stored("user_email", "User email", Kind.TEXT, "user.email"),
        stored("user_phone", "User phone number", Kind.TEXT, "user.phone"),
        Column(
            "version", "Version", Kind.NUMBER, at("version"), ("version",),
            shown=int, exported=False,
        ),
    ),
)  # fmt: skip

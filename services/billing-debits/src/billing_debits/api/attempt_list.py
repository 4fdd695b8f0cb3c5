"""The debit history: one row an attempt."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from billing_debits.api.charge_list import (
    FIRST_DAY,
    LAST_DAY,
    MINOR_UNITS,
    SHOWN_AMOUNT,
    SHOWN_RETRIES,
    VIEWED_RETRIES,
    Amount,
    Id,
    Word,
    amount,
    retries,
)
from billing_debits.domain.searching import typed
from billing_debits.store.rows import ATTEMPT_WAYS, ATTEMPTS
from billing_debits.use_cases.read_charges import attempt_not_found
from payops_contracts.charges import AttemptStatus, Rail
from payops_contracts.labels import ATTEMPT_STATUS, RAIL
from payops_kernel.exports.columns import Column, Kind, at, stored
from payops_kernel.http.given import OrAbsent, Whole, seen
from payops_kernel.http.lists import SortField
from payops_kernel.http.queries import DayOrInstant
from payops_kernel.lists.declared import DeclaredList, Totals
from payops_kernel.lists.filters import Filters, Several, any_of, instants, numbers, search

Number = Annotated[int, Whole(1, 1_000)]


class AttemptFilters(Filters):
    """The list's filters; several values of one are alternatives, several filters all hold."""

    status: Several[AttemptStatus] = Field(default_factory=list)
    rail: Several[Rail] = Field(default_factory=list)
    currency: Several[Word] = Field(default_factory=list)
    debit_id: Annotated[Several[Id], any_of("_id")] = Field(default_factory=list)
    charge_id: Several[Id] = Field(default_factory=list)
    mpass_number: Several[Id] = Field(default_factory=list)
    batch_code: Several[Id] = Field(default_factory=list)
    failure_code: Several[Word] = Field(default_factory=list)
    number: Several[Number] = Field(default_factory=list)
    submitted_from: Annotated[OrAbsent[DayOrInstant], instants("submitted_at"), FIRST_DAY] = None
    submitted_to: Annotated[OrAbsent[DayOrInstant], LAST_DAY] = None
    next_retry_from: Annotated[OrAbsent[DayOrInstant], instants("next_retry_at"), FIRST_DAY] = None
    next_retry_to: Annotated[OrAbsent[DayOrInstant], LAST_DAY] = None
    amount_from: Annotated[OrAbsent[Amount], numbers("amount_minor"), MINOR_UNITS] = None
    amount_to: Annotated[OrAbsent[Amount], MINOR_UNITS] = None
    q: Annotated[
        OrAbsent[Annotated[str, seen(200)]],
        search("search", typed),
        Field(
            description="The beginning of a TXN ID, User ID, user name, mPass number, billing or "
            "batch code."
        ),
    ] = None


ATTEMPT_LIST = DeclaredList(
    name="debit-attempts",
    title="Debit History",
    about="A page of debit attempts, newest first by default.",
    row="DebitAttemptRow",
    collection=ATTEMPTS,
    filters=AttemptFilters,
    sorts={
        "submitted_at": SortField("submitted_at", least=datetime.min.replace(tzinfo=UTC)),
        "next_retry_at": SortField("next_retry_at", least=datetime.min.replace(tzinfo=UTC)),
    },
    default_sort="-submitted_at",
    missing=attempt_not_found,
    ways=ATTEMPT_WAYS,
    totals=Totals("status", tuple(each.value for each in AttemptStatus), "amount_minor"),
    columns=(
        stored("debit_id", "TXN ID", Kind.TEXT, "_id", shown=str, default=True),
        stored("user_id", "User ID", Kind.TEXT, "user.id", shown=str, default=True),
        stored("user_name", "User name", Kind.TEXT, "user.name", shown=str | None, default=True),
        stored("description", "Description", Kind.TEXT, shown=str, default=True),
        stored("amount_minor", "Debit amount", Kind.MONEY, shown=int, default=True),
        stored("currency", "Currency", Kind.TEXT, shown=str, default=True),
        Column(
            "amount", "Debit amount", Kind.TEXT, amount, ("amount_minor", "currency"),
            shown=SHOWN_AMOUNT, exported=False,
        ),
        stored(
            "status", "Status", Kind.TEXT, None, ATTEMPT_STATUS, shown=AttemptStatus, default=True
        ),
        stored("submitted_at", "Submission date", Kind.INSTANT, shown=datetime, default=True),
        stored("failure_reason", "Failure reason", Kind.TEXT, shown=str | None, default=True),
        Column(
            "retry_count", "Retry count", Kind.TEXT, retries, ("retry_count", "retries_max"),
            shown=SHOWN_RETRIES, default=True, viewed=VIEWED_RETRIES,
        ),
        stored("next_retry_at", "Next retry", Kind.INSTANT, shown=datetime | None, default=True),
        stored("charge_id", "Charge ID", Kind.TEXT, shown=str),
        stored("mpass_number", "mPass Number", Kind.TEXT, shown=str),
        stored("billing_code", "Billing Code", Kind.TEXT, shown=str),
        stored("batch_code", "Batch Code", Kind.TEXT, shown=str | None),
        stored("rail", "Rail", Kind.TEXT, None, RAIL, shown=Rail),
        Column(
            "version", "Version", Kind.NUMBER, at("version"), ("version",),
            shown=int, exported=False,
        ),
    ),
)  # fmt: skip

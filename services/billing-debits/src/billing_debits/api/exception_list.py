"""The list of debit exceptions: what a person has to settle, oldest or newest first."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, Field

from billing_debits.api.charge_list import FIRST_DAY, LAST_DAY, SHOWN_AMOUNT, Id, amount
from billing_debits.domain.searching import typed
from billing_debits.store.rows import EXCEPTIONS
from billing_debits.use_cases.resolve_exception import exception_not_found
from payops_contracts.charges import ChargeException
from payops_contracts.labels import CHARGE_EXCEPTION, DEBIT_EXCEPTION_STATE
from payops_kernel.exports.columns import Column, Kind, at, stored
from payops_kernel.http.given import OrAbsent, seen
from payops_kernel.http.lists import SortField
from payops_kernel.http.queries import DayOrInstant
from payops_kernel.lists.declared import DeclaredList, Totals
from payops_kernel.lists.filters import Filters, Several, any_of, instants, search


class ExceptionState(StrEnum):
    """Whether it still waits for somebody."""

    OPEN = "OPEN"
    RESOLVED = "RESOLVED"


class ExceptionAction(BaseModel):
    """Whether something may be done with it now; ``reason`` says why not."""

    allowed: bool
    reason: str | None


class ExceptionActions(BaseModel):
    """What may be done with an exception now."""

    resolve: ExceptionAction
    take: ExceptionAction = Field(description="Look after it.")
    give_back: ExceptionAction = Field(description="Look after it no more.")


def exception_actions(stored: dict[str, Any]) -> dict[str, Any]:
    """``ExceptionActions`` of ``{state, owner}``."""
    over = "It was resolved already." if stored["state"] == ExceptionState.RESOLVED else None
    owned = stored.get("owner") is not None
    barred = {
        "resolve": over,
        "take": over or ("Somebody looks after it; it is given back first." if owned else None),
        "give_back": over or (None if owned else "Nobody looks after it."),
    }
    return {what: {"allowed": why is None, "reason": why} for what, why in barred.items()}


def waiting_since(stored: dict[str, Any]) -> datetime | None:
    """Since when it waits for somebody; None when it does not any more."""
    opened: datetime = stored["opened_at"]
    return opened if stored["state"] == ExceptionState.OPEN else None


class ExceptionFilters(Filters):
    """The list's filters; several values of one are alternatives, several filters all hold."""

    state: Several[ExceptionState] = Field(default_factory=list)
    kind: Several[ChargeException] = Field(default_factory=list)
    charge_id: Several[Id] = Field(default_factory=list)
    batch_code: Several[Id] = Field(default_factory=list)
    owner: Several[Id] = Field(default_factory=list)
    exception_id: Annotated[Several[Id], any_of("_id")] = Field(default_factory=list)
    opened_from: Annotated[
        OrAbsent[DayOrInstant],
        instants("opened_at"),
        FIRST_DAY,
    ] = None
    opened_to: Annotated[
        OrAbsent[DayOrInstant],
        LAST_DAY,
    ] = None
    q: Annotated[
        OrAbsent[Annotated[str, seen(200)]],
        search("search", typed),
        Field(
            description="The beginning of an exception ID, Charge ID, TXN ID, mPass number or "
            "batch code."
        ),
    ] = None


EXCEPTION_LIST = DeclaredList(
    name="debit-exceptions",
    title="Debit exceptions",
    about="A page of debit exceptions, newest first by default.",
    row="DebitExceptionRow",
    collection=EXCEPTIONS,
    filters=ExceptionFilters,
    sorts={"opened_at": SortField("opened_at", least=datetime.min.replace(tzinfo=UTC))},
    default_sort="-opened_at",
    missing=exception_not_found,
    totals=Totals("state", tuple(each.value for each in ExceptionState), "amount_minor"),
    columns=(
        stored("exception_id", "Exception ID", Kind.TEXT, "_id", shown=str, default=True),
        stored(
            "state", "State", Kind.TEXT, None, DEBIT_EXCEPTION_STATE,
            shown=ExceptionState, default=True,
        ),
        stored(
            "kind", "Exception", Kind.TEXT, None, CHARGE_EXCEPTION,
            shown=ChargeException, default=True,
        ),
        stored("opened_at", "Opened", Kind.INSTANT, shown=datetime, default=True),
        Column(
            "waiting_since", "Age", Kind.INSTANT, waiting_since, ("state", "opened_at"),
            shown=datetime | None, exported=False,
        ),
        stored("charge_id", "Charge ID", Kind.TEXT, shown=str, default=True),
        stored("debit_id", "TXN ID", Kind.TEXT, shown=str | None, default=True),
        stored("batch_code", "Batch Code", Kind.TEXT, shown=str | None),
        stored("mpass_number", "mPass Number", Kind.TEXT, shown=str, default=True),
        stored("amount_minor", "Amount", Kind.MONEY, shown=int, default=True),
        stored("currency", "Currency", Kind.TEXT, shown=str, default=True),
        Column(
            "amount", "Amount", Kind.TEXT, amount, ("amount_minor", "currency"),
            shown=SHOWN_AMOUNT, exported=False,
        ),
        stored("owner", "Owner", Kind.TEXT, shown=str | None, default=True),
        stored("resolved_at", "Resolved", Kind.INSTANT, shown=datetime | None, default=True),
        stored("resolved_by", "Resolved by", Kind.TEXT, shown=str | None),
        stored("resolution", "Reason", Kind.TEXT, shown=str | None, default=True),
        Column(
            "actions", "Actions", Kind.TEXT, exception_actions, ("state", "owner"),
            shown=ExceptionActions, exported=False,
        ),
        Column(
            "version", "Version", Kind.NUMBER, at("version"), ("version",),
            shown=int, exported=False,
        ),
    ),
)  # fmt: skip

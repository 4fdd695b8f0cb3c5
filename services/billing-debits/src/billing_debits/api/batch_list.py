"""The list of debit batches: what it can be asked, what its rows have, and where they lie."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import Field

from billing_debits.api.charge_list import FIRST_DAY, LAST_DAY, Id, Word
from billing_debits.domain.searching import typed
from billing_debits.domain.success import percent
from billing_debits.store.batches import COLLECTION, WAYS
from billing_debits.use_cases.read_charges import batch_not_found
from payops_contracts.charges import Rail
from payops_contracts.debit_batches import BatchOrigin, BatchStatus
from payops_contracts.labels import BATCH_ORIGIN, BATCH_STATUS, RAIL
from payops_contracts.money import format_money
from payops_kernel.exports.columns import Column, Kind, Read, at, stored
from payops_kernel.http.given import OrAbsent, seen
from payops_kernel.http.lists import SortField
from payops_kernel.http.queries import DayOrInstant
from payops_kernel.lists.declared import DeclaredList, Totals
from payops_kernel.lists.filters import Filters, Several, any_of, instants, search

POINTS = Annotated[int | None, Field(description="Hundredths of a percent; null until submitted.")]
RESOLVED = Annotated[
    str | None, Field(description="Debits with a result, such as 9 of 10; null until submitted.")
]
RATE = Annotated[str | None, Field(description="Such as 75.40%; null until submitted.")]
SHOWN_AMOUNT = Annotated[str, Field(description="As pages show it, such as US$3.23.")]


class BatchFilters(Filters):
    """The list's filters; several values of one are alternatives, several filters all hold."""

    status: Several[BatchStatus] = Field(default_factory=list)
    rail: Several[Rail] = Field(default_factory=list)
    currency: Several[Word] = Field(default_factory=list)
    batch_code: Annotated[Several[Id], any_of("_id")] = Field(default_factory=list)
    created_from: Annotated[OrAbsent[DayOrInstant], instants("created_at"), FIRST_DAY] = None
    created_to: Annotated[OrAbsent[DayOrInstant], LAST_DAY] = None
    q: Annotated[
        OrAbsent[Annotated[str, seen(200)]],
        search("search", typed),
        Field(description="The beginning of a Batch ID, batch code, or date as YYYY-MM-DD."),
    ] = None


def _resolved(row: dict[str, Any]) -> str | None:
    """``9 of 10``."""
    done = row["progress"]
    if not done["submitted"]:
        return None
    return f"{done['succeeded'] + done['failed']} of {done['submitted']}"


COUNTED = ("progress.submitted", "progress.succeeded", "progress.failed")
VIEWED_RESOLVED = {
    "$cond": [
        {"$gt": ["$progress.submitted", 0]},
        {
            "$concat": [
                {"$toString": {"$add": ["$progress.succeeded", "$progress.failed"]}},
                " of ",
                {"$toString": "$progress.submitted"},
            ]
        },
        None,
    ]
}


def _rate(field: str) -> Read:
    return lambda row: percent(row.get(field))


def _amount(field: str) -> Read:
    return lambda row: format_money(int(row[field]), row["currency"])


def _shown(name: str, label: str) -> tuple[Column, Column]:
    """An amount for files, and as pages show it."""
    shown: dict[str, Any] = {"shown": SHOWN_AMOUNT, "exported": False}
    fields = (f"{name}_minor", "currency")
    return (
        stored(f"{name}_minor", label, Kind.MONEY, shown=int, default=True),
        Column(name, label, Kind.TEXT, _amount(f"{name}_minor"), fields, **shown),
    )


BATCH_LIST = DeclaredList(
    name="debit-batches",
    title="Debit Batches",
    about="A page of debit batches, newest first by default.",
    row="DebitBatchRow",
    collection=COLLECTION,
    filters=BatchFilters,
    sorts={
        "created_at": SortField("created_at", least=datetime.min.replace(tzinfo=UTC)),
        "total": SortField("total_minor", least=0),
    },
    default_sort="-created_at",
    missing=batch_not_found,
    ways=WAYS,
    totals=Totals("status", tuple(each.value for each in BatchStatus), "total_minor"),
    columns=(
        stored("batch_id", "Batch ID", Kind.NUMBER, "number", shown=int, default=True),
        stored("batch_code", "Batch Code", Kind.TEXT, "_id", shown=str, default=True),
        stored("created_at", "Date", Kind.INSTANT, shown=datetime, default=True),
        *_shown("unpaid", "Unpaid"),
        *_shown("spending_limit", "Spending Limit"),
        *_shown("total", "Total Amount"),
        stored("currency", "Currency", Kind.TEXT, shown=str, default=True),
        stored("status", "Status", Kind.TEXT, None, BATCH_STATUS, shown=BatchStatus, default=True),
        Column(
            "success_rate", "Success Rate", Kind.TEXT, _rate("success_rate"), ("success_rate",),
            shown=RATE, default=True, viewed={"$divide": ["$success_rate", 100]},
        ),
        Column(
            "resolved", "Resolved", Kind.TEXT, _resolved, COUNTED,
            shown=RESOLVED, default=True, viewed=VIEWED_RESOLVED,
        ),
        stored(
            "submitted_at", "Submission Time", Kind.INSTANT, shown=datetime | None, default=True
        ),
        stored("count", "Charges", Kind.NUMBER, shown=int),
        Column(
            "success_by_value", "Success by value", Kind.TEXT, _rate("success_by_value"),
            ("success_by_value",), shown=RATE, viewed={"$divide": ["$success_by_value", 100]},
        ),
        Column(
            "success_points", "Success Rate", Kind.NUMBER, at("success_rate"), ("success_rate",),
            shown=POINTS, exported=False,
        ),
        stored("submitted", "Submitted", Kind.NUMBER, "progress.submitted", shown=int),
        stored("succeeded", "Succeeded", Kind.NUMBER, "progress.succeeded", shown=int),
        stored("failed", "Failed", Kind.NUMBER, "progress.failed", shown=int),
        stored("unknown", "Without a result", Kind.NUMBER, "progress.unknown", shown=int),
        stored("reversed", "Reversed", Kind.NUMBER, "progress.reversed", shown=int),
        stored("rail", "Rail", Kind.TEXT, None, RAIL, shown=Rail),
        stored("origin", "Created", Kind.TEXT, None, BATCH_ORIGIN, shown=BatchOrigin),
        stored("created_by", "Created by", Kind.TEXT, shown=str | None),
        stored("digest", "Digest", Kind.TEXT),
        Column(
            "version", "Version", Kind.NUMBER, at("version"), ("version",),
            shown=int, exported=False,
        ),
    ),
)  # fmt: skip

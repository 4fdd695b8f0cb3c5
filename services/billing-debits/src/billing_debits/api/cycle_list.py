"""The lists of settlement: billing cycles, adjustments behind closings, and what does not agree."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from billing_debits.api.charge_list import FIRST_DAY, LAST_DAY, Id, Word
from billing_debits.store.cycle_rows import CYCLE_ROWS, FINDINGS, NO_CYCLE
from billing_debits.store.settlement import ADJUSTMENTS
from billing_debits.use_cases.settle_cycles import cycle_not_found
from payops_contracts.cycles import CycleFinding, CycleStatus
from payops_contracts.labels import CYCLE_FINDING, CYCLE_STATUS
from payops_kernel.exports.columns import Column, Kind, at, stored
from payops_kernel.http.given import OrAbsent, seen
from payops_kernel.http.lists import SortField
from payops_kernel.http.queries import DayOrInstant
from payops_kernel.lists.declared import DeclaredList
from payops_kernel.lists.filters import Filters, Several, any_of, instants, search


class CycleRowStatus(StrEnum):
    """Where a cycle stands; of charges without a cycle, that they have none."""

    OPEN = CycleStatus.OPEN.value
    ENDED = CycleStatus.ENDED.value
    CLOSED = CycleStatus.CLOSED.value
    NONE = NO_CYCLE


class CycleFilters(Filters):
    """The list's filters; several values of one are alternatives, several filters all hold."""

    status: Several[CycleRowStatus] = Field(default_factory=list)
    currency: Several[Word] = Field(default_factory=list)
    billing_cycle_code: Annotated[Several[Word], any_of("code")] = Field(default_factory=list)
    row_id: Annotated[Several[Id], any_of("_id")] = Field(default_factory=list)
    q: Annotated[
        OrAbsent[Annotated[str, seen(200)]],
        search("code", lambda _: ()),
        Field(description="The beginning of a billing cycle code."),
    ] = None


def _money(name: str, label: str, *, default: bool = False) -> Column:
    return stored(name, label, Kind.MONEY, shown=int | None, default=default)


def _count(name: str, label: str) -> Column:
    return stored(name, label, Kind.NUMBER, shown=int)


CYCLE_LIST = DeclaredList(
    name="billing-cycles",
    title="Billing cycles",
    about="A page of billing cycles, one row a currency, newest first by default. Totals of a "
    "cycle that is not closed are counted from its charges when they are read.",
    row="BillingCycleRow",
    collection=CYCLE_ROWS,
    filters=CycleFilters,
    sorts={"month": SortField("month", least="")},
    default_sort="-month",
    missing=cycle_not_found,
    columns=(
        stored("row_id", "Row", Kind.TEXT, "_id", shown=str),
        stored(
            "billing_cycle_code", "Billing Cycle Code", Kind.TEXT, "code",
            shown=str | None, default=True,
        ),
        stored("month", "Month", Kind.TEXT, shown=str, default=True),
        stored(
            "status", "Status", Kind.TEXT, None, CYCLE_STATUS, shown=CycleRowStatus, default=True
        ),
        stored("currency", "Currency", Kind.TEXT, shown=str | None, default=True),
        Column(
            "charges", "Charges", Kind.NUMBER, at("charges"), ("charges",),
            shown=int, default=True, viewed="$charges",
        ),
        _money("charged_minor", "Charged", default=True),
        _money("collected_minor", "Collected", default=True),
        _money("outstanding_minor", "Outstanding", default=True),
        _money("permanently_rejected_minor", "Permanently rejected", default=True),
        _money("withdrawn_minor", "Withdrawn", default=True),
        _money("settled_otherwise_minor", "Settled otherwise", default=True),
        _money("owed_back_minor", "Owed back", default=True),
        _money("tax_minor", "Tax retained", default=True),
        stored(
            "difference_minor", "Upstream's difference", Kind.MONEY,
            shown=int | None, default=True,
        ),
        _money("adjusted_minor", "Adjustments", default=True),
        _money("adjusted_elsewhere_minor", "Adjusted in other cycles", default=True),
        _count("collected", "Charges collected"),
        _count("outstanding", "Charges outstanding"),
        _count("permanently_rejected", "Charges permanently rejected"),
        _count("withdrawn", "Charges withdrawn"),
        _count("settled_otherwise", "Charges settled otherwise"),
        _count("adjustments", "Number of adjustments"),
        stored("told_charges", "Upstream's charges", Kind.NUMBER, shown=int | None),
        stored("told_charged_minor", "Upstream's sum", Kind.MONEY, shown=int | None),
        stored("told_tax_minor", "Upstream's tax", Kind.MONEY, shown=int | None),
        stored("opened_at", "Opened", Kind.INSTANT, shown=datetime | None),
        stored("ended_at", "Ended", Kind.INSTANT, shown=datetime | None),
        stored("closed_at", "Closed", Kind.INSTANT, shown=datetime | None),
        Column(
            "version", "Version", Kind.NUMBER, at("version"), ("version",),
            shown=int, exported=False,
        ),
    ),
)  # fmt: skip


class AdjustmentFilters(Filters):
    """The list's filters; several values of one are alternatives, several filters all hold."""

    open_cycle_code: Annotated[Several[Word], any_of("open_code")] = Field(default_factory=list)
    closed_cycle_code: Annotated[Several[Word], any_of("closed_code")] = Field(default_factory=list)
    charge_id: Several[Id] = Field(default_factory=list)
    adjusted_from: Annotated[OrAbsent[DayOrInstant], instants("at"), FIRST_DAY] = None
    adjusted_to: Annotated[OrAbsent[DayOrInstant], LAST_DAY] = None


ADJUSTMENT_LIST = DeclaredList(
    name="cycle-adjustments",
    title="Adjustments",
    about="A page of adjustments: money of charges that moved after their cycle was closed.",
    row="CycleAdjustmentRow",
    collection=ADJUSTMENTS,
    filters=AdjustmentFilters,
    sorts={"adjusted_at": SortField("at", least=datetime.min.replace(tzinfo=UTC))},
    default_sort="-adjusted_at",
    missing=cycle_not_found,
    columns=(
        stored("adjusted_at", "Date", Kind.INSTANT, "at", shown=datetime, default=True),
        stored("charge_id", "Charge ID", Kind.TEXT, shown=str, default=True),
        stored("debit_id", "TXN ID", Kind.TEXT, shown=str | None, default=True),
        stored("adjusted_minor", "Adjustment", Kind.MONEY, shown=int, default=True),
        stored("currency", "Currency", Kind.TEXT, shown=str, default=True),
        stored(
            "closed_cycle_code", "Closed cycle", Kind.TEXT, "closed_code", shown=str, default=True
        ),
        stored("open_cycle_code", "Counts in", Kind.TEXT, "open_code", shown=str, default=True),
    ),
)  # fmt: skip


class FindingFilters(Filters):
    """The list's filters; several values of one are alternatives, several filters all hold."""

    billing_cycle_code: Annotated[Several[Word], any_of("cycle")] = Field(default_factory=list)
    finding: Several[CycleFinding] = Field(default_factory=list)


FINDING_LIST = DeclaredList(
    name="cycle-findings",
    title="Consumption that does not agree",
    about="A page of charges whose consumption transactions are missing, differ from the net "
    "amount, or stand in another charge too.",
    row="CycleFindingRow",
    collection=FINDINGS,
    filters=FindingFilters,
    sorts={"finding_id": SortField("_id", least="")},
    default_sort="finding_id",
    missing=cycle_not_found,
    columns=(
        stored(
            "billing_cycle_code", "Billing Cycle Code", Kind.TEXT, "cycle",
            shown=str | None, default=True,
        ),
        stored("charge_id", "Charge ID", Kind.TEXT, shown=str, default=True),
        stored("mpass_number", "mPass Number", Kind.TEXT, shown=str, default=True),
        stored(
            "finding", "Finding", Kind.TEXT, None, CYCLE_FINDING, shown=CycleFinding, default=True
        ),
        stored("net_minor", "Net amount", Kind.MONEY, shown=int, default=True),
        stored("consumed_minor", "Consumption", Kind.MONEY, shown=int, default=True),
        stored("difference_minor", "Difference", Kind.MONEY, shown=int | None, default=True),
        stored("currency", "Currency", Kind.TEXT, shown=str, default=True),
        stored("transaction_id", "Transaction ID", Kind.TEXT, shown=str | None, default=True),
        stored("other_charges", "Other charges", Kind.LIST, shown=list[str], default=True),
    ),
)  # fmt: skip

"""Counting payments anew from analytics' facts, by bucket and by what the KPIs ask for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from payops_contracts.fields import FIRST_DAY, LAST_DAY

PAID = frozenset({"PAID", "PARTIALLY_REFUNDED", "TOTALLY_REFUNDED"})
"""Statuses of payments that were paid: they count gross in the daily payments."""


class Cell(NamedTuple):
    """One KPI bucket's place."""

    day: str
    currency: str
    status: str
    method: str
    channel: str
    partition: int


class Sum(NamedTuple):
    """Payments and their amount in minor units."""

    payments: int = 0
    amount_minor: int = 0

    def plus(self, other: Sum) -> Sum:
        """Both together."""
        return Sum(self.payments + other.payments, self.amount_minor + other.amount_minor)


def within_calendar(day: str) -> bool:
    """Whether the KPIs can be asked about a day: those of the years that the contract takes."""
    return FIRST_DAY.isoformat() <= day <= LAST_DAY.isoformat()


NOTHING = Sum()
Sums = dict[str, dict[str, Sum]]
"""Currency → day or status → sum."""


@dataclass(slots=True)
class Recount:
    """The facts' payments by cell. Its size goes with days and words, not with payments."""

    zone: ZoneInfo
    cells: dict[Cell, Sum] = field(default_factory=dict)

    def day_of(self, instant: datetime) -> str:
        """The day of the reporting zone; raises OverflowError when no calendar has it."""
        return instant.astimezone(self.zone).date().isoformat()

    def add(self, fact: Mapping[str, Any]) -> None:
        """Count one fact's document."""
        cell = cell_of(fact, self.day_of(fact["created_at"]))
        one = Sum(1, int(fact["amount_minor"]))
        self.cells[cell] = self.cells.get(cell, NOTHING).plus(one)

    @property
    def days(self) -> list[str]:
        """Every day that has a payment, in order."""
        return sorted({cell.day for cell in self.cells})

    def moved_days(self, later: Recount) -> set[str]:
        """The days that a later recount counts otherwise."""
        return {
            cell.day
            for cell in self.cells.keys() | later.cells.keys()
            if self.cells.get(cell) != later.cells.get(cell)
        }

    def days_before(self, moved: set[str]) -> list[str]:
        """The days before the first of ``moved``, in order; all of them when there is none."""
        return [day for day in self.days if not moved or day < min(moved)]

    def paid_by_day(self, first: str, last: str) -> Sums:
        """What daily payments must say of a window, both days included."""
        return _summed(
            (cell.currency, cell.day, total)
            for cell, total in self.cells.items()
            if first <= cell.day <= last and cell.status in PAID
        )

    def by_status(self, first: str, last: str) -> Sums:
        """What payments by status must say of a window, both days included."""
        return _summed(
            (cell.currency, cell.status, total)
            for cell, total in self.cells.items()
            if first <= cell.day <= last
        )


def cell_of(document: Mapping[str, Any], day: str) -> Cell:
    """The cell that a fact's or a bucket's document names."""
    return Cell(
        day,
        document["currency"],
        document["status"],
        document["method"],
        document["channel"],
        int(document["partition"]),
    )


def words(total: Sum) -> str:
    """A sum in a sentence."""
    return f"{total.payments:,} payments of {total.amount_minor} minor units"


def _summed(parts: Iterable[tuple[str, str, Sum]]) -> Sums:
    sums: Sums = {}
    for currency, name, total in parts:
        of = sums.setdefault(currency, {})
        of[name] = of.get(name, NOTHING).plus(total)
    return sums

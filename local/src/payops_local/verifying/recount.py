"""Counting payments anew from analytics' facts, by bucket and by what the KPIs ask for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from payops_contracts.fields import FIRST_DAY, LAST_DAY

PAID = frozenset({"PAID", "PARTIALLY_REFUNDED", "TOTALLY_REFUNDED"})
"""Statuses of payments that were paid: they count gross in the daily payments."""
FAILED = "FAILED"


class Cell(NamedTuple):
    """One KPI bucket's place, or that of a part of it."""

    day: str
    currency: str
    status: str
    method: str
    channel: str
    partition: int
    by: str = ""
    """``provider``, ``type``, ``failure_code``, ``refunded``; empty for the whole bucket."""
    word: str | None = None


class Kind(NamedTuple):
    """All that tells payments apart."""

    cell: Cell
    provider: str
    type: str
    failure_code: str | None
    parted: bool
    """Whether the fact counts in parts too: those of earlier versions do not until renewed."""


class Sum(NamedTuple):
    """Payments and their amount in minor units."""

    payments: int = 0
    amount_minor: int = 0

    def plus(self, other: Sum) -> Sum:
        """Both together."""
        return Sum(self.payments + other.payments, self.amount_minor + other.amount_minor)


class Tally(NamedTuple):
    """Payments of one kind, and those of them of which something was given back."""

    all: Sum
    refunded: Sum


NOTHING = Sum()


class Period(NamedTuple):
    """Days, both included; the last one up to ``until`` where that is given."""

    first: str
    last: str
    until: datetime | None = None


@dataclass(slots=True)
class Recount:
    """The facts' payments by kind. Its size goes with days and words, not with payments."""

    zone: ZoneInfo
    cuts: frozenset[datetime] = frozenset()
    """Instants up to which their day is counted too."""
    kinds: dict[Kind, Tally] = field(default_factory=dict)
    until: dict[datetime, dict[Kind, Tally]] = field(default_factory=dict)
    awaiting: dict[str, Sum] = field(default_factory=dict)
    """Currency → refunds that upstream has not settled."""
    awaited_payments: dict[str, Sum] = field(default_factory=dict)
    """Currency → the payments that have such refunds, and the amount of these."""

    def day_of(self, instant: datetime) -> str:
        """The day of the reporting zone; raises OverflowError when no calendar has it."""
        return instant.astimezone(self.zone).date().isoformat()

    def add(self, fact: Mapping[str, Any]) -> None:
        """Count one fact's document."""
        created_at, amount = fact["created_at"], int(fact["amount_minor"])
        day = self.day_of(created_at)
        code, parted = fact.get("failure_code"), "form" in fact
        kind = Kind(cell_of(fact, day), fact["provider"], fact["type"], code, parted)
        refunded = int(fact["total_refunded_minor"])
        one = Tally(Sum(1, amount), Sum(int(refunded > 0), refunded))
        _add(self.kinds, kind, one)
        for cut in self.cuts:
            if created_at < cut and self.day_of(cut) == day:
                _add(self.until.setdefault(cut, {}), kind, one)
        if fact.get("awaiting_refunds"):
            waiting, currency = int(fact["awaiting_minor"]), fact["currency"]
            refunds = int(fact["awaiting_refunds"])
            for sums, count in ((self.awaiting, refunds), (self.awaited_payments, 1)):
                sums[currency] = Sum(count, waiting).plus(sums.get(currency, NOTHING))

    @property
    def cells(self) -> dict[Cell, Sum]:
        """What every bucket and every part of one must say."""
        cells: dict[Cell, Sum] = {}
        for kind, tally in self.kinds.items():
            for cell, total in _cells(kind, tally):
                cells[cell] = total.plus(cells.get(cell, NOTHING))
        return cells

    @property
    def days(self) -> list[str]:
        """Every day that has a payment, in order."""
        return sorted({kind.cell.day for kind in self.kinds})

    def moved_days(self, later: Recount) -> set[str]:
        """The days that a later recount counts otherwise."""
        return {
            kind.cell.day
            for kind in self.kinds.keys() | later.kinds.keys()
            if self.kinds.get(kind) != later.kinds.get(kind)
        }

    def days_before(self, moved: set[str]) -> list[str]:
        """The days before the first of ``moved``, in order; all of them when there is none."""
        return [day for day in self.days if not moved or day < min(moved)]

    def of(self, period: Period) -> Iterator[tuple[Kind, Tally]]:
        """The payments of a period; raises KeyError for a cut that was not counted."""
        first, last, until = period
        for kind, tally in self.kinds.items():
            if first <= kind.cell.day <= last and (until is None or kind.cell.day < last):
                yield kind, tally
        if until is not None:
            if until not in self.cuts:
                raise KeyError(until)
            yield from self.until.get(until, {}).items()


def within_calendar(day: str) -> bool:
    """Whether the KPIs can be asked about a day: those of the years that the contract takes."""
    return FIRST_DAY.isoformat() <= day <= LAST_DAY.isoformat()


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


def total_of(sums: Iterable[Sum]) -> Sum:
    """All together."""
    total = NOTHING
    for each in sums:
        total = total.plus(each)
    return total


def _cells(kind: Kind, tally: Tally) -> Iterator[tuple[Cell, Sum]]:
    yield kind.cell, tally.all
    if not kind.parted:
        return
    if kind.cell.status in PAID:
        yield kind.cell._replace(by="provider", word=kind.provider), tally.all
        yield kind.cell._replace(by="type", word=kind.type), tally.all
        yield kind.cell._replace(by="refunded"), tally.refunded
    if kind.cell.status == FAILED:
        yield kind.cell._replace(by="failure_code", word=kind.failure_code), tally.all


def _add(kinds: dict[Kind, Tally], kind: Kind, one: Tally) -> None:
    before = kinds.get(kind)
    if before is not None:
        one = Tally(before.all.plus(one.all), before.refunded.plus(one.refunded))
    kinds[kind] = one

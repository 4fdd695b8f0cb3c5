"""A billing cycle: what settlement says of it, its closing, and what moves afterwards.

Its status is derived from what is known, whatever came first. Facts, closing and reopening are rows
of its history; an adjustment is a row of its own collection, so that a cycle stays small however
many charges go back. Each of them is one version and one event.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from billing_debits.domain.errors import (
    CycleClosed,
    CycleNotClosed,
    CycleNotEnded,
    DebitsStillOpen,
)
from payops_contracts.cycles import CycleHistoryEvent as Event
from payops_contracts.cycles import CycleStatus
from payops_contracts.ids import ChargeId, DebitId
from payops_kernel.contradictions import Contradiction, contradicts
from payops_kernel.facts import Cause, HistoryFull, contradiction_in, seen_in

HISTORY_ROWS_MAX = 1_000
COMMAND_ROWS_RESERVED = 100
"""Rows that upstream leaves free, so that people can still close and reopen."""


class Told(NamedTuple):
    """What settlement says that it raised in one currency, in its minor units."""

    currency: str
    charges: int
    charged_minor: int
    tax_minor: int | None = None


class Totals(NamedTuple):
    """The charges of a cycle in one currency, by what became of them."""

    currency: str
    charges: int = 0
    charged_minor: int = 0
    tax_minor: int = 0
    collected: int = 0
    collected_minor: int = 0
    owed_back_minor: int = 0
    outstanding: int = 0
    outstanding_minor: int = 0
    permanently_rejected: int = 0
    permanently_rejected_minor: int = 0
    withdrawn: int = 0
    withdrawn_minor: int = 0
    settled_otherwise: int = 0
    settled_otherwise_minor: int = 0


class Booked(NamedTuple):
    """Adjustments in one currency: how many, and their sum in its minor units."""

    adjustments: int = 0
    adjusted_minor: int = 0


class FactKind(StrEnum):
    """What settlement says of a cycle."""

    OPENED = Event.OPENED.value
    TOTALS = Event.TOTALS_TOLD.value
    ENDED = Event.ENDED.value


class CycleFact(NamedTuple):
    """Settlement's word on a cycle."""

    cause: Cause
    code: str
    kind: FactKind
    told: tuple[Told, ...] = ()
    """By currency; only of totals."""


class Closing(NamedTuple):
    """A cycle as it was closed."""

    at: datetime
    actor: str
    totals: tuple[Totals, ...]


class Adjustment(NamedTuple):
    """Money of a charge that moved after its cycle was closed."""

    charge_id: ChargeId
    charge_version: int
    """The charge's, after the step with which it moved."""
    debit_id: DebitId | None
    at: datetime
    currency: str
    adjusted_minor: int
    """What was collected; below zero what went back."""
    closed_code: str
    """The cycle that the charge belongs to."""
    open_code: str
    """The cycle in which it counts."""


class CycleRow(NamedTuple):
    """One thing that happened to a cycle, and its status after it."""

    at: datetime
    event: str
    status: CycleStatus
    source: str
    event_id: str
    applied: bool = True
    note: str | None = None
    actor: str | None = None
    reason: str | None = None
    digest: int | None = None
    """Of the content of upstream's event."""


class CycleStep(NamedTuple):
    """What is new, with what an event about it needs."""

    row: CycleRow
    status_before: CycleStatus | None
    traceparent: str | None
    correlation_id: str | None
    adjustment: Adjustment | None = None


@dataclass(slots=True)
class BillingCycle:
    """The aggregate. ``version`` counts its steps; 0 before the first."""

    code: str
    """``YYYYMM01``."""
    version: int = 0
    opened_at: datetime | None = None
    ended_at: datetime | None = None
    told_at: datetime | None = None
    told: tuple[Told, ...] = ()
    closing: Closing | None = None
    adjusted: dict[str, Booked] = field(default_factory=dict)
    """What counts here of other cycles' charges, by currency."""
    adjusted_elsewhere: dict[str, Booked] = field(default_factory=dict)
    """What counts in other cycles of this one's charges, by currency."""
    history: list[CycleRow] = field(default_factory=list)
    step: CycleStep | None = None
    contradiction: Contradiction | None = None
    """What the last fact was, when its event had said something else before."""

    @property
    def status(self) -> CycleStatus:
        """Where it stands."""
        if self.closing is not None:
            return CycleStatus.CLOSED
        return CycleStatus.OPEN if self.ended_at is None else CycleStatus.ENDED

    @property
    def closed(self) -> bool:
        """Whether its totals are frozen."""
        return self.closing is not None

    def record(self, row: CycleRow, before: CycleStatus | None, cause: Cause) -> None:
        """One row, one version, one step; the state has changed already."""
        self.history.append(row)
        self.version += 1
        self.step = CycleStep(row, before, cause.traceparent, cause.correlation_id)


def fold_cycle(cycle: BillingCycle | None, fact: CycleFact) -> BillingCycle:
    """The cycle after a fact, which opens it when it is the first; unchanged when it was seen.

    Raises ``HistoryFull`` before changing anything.
    """
    known = cycle is not None
    cycle = BillingCycle(fact.code) if cycle is None else cycle
    cycle.step = cycle.contradiction = None
    cause = fact.cause
    if _has_seen(cycle, cause):
        return cycle
    if not _has_room(cycle):
        raise HistoryFull(f"the cycle has {len(cycle.history)} history rows")
    before = cycle.status if known else None
    note = _take(cycle, fact)
    cycle.record(_told_row(cycle, cause, fact.kind.value, note), before, cause)
    return cycle


def _take(cycle: BillingCycle, fact: CycleFact) -> str | None:
    """Why the fact changes nothing; None when it does. The same whatever the order of arrival."""
    at = fact.cause.occurred_at
    match fact.kind:
        case FactKind.OPENED:
            stands, cycle.opened_at = cycle.opened_at, _earlier(cycle.opened_at, at)
            return None if stands is None else "ignored: it was opened already"
        case FactKind.ENDED:
            stands, cycle.ended_at = cycle.ended_at, _earlier(cycle.ended_at, at)
            return None if stands is None else "ignored: it had ended already"
        case FactKind.TOTALS:
            told = tuple(sorted(fact.told))
            if cycle.told_at is not None and (at, _order(told)) < (
                cycle.told_at,
                _order(cycle.told),
            ):
                return "ignored: later totals are known"
            cycle.told_at, cycle.told = at, told
            return None


def _order(told: Sequence[Told]) -> list[tuple[str, int, int, int]]:
    """Decides between totals of one instant."""
    return [(it.currency, it.charges, it.charged_minor, it.tax_minor or 0) for it in told]


def _earlier(known: datetime | None, at: datetime) -> datetime:
    return at if known is None else min(known, at)


def _told_row(cycle: BillingCycle, cause: Cause, event: str, note: str | None) -> CycleRow:
    return CycleRow(
        cause.occurred_at,
        event,
        cycle.status,
        cause.source,
        cause.event_id,
        note is None,
        note,
        digest=cause.digest,
    )


def _has_seen(cycle: BillingCycle, cause: Cause) -> bool:
    seen = seen_in(cycle.history, cause)
    if seen is None:
        return False
    if contradicts(seen.digest, cause.digest):
        event = Event.EVENT_CONTRADICTED.value
        cycle.contradiction, note = contradiction_in(cycle.history, cause, seen, event)
        if note is not None and _has_room(cycle):
            cycle.record(_told_row(cycle, cause, event, note), cycle.status, cause)
    return True


def _has_room(cycle: BillingCycle, reserved: int = COMMAND_ROWS_RESERVED) -> bool:
    return len(cycle.history) < HISTORY_ROWS_MAX - reserved


def check_closable(cycle: BillingCycle, open_charges: Sequence[str], open_count: int) -> None:
    """Raise why it cannot be closed; ``open_charges`` are the first of those with open debits."""
    if cycle.closed:
        raise CycleClosed("It is closed already.")
    if cycle.ended_at is None:
        raise CycleNotEnded("Settlement has not ended it yet.")
    if open_count:
        raise DebitsStillOpen(
            "Debits of its charges are open: Pending, Submitted or Temp rejected.",
            open_charges=list(open_charges),
            open_charges_count=open_count,
        )
    if not _has_room(cycle, 0):
        raise CycleClosed("It was closed and reopened too often.")


def close(cycle: BillingCycle, totals: Sequence[Totals], actor: str, cause: Cause) -> None:
    """Freeze its totals. Whether it may be closed was checked before."""
    before = cycle.status
    cycle.closing = Closing(cause.occurred_at, actor, tuple(totals))
    _by_hand(cycle, Event.CLOSED, before, actor, None, cause)


def reopen(cycle: BillingCycle, actor: str, reason: str, cause: Cause) -> None:
    """Let its totals change again; raises when it is not closed.

    Adjustments that were made while it was closed stay where they count.
    """
    before = cycle.status
    if not cycle.closed:
        raise CycleNotClosed("It is not closed.")
    cycle.closing = None
    _by_hand(cycle, Event.REOPENED, before, actor, reason, cause)


def _by_hand(
    cycle: BillingCycle,
    event: Event,
    before: CycleStatus,
    actor: str,
    reason: str | None,
    cause: Cause,
) -> None:
    row = CycleRow(
        cause.occurred_at, event.value, cycle.status, cause.source, cause.event_id,
        actor=actor, reason=reason,
    )  # fmt: skip
    cycle.record(row, before, cause)


def adjust(cycle: BillingCycle, adjustment: Adjustment, cause: Cause) -> None:
    """Count an adjustment: of the closed cycle elsewhere, of the open one here."""
    elsewhere = cycle.code == adjustment.closed_code
    booked = cycle.adjusted_elsewhere if elsewhere else cycle.adjusted
    count, minor = booked.get(adjustment.currency, Booked())
    booked[adjustment.currency] = Booked(count + 1, minor + adjustment.adjusted_minor)
    cycle.version += 1
    row = CycleRow(adjustment.at, Event.ADJUSTED.value, cycle.status, cause.source, cause.event_id)
    cycle.step = CycleStep(row, cycle.status, cause.traceparent, cause.correlation_id, adjustment)

"""Close billing cycles, reopen them, and note what money moves afterwards.

A closing reads its charges and forgets, in one transaction, the moves that are in its totals
already. A move that it did not see finds the cycle closed, and becomes an adjustment; one that
finds it not closed leaves a trace on the cycle, so that a closing of an older snapshot begins anew.
So each move is in the totals or an adjustment, once.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple, Protocol

from billing_debits.domain.charge import Charge
from billing_debits.domain.collecting import SOURCE
from billing_debits.domain.cycles import (
    Adjustment,
    BillingCycle,
    Totals,
    adjust,
    check_closable,
    close,
    reopen,
)
from billing_debits.domain.facts import Cause
from billing_debits.domain.settling import moved_afterwards
from payops_contracts.ids import ChargeId, DebitId
from payops_kernel.clock import Clock
from payops_kernel.errors import NotFound
from payops_kernel.ports import CommandAnswer, DueRow, Repository, Session, Work

ADJUSTMENT_DUE = "cycle-adjustment"
"""Money of a charge moved that was over before: its cycle may be closed."""
LOOK_AGAIN = timedelta(hours=1)
"""How long a move waits for a cycle that is not closed."""


class CycleNotFound(NotFound):
    """There is no billing cycle with this code."""

    code = "billing_cycle_not_found"


def cycle_not_found(code: str) -> CycleNotFound:
    """The refusal for a code that nobody knows."""
    return CycleNotFound(f"There is no billing cycle '{code}'.")


class OpenCharges(NamedTuple):
    """Charges whose debits are open: how many, and the first of them."""

    number: int
    first: Sequence[str]


class KeepsSettlement(Protocol):
    """Counts a cycle's charges and keeps its adjustments."""

    async def totals(self, code: str, session: Session) -> Sequence[Totals]: ...
    async def open_charges(self, code: str, session: Session | None) -> OpenCharges: ...
    async def open_cycle(self, session: Session) -> str | None: ...
    async def add(self, adjustment: Adjustment, session: Session) -> None: ...
    async def look_at(self, code: str, session: Session) -> None: ...
    async def forget_moves(self, code: str, session: Session) -> None: ...


class MovedAfterwards:
    """What a step of a charge makes due when its cycle may have been closed before."""

    def __init__(self, clock: Clock, beside: Callable[[Charge], Iterable[DueRow]]) -> None:
        """``beside`` is what else a step makes due."""
        self._clock = clock
        self._beside = beside

    def __call__(self, charge: Charge) -> Iterable[DueRow]:
        """A row of its own for each such step, about the cycle; and what is due beside."""
        moved, step, others = moved_afterwards(charge), charge.step, self._beside(charge)
        if not moved or step is None:
            return others
        payload = {
            "charge_id": charge.id,
            "charge_version": charge.version,
            "debit_id": step.row.debit_id,
            "at": step.row.at,
            "currency": charge.raised.currency,
            "adjusted_minor": moved,
        }
        key, cycle = f"{charge.id}:{charge.version}", charge.raised.cycle
        row = DueRow(ADJUSTMENT_DUE, key, self._clock.now(), payload, about=cycle)
        return (row, *others)


class NoteAdjustment:
    """The due work behind money that moved: an adjustment, if the charge's cycle is closed."""

    def __init__(self, cycles: Repository[BillingCycle], settlement: KeepsSettlement) -> None:
        self._cycles = cycles
        self._settlement = settlement

    async def __call__(self, work: Work, row: DueRow) -> None:
        """Note it on the closed cycle and on the open one; without an open one it waits."""
        closed = await work.find(self._cycles, row.about or "")
        if closed is None:
            return
        if not closed.closed:
            work.write(partial(self._settlement.look_at, closed.code))
            return
        code = await work.read(self._settlement.open_cycle)
        if code is None:
            work.schedule(replace(row, due_at=work.now + LOOK_AGAIN))
            return
        adjustment = _adjustment(row, closed.code, code)
        cause = Cause(SOURCE, row.key, work.now)
        for cycle in (closed, await work.load(self._cycles, code)):
            adjust(cycle, adjustment, cause)
            work.save(cycle)
        work.write(partial(self._settlement.add, adjustment))


def _adjustment(row: DueRow, closed_code: str, open_code: str) -> Adjustment:
    moved, debit_id = row.payload, row.payload["debit_id"]
    return Adjustment(
        ChargeId(moved["charge_id"]),
        moved["charge_version"],
        None if debit_id is None else DebitId(debit_id),
        moved["at"],
        moved["currency"],
        int(moved["adjusted_minor"]),
        closed_code,
        open_code,
    )


class SettleCycle:
    """The use cases behind ``POST /v1/billing-cycles/{code}/closure`` and ``…/reopening``."""

    def __init__(self, cycles: Repository[BillingCycle], settlement: KeepsSettlement) -> None:
        self._cycles = cycles
        self._settlement = settlement

    async def close(self, work: Work, code: str) -> CommandAnswer:
        """200 with the frozen totals; raises not found, or why it cannot be closed."""
        cycle = await work.load(self._cycles, code)
        opened = await work.read(partial(self._settlement.open_charges, code))
        check_closable(cycle, opened.first, opened.number)
        totals = await work.read(partial(self._settlement.totals, code))
        work.write(partial(self._settlement.forget_moves, code))
        before, actor = cycle.status, work.context.actor.subject
        close(cycle, totals, actor, _cause(cycle, "closed", work))
        said = [each._asdict() for each in totals]
        self._audit(work, "close", cycle, {"status": before}, {"totals": said})
        return CommandAnswer(200, cycle_answer(cycle))

    async def reopen(self, work: Work, code: str, reason: str) -> CommandAnswer:
        """200 with the cycle; raises not found, or that it is not closed."""
        cycle = await work.load(self._cycles, code)
        frozen = [] if cycle.closing is None else [each._asdict() for each in cycle.closing.totals]
        before, actor = cycle.status, work.context.actor.subject
        reopen(cycle, actor, reason, _cause(cycle, "reopened", work))
        self._audit(work, "reopen", cycle, {"status": before, "totals": frozen}, {})
        return CommandAnswer(200, cycle_answer(cycle))

    def _audit(
        self,
        work: Work,
        what: str,
        cycle: BillingCycle,
        before: dict[str, Any],
        after: dict[str, Any],
    ) -> None:
        work.audit(
            f"billing-cycle.{what}",
            "billing-cycle",
            cycle.code,
            before=before,
            after={"status": cycle.status, **after},
        )
        work.save(cycle)


def _cause(cycle: BillingCycle, what: str, work: Work) -> Cause:
    key = f"{cycle.code}:{what}:{cycle.version}"
    return Cause(SOURCE, key, work.now, work.context.traceparent)


def cycle_answer(cycle: BillingCycle) -> dict[str, Any]:
    """What the caller sees of a cycle that was closed or reopened."""
    closing = cycle.closing
    return {
        "billing_cycle_code": cycle.code,
        "status": cycle.status.value,
        "closed_at": None if closing is None else closing.at,
        "closed_by": None if closing is None else closing.actor,
        "totals": [] if closing is None else [each._asdict() for each in closing.totals],
        "version": cycle.version,
    }

"""Which money of a charge may move after its cycle was closed, seen from the charge alone.

A cycle is closed once no debit of it is open. What moves later went back, came late, or belongs to
a charge that settlement raised late; nothing else asks whether the cycle is closed.
"""

from billing_debits.domain.charge import Charge, Step
from payops_contracts.charges import AttemptStatus, ChargeStatus

OPEN = frozenset({ChargeStatus.PENDING, ChargeStatus.SUBMITTED, ChargeStatus.TEMP_REJECTED})
"""Statuses of charges whose debits are open: they bar the closing of their cycle."""
LATE_MONTHS = 2
"""A charge is raised late from the first day of the second month after its cycle's."""


def moved_afterwards(charge: Charge) -> int:
    """What the last step collected, below zero what went back, if that may be after its closing."""
    step = charge.step
    if step is None or charge.raised.cycle is None:
        return 0
    moved = (step.row.collected_minor or 0) - (step.row.reversed_minor or 0)
    return moved if moved and _may_be_after(charge, step, charge.raised.cycle) else 0


def _may_be_after(charge: Charge, step: Step, cycle: str) -> bool:
    before = step.status_before
    if before is not None and before not in OPEN:
        return True
    went_back = any(each.status is AttemptStatus.REVERSED for each in charge.attempts)
    return went_back or _raised_late(charge, cycle)


def _raised_late(charge: Charge, cycle: str) -> bool:
    created = charge.raised.created_at
    months = (created.year - int(cycle[:4])) * 12 + created.month - int(cycle[4:6])
    return months >= LATE_MONTHS

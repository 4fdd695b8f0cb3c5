"""What a step of a billing cycle says to the world: the settlement feed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from billing_debits.domain.collecting import SOURCE
from billing_debits.domain.cycles import BillingCycle, Booked, CycleRow, CycleStep
from payops_contracts.cycles import CycleHistoryEvent, CycleStatus
from payops_contracts.envelope import domain_event
from payops_contracts.topics import BILLING_CYCLES
from payops_kernel.ports import OutgoingMessage, event_message


def cycle_messages(cycle: BillingCycle) -> Sequence[OutgoingMessage]:
    """The last step's event on the settlement feed: the state after it, and what changed."""
    step = cycle.step
    if step is None:
        return ()
    event = domain_event(
        event_type=f"payops.billing-cycle.{_cycle_type(step)}.v1",
        source=SOURCE,
        subject=cycle.code,
        version=cycle.version,
        time=step.row.at,
        data=_cycle_state(cycle, step),
        causationid=step.row.event_id,
        correlationid=step.correlation_id,
        traceparent=step.traceparent,
    )
    return (event_message(BILLING_CYCLES.name, event),)


def restated_cycle(cycle: BillingCycle, at: datetime, restoration: str) -> OutgoingMessage:
    """The state as it is, under a version that nobody has seen: nothing happened to the cycle."""
    row = CycleRow(
        at, CycleHistoryEvent.RESTORED.value, cycle.status, SOURCE, f"restored:{restoration}",
        applied=False, note="Said again after its database was restored from a backup.",
    )  # fmt: skip
    cycle.step = CycleStep(row, cycle.status, None, None)
    (message,) = cycle_messages(cycle)
    return message


def _cycle_type(step: CycleStep) -> str:
    row, before = step.row, step.status_before
    if before is None:
        return "opened"
    if row.event == CycleHistoryEvent.ADJUSTED:
        return "adjusted"
    if row.status is before:
        return "noted"
    if row.event == CycleHistoryEvent.REOPENED:
        return "reopened"
    return "closed" if row.status is CycleStatus.CLOSED else "ended"


def _cycle_state(cycle: BillingCycle, step: CycleStep) -> dict[str, Any]:
    closing, row, moved = cycle.closing, step.row, step.adjustment
    return {
        "billing_cycle_code": cycle.code,
        "status": cycle.status,
        "opened_at": cycle.opened_at,
        "ended_at": cycle.ended_at,
        "closed_at": None if closing is None else closing.at,
        "told_at": cycle.told_at,
        "told": [each._asdict() for each in cycle.told],
        "totals": [] if closing is None else [each._asdict() for each in closing.totals],
        "adjustments": _booked(cycle.adjusted),
        "adjusted_elsewhere": _booked(cycle.adjusted_elsewhere),
        "change": {
            "event": row.event,
            "occurred_at": row.at,
            "status_before": step.status_before,
            "applied": row.applied,
            "note": row.note,
            "cause_source": row.source,
            "cause_id": row.event_id,
            "actor": row.actor,
            "reason": row.reason,
            "charge_id": moved and moved.charge_id,
            "debit_id": moved and moved.debit_id,
            "currency": moved and moved.currency,
            "adjusted_minor": moved and moved.adjusted_minor,
            "closed_cycle_code": moved and moved.closed_code,
            "open_cycle_code": moved and moved.open_code,
        },
    }


def _booked(booked: dict[str, Booked]) -> list[dict[str, Any]]:
    return [
        {"currency": currency, "adjustments": count, "adjusted_minor": minor}
        for currency, (count, minor) in sorted(booked.items())
    ]

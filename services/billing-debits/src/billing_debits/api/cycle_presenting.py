"""Stored billing cycles as they go over the wire."""

from collections.abc import Mapping, Sequence
from typing import Any

from billing_debits.api.cycle_list import ADJUSTMENT_LIST, CYCLE_LIST, FINDING_LIST
from billing_debits.domain.cycles import BillingCycle, CycleRow, check_closable
from billing_debits.domain.errors import CycleRefused
from billing_debits.store.cycle_reads import FoundOfCycle
from billing_debits.use_cases.settle_cycles import OpenCharges
from payops_contracts.cycles import CycleFinding
from payops_contracts.labels import CYCLE_EVENT, CYCLE_FINDING, CYCLE_STATUS, label

Stored = dict[str, Any]


def cycle_detail(cycle: BillingCycle, found: FoundOfCycle) -> Stored:
    """A ``CycleDetail``."""
    closing, opened = cycle.closing, found.opened
    return {
        "overview": {
            "billing_cycle_code": cycle.code,
            "status": cycle.status,
            "status_label": CYCLE_STATUS[cycle.status],
            "opened_at": cycle.opened_at,
            "ended_at": cycle.ended_at,
            "told_at": cycle.told_at,
            "closed_at": None if closing is None else closing.at,
            "closed_by": None if closing is None else closing.actor,
        },
        "totals": [CYCLE_LIST.present(row) for row in found.rows if row.get("currency")],
        "adjustments": [ADJUSTMENT_LIST.present(row) for row in found.adjustments],
        "open_debits": {"count": opened.number, "charge_ids": list(opened.first)},
        "actions": _actions(cycle, opened),
        "history": [_history_row(row) for row in reversed(cycle.history)],
        "version": cycle.version,
    }


def reconciliation(
    cycle: BillingCycle,
    rows: Sequence[Stored],
    counts: Mapping[str, int],
    findings: Sequence[Stored],
) -> Stored:
    """A ``Reconciliation``."""
    return {
        "billing_cycle_code": cycle.code,
        "told_at": cycle.told_at,
        "control": [_control(cycle, row) for row in rows if row.get("currency")],
        "counts": [
            {"finding": each, "finding_label": CYCLE_FINDING[each], "count": counts.get(each, 0)}
            for each in CycleFinding
        ],
        "findings": [FINDING_LIST.present(row) for row in findings],
    }


def _control(cycle: BillingCycle, row: Stored) -> Stored:
    told = cycle.told_at is not None
    charges, charged = row.get("told_charges"), row.get("told_charged_minor")
    tax = row.get("told_tax_minor")
    by_charges = (charges or 0) - row["charges"] if told else None
    by_tax = None if tax is None else tax - row["tax_minor"]
    difference = row.get("difference_minor")
    return {
        "currency": row["currency"],
        "charges": row["charges"],
        "told_charges": charges,
        "charges_difference": by_charges,
        "charged_minor": row["charged_minor"],
        "told_charged_minor": charged,
        "difference_minor": difference,
        "tax_minor": row["tax_minor"],
        "told_tax_minor": tax,
        "tax_difference_minor": by_tax,
        "agrees": not (by_charges or difference or by_tax) if told else None,
    }


def _actions(cycle: BillingCycle, opened: OpenCharges) -> Stored:
    try:
        check_closable(cycle, opened.first, opened.number)
    except CycleRefused as refusal:
        why: str | None = str(refusal)
    else:
        why = None
    reopen = None if cycle.closed else "It is not closed."
    return {
        "close": {"allowed": why is None, "reason": why},
        "reopen": {"allowed": reopen is None, "reason": reopen},
    }


def _history_row(row: CycleRow) -> Stored:
    return {
        "at": row.at,
        "event": row.event,
        "event_label": label(CYCLE_EVENT, row.event),
        "status": row.status,
        "status_label": CYCLE_STATUS[row.status],
        "applied": row.applied,
        "note": row.note,
        "actor": row.actor,
        "reason": row.reason,
        "cause": row.source,
    }

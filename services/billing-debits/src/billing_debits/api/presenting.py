"""Stored charges as they go over the wire."""

from typing import Any

from billing_debits.api.charge_list import retries
from billing_debits.api.exception_list import ExceptionState, exception_actions, waiting_since
from billing_debits.domain.attempts import Attempt
from billing_debits.domain.charge import Charge, HistoryRow
from billing_debits.domain.exceptions import DebitException
from billing_debits.domain.rails import RAILS
from payops_contracts.charges import ChargeStatus
from payops_contracts.labels import (
    ATTEMPT_STATUS,
    CHARGE_EVENT,
    CHARGE_EXCEPTION,
    CHARGE_STATUS,
    CHARGE_TYPE,
    RAIL,
    label,
)
from payops_contracts.money import format_money

Stored = dict[str, Any]

OVER = frozenset({ChargeStatus.PERMANENT_REJECTED, ChargeStatus.WITHDRAWN, ChargeStatus.REVERSED})
"""No retry follows, whatever the policy would have left."""


def charge_detail(charge: Charge) -> Stored:
    """A ``ChargeDetail``."""
    raised = charge.raised
    return {
        "overview": {
            "charge_id": charge.id,
            "created_at": raised.created_at,
            "status": charge.status,
            "status_label": CHARGE_STATUS[charge.status],
            "type": raised.type,
            "type_label": CHARGE_TYPE[raised.type],
            "billing_code": raised.billing_code,
            "billing_cycle_code": raised.cycle,
            "batch_code": charge.batches[-1] if charge.batches else None,
            "batch_codes": charge.batches,
            "description": raised.description,
            "failed_reason": charge.failed_reason,
        },
        "member": _member(charge),
        "money": {
            "amount_minor": raised.amount_minor,
            "amount": format_money(raised.amount_minor, raised.currency),
            "currency": raised.currency,
            "rail": raised.rail,
            "rail_label": RAIL[raised.rail],
            "net_minor": raised.net_minor,
            "tax_minor": raised.tax_minor,
            "collected_minor": charge.collected_minor,
            "outstanding_minor": charge.outstanding_minor,
            "owed_back_minor": charge.owed_back_minor,
        },
        "retries": {
            "retry_count": _retries(charge),
            "retries_left": 0 if charge.status in OVER else charge.retries_max - charge.retry_count,
            "retry_due_at": charge.retry_due_at,
            "next_retry_at": _next_retry(charge),
            "withdrawal_pending": charge.withdrawal_pending,
        },
        "decision": _decision(charge),
        "attempts": [attempt_out(each) for each in charge.attempts],
        "tax_lines": [line._asdict() | {"net_minor": line.net_minor} for line in raised.tax],
        "consumption": [it._asdict() for it in raised.consumption],
        "exceptions": [_exception(charge, each) for each in charge.exceptions],
        "history": [_history_row(row) for row in reversed(charge.history)],
        "version": charge.version,
    }


def attempt_detail(charge: Charge, attempt: Attempt) -> Stored:
    """An ``AttemptDetail``."""
    raised = charge.raised
    last = attempt is charge.attempts[-1]
    shown = charge.retry_count if attempt.retry_count is None else attempt.retry_count
    return {
        "attempt": attempt_out(attempt),
        "charge_id": charge.id,
        "member": _member(charge),
        "billing_code": raised.billing_code,
        "description": raised.description,
        "amount_minor": raised.amount_minor,
        "amount": format_money(raised.amount_minor, raised.currency),
        "currency": raised.currency,
        "retry_count": f"{shown} of {charge.retries_max}",
        "next_retry_at": _next_retry(charge) if last else None,
        "moves": [
            _history_row(row)
            for row in reversed(charge.history)
            if row.debit_id == attempt.debit_id
        ],
    }


def exception_detail(charge: Charge, exception: DebitException) -> Stored:
    """An ``ExceptionDetail``."""
    attempt = charge.attempt(exception.debit_id)
    currency = charge.raised.currency
    return _exception(charge, exception) | {
        "amount": format_money(exception.amount_minor, currency),
        "currency": currency,
        "charge_id": charge.id,
        "charge_status": charge.status,
        "charge_status_label": CHARGE_STATUS[charge.status],
        "batch_code": None if attempt is None else attempt.batch,
        "member": _member(charge),
        "moves": [
            _history_row(row)
            for row in reversed(charge.history)
            if row.debit_id == exception.debit_id
        ],
        "version": charge.version,
    }


def _retries(charge: Charge) -> str:
    return retries({"retry_count": charge.retry_count, "retries_max": charge.retries_max})


def _next_retry(charge: Charge) -> Any:
    planned = charge.retry_due_at is not None and charge.decision is not None
    return charge.decision.next_at if planned and charge.decision else None


def _member(charge: Charge) -> Stored:
    payer = charge.raised.payer
    return {
        "mpass_number": charge.raised.mpass_number,
        "user_id": payer.id,
        "user_name": payer.name,
        "user_email": payer.email,
        "user_phone": payer.phone,
    }


def _decision(charge: Charge) -> Stored | None:
    decision = charge.decision
    if decision is None:
        return None
    failure = decision.outcome.failure
    return {
        "at": decision.at,
        "debit_id": decision.debit_id,
        "policy": decision.policy,
        "policy_version": decision.policy_version,
        "retry": decision.retry,
        "retries_max": decision.retries_max,
        "due_at": decision.due_at,
        "why_not": decision.why_not,
        "code": None if failure is None else failure.code,
        "unknown_code": decision.unknown_code,
        "rail_source": RAILS[charge.raised.rail].source,
    }


def attempt_out(attempt: Attempt) -> Stored:
    """An ``AttemptOut``."""
    failure = attempt.failure
    return {
        "debit_id": attempt.debit_id,
        "number": attempt.number,
        "status": attempt.status,
        "status_label": ATTEMPT_STATUS[attempt.status],
        "submitted_at": attempt.submitted_at,
        "resolved_at": attempt.resolved_at,
        "batch_code": attempt.batch,
        "initial": attempt.initial,
        "asked": attempt.asked,
        "failure": None if failure is None else failure._asdict(),
    }


def _exception(charge: Charge, each: DebitException) -> Stored:
    said = {
        "state": ExceptionState.OPEN if each.open else ExceptionState.RESOLVED,
        "owner": each.owner,
        "opened_at": each.opened_at,
    }
    return said | {
        "exception_id": each.id_of(charge.id),
        "kind": each.kind,
        "kind_label": CHARGE_EXCEPTION[each.kind],
        "waiting_since": waiting_since(said),
        "debit_id": each.debit_id,
        "amount_minor": each.amount_minor,
        "resolved_at": each.resolved_at,
        "resolved_by": each.resolved_by,
        "resolution": each.resolution,
        "actions": exception_actions(said),
    }


def _history_row(row: HistoryRow) -> Stored:
    return {
        "at": row.at,
        "event": row.event,
        "event_label": label(CHARGE_EVENT, row.event),
        "status": row.status,
        "status_label": CHARGE_STATUS[row.status],
        "applied": row.applied,
        "debit_id": row.debit_id,
        "collected_minor": row.collected_minor,
        "reversed_minor": row.reversed_minor,
        "actor": row.actor,
        "cause": row.source,
        "note": row.note or row.detail,
    }

"""What a step of a charge says to the world: its event, and what the processor is asked to do."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from billing_debits.domain.attempts import Attempt
from billing_debits.domain.charge import Charge, HistoryRow, Step
from billing_debits.domain.collecting import ASKS_PROCESSOR, SOURCE
from payops_contracts.charges import ChargeHistoryEvent, ChargeStatus
from payops_contracts.envelope import domain_event
from payops_contracts.topics import CHARGES, DEBIT_COMMANDS
from payops_kernel.ports import OutgoingMessage, event_message

_TYPES = {
    ChargeStatus.SUBMITTED: "submitted",
    ChargeStatus.FINALIZED: "finalized",
    ChargeStatus.TEMP_REJECTED: "temp-rejected",
    ChargeStatus.PERMANENT_REJECTED: "permanent-rejected",
    ChargeStatus.WITHDRAWN: "withdrawn",
    ChargeStatus.REVERSED: "reversed",
}
"""By the status that a step leads to; Pending is only ever raised."""
_RAISED, _NOTED = "raised", "noted"


def step_messages(charge: Charge) -> Iterable[OutgoingMessage]:
    """The last step's event, and the command to the processor when it asks for a debit."""
    step = charge.step
    if step is None:
        return ()
    event = step_message(charge, step)
    if step.row.event not in ASKS_PROCESSOR:
        return (event,)
    attempt = charge.attempt(step.row.debit_id)
    return (event,) if attempt is None else (event, debit_command(charge, attempt))


def step_message(charge: Charge, step: Step) -> OutgoingMessage:
    """The event of one step: the state after it, and what changed."""
    row = step.row
    event = domain_event(
        event_type=f"payops.charge.{_type(step)}.v1",
        source=SOURCE,
        subject=charge.id,
        version=charge.version,
        time=row.at,
        data=_state(charge, step),
        causationid=row.event_id,
        correlationid=step.correlation_id,
        traceparent=step.traceparent,
    )
    return event_message(CHARGES.name, event)


def _type(step: Step) -> str:
    if step.status_before is None:
        return _RAISED
    if step.row.status is step.status_before:
        return _NOTED
    return _TYPES.get(step.row.status, _NOTED)


def restated_message(charge: Charge, at: datetime, restoration: str) -> OutgoingMessage:
    """The state as it is, under a version that nobody has seen: nothing happened to the charge."""
    row = HistoryRow(
        at, ChargeHistoryEvent.RESTORED.value, charge.status, SOURCE, f"restored:{restoration}",
        applied=False, note="Said again after its database was restored from a backup.",
    )  # fmt: skip
    return step_message(charge, Step(row, charge.status, None, None))


def debit_command(charge: Charge, attempt: Attempt) -> OutgoingMessage:
    """What the processor is asked to do; the same key in every repetition."""
    raised = charge.raised
    event = domain_event(
        event_type="payops.debit.requested.v1",
        source=SOURCE,
        subject=charge.id,
        version=charge.version,
        time=charge.history[-1].at,
        data={
            "charge_id": charge.id,
            "debit_id": attempt.debit_id,
            "idempotency_key": attempt.key,
            "amount_minor": raised.amount_minor,
            "currency": raised.currency,
            "rail": raised.rail,
            "mpass_number": raised.mpass_number,
            "user_id": raised.payer.id,
            "description": raised.description,
            "batch_code": attempt.batch,
            "asked": attempt.asked,
            "processor_retries": "none",
        },
        traceparent=None if charge.step is None else charge.step.traceparent,
    )
    return event_message(DEBIT_COMMANDS.name, event)


def _state(charge: Charge, step: Step) -> dict[str, Any]:
    raised, decision, stand = charge.raised, charge.decision, charge.standing()
    planned = stand.retry_due_at
    payer = raised.payer
    return {
        "charge_id": charge.id,
        "created_at": raised.created_at,
        "mpass_number": raised.mpass_number,
        "user": {
            "id": payer.id, "name": payer.name, "email": payer.email, "phone": payer.phone
        },
        "billing_code": raised.billing_code,
        "billing_cycle_code": raised.cycle,
        "type": raised.type,
        "amount_minor": raised.amount_minor,
        "currency": raised.currency,
        "rail": raised.rail,
        "net_minor": raised.net_minor,
        "tax_minor": raised.tax_minor,
        "description": raised.description,
        "status": stand.status,
        "failed_reason": stand.failed_reason,
        "retry_count": stand.retry_count,
        "retries_max": charge.retries_max,
        "retry_due_at": planned,
        "next_retry_at": None if planned is None or decision is None else decision.next_at,
        "batch_code": charge.batches[-1] if charge.batches else None,
        "withdrawal_pending": charge.withdrawal_pending,
        "settled_otherwise": charge.settled_otherwise,
        "collected_minor": charge.collected_minor,
        "attempts": [_attempt(each) for each in charge.attempts],
        "exceptions": [each.kind for each in charge.open_exceptions],
        "change": _change(step),
    }  # fmt: skip


def _attempt(attempt: Attempt) -> dict[str, Any]:
    failure = attempt.failure
    return {
        "debit_id": attempt.debit_id,
        "number": attempt.number,
        "status": attempt.status,
        "submitted_at": attempt.submitted_at,
        "resolved_at": attempt.resolved_at,
        "batch_code": attempt.batch,
        "initial": attempt.initial,
        "failure": failure and {"code": failure.code, "message": failure.message},
    }


def _change(step: Step) -> dict[str, Any]:
    row = step.row
    return {
        "event": row.event,
        "occurred_at": row.at,
        "status_before": step.status_before,
        "applied": row.applied,
        "note": row.note,
        "cause_source": row.source,
        "cause_id": row.event_id,
        "debit_id": row.debit_id,
        "collected_minor": row.collected_minor,
        "reversed_minor": row.reversed_minor,
    }

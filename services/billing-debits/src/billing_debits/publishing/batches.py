"""What a step of a batch says to the world: its event, and its submission to the processor."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from billing_debits.domain.batch import SOURCE, Batch, BatchRow, BatchStep, Progress, Told, Total
from payops_contracts.debit_batches import BatchHistoryEvent, BatchStatus
from payops_contracts.envelope import domain_event
from payops_contracts.topics import DEBIT_BATCHES, DEBIT_COMMANDS
from payops_kernel.ports import OutgoingMessage, event_message

_TYPES = {
    BatchStatus.SEALED: "sealed",
    BatchStatus.SUBMITTED: "submitted",
    BatchStatus.PROCESSED: "processed",
    BatchStatus.CANCELLED: "cancelled",
}
"""By the status that a step leads to."""
_DRAFTED, _NOTED = "drafted", "noted"


def batch_messages(batch: Batch) -> Iterable[OutgoingMessage]:
    """The last step's event; behind it, once all was asked for, the submission of the whole."""
    step = batch.step
    if step is None:
        return ()
    event = batch_message(batch, step)
    if step.row.event != BatchHistoryEvent.SUBMITTED.value:
        return (event,)
    return (event, submission(batch))


def batch_message(batch: Batch, step: BatchStep) -> OutgoingMessage:
    """The event of one step: the state after it, and what changed."""
    row = step.row
    event = domain_event(
        event_type=f"payops.debit-batch.{_type(step)}.v1",
        source=SOURCE,
        subject=batch.code,
        version=batch.version,
        time=row.at,
        data=_state(batch, step),
        causationid=row.event_id,
        traceparent=step.traceparent,
    )
    return event_message(DEBIT_BATCHES.name, event)


def restated_batch(batch: Batch, at: datetime, restoration: str) -> OutgoingMessage:
    """The state as it is, under a version that nobody has seen: nothing happened to the batch."""
    row = BatchRow(
        at, BatchHistoryEvent.RESTORED.value, batch.status, SOURCE, f"restored:{restoration}",
        applied=False, note="Said again after its database was restored from a backup.",
    )  # fmt: skip
    return batch_message(batch, BatchStep(row, batch.status))


def submission(batch: Batch) -> OutgoingMessage:
    """That all debits of the batch were asked for, with the totals to compare."""
    event = domain_event(
        event_type="payops.debit-batch.requested.v1",
        source=SOURCE,
        subject=batch.code,
        version=batch.version,
        time=batch.history[-1].at,
        data={
            "batch_code": batch.code,
            "count": batch.submitted.count,
            "sum_minor": batch.submitted.total_minor,
            "currency": batch.plan.currency,
            "rail": batch.plan.rail,
            "digest": batch.digest,
            "excluded": batch.excluded_count,
        },
    )
    return event_message(DEBIT_COMMANDS.name, event)


def _type(step: BatchStep) -> str:
    if step.status_before is None:
        return _DRAFTED
    if step.row.status is step.status_before:
        return _NOTED
    return _TYPES.get(step.row.status, _NOTED)


def _state(batch: Batch, step: BatchStep) -> dict[str, Any]:
    row, sealed, submitted = step.row, batch.sealed_at, batch.submitted_at
    return {
        "batch_code": batch.code,
        "batch_number": batch.number,
        "created_at": batch.created_at,
        "status": batch.status,
        "currency": batch.plan.currency,
        "rail": batch.plan.rail,
        "origin": batch.origin,
        "created_by": batch.created_by,
        "drafted": total_body(batch.plan.drafted),
        "sealed": None if sealed is None else total_body(batch.sealed),
        "submitted": None if submitted is None else total_body(batch.submitted),
        "digest": None if sealed is None else batch.digest,
        "sealed_at": sealed,
        "submitted_at": submitted,
        "acknowledged": answer_body(batch, batch.acknowledged),
        "processed": answer_body(batch, batch.processed),
        "progress": progress_body(batch.progress),
        "change": {
            "event": row.event,
            "occurred_at": row.at,
            "status_before": step.status_before,
            "applied": row.applied,
            "note": row.note,
            "cause_source": row.source,
            "cause_id": row.event_id,
        },
    }


def total_body(total: Total) -> dict[str, Any]:
    """A ``BatchTotal``."""
    return asdict(total) | {"total_minor": total.total_minor}


def answer_body(batch: Batch, told: Told | None) -> dict[str, Any] | None:
    """A ``BatchAnswer``."""
    return None if told is None else asdict(told) | {"agrees": batch.agrees(told)}


def progress_body(progress: Progress) -> dict[str, Any]:
    """A ``BatchProgress``."""
    return progress._asdict() | {"resolved": progress.resolved}

"""Batches as they go over the wire."""

from dataclasses import asdict
from typing import Any

from billing_debits.api.batch_stages import stages
from billing_debits.domain.batch import (
    Batch,
    BatchRow,
    Told,
    Total,
    not_cancellable,
    not_submittable,
)
from billing_debits.domain.success import percent, success_rate, value_rate
from billing_debits.use_cases.build_batches import PreviewedBatches
from payops_contracts.labels import BATCH_EVENT, BATCH_ORIGIN, BATCH_STATUS, RAIL, label
from payops_contracts.money import Money
from payops_kernel.bulk.action import NAMED_MAX

Stored = dict[str, Any]


def preview_body(previewed: PreviewedBatches) -> Stored:
    """A ``BatchPreview``."""
    preview_id, preview, batches = (
        previewed.preview_id, previewed.preview, previewed.batches
    )  # fmt: skip
    return {
        "preview_id": preview_id,
        "chosen": preview.chosen,
        "count": len(preview.rows),
        "batches": [
            _total(each.plan.drafted)
            | {
                "currency": each.plan.currency,
                "rail": each.plan.rail,
                "amount": str(Money(each.plan.drafted.total_minor, each.plan.currency)),
            }
            for each in batches
        ],
        "rows": [
            {"key": key, "currency": None, "amount_minor": None, "amount": None}
            if money is None
            else {"key": key} | _money(money)
            for key, money in preview.rows[:NAMED_MAX]
        ],
        "sums": [_money(each) for each in preview.sums],
        "refused": [
            {"reason": reason, "count": count, "keys": list(preview.named.get(reason, ()))}
            for reason, count in sorted(preview.refused.items())
        ],
    }


def batch_detail(batch: Batch) -> Stored:
    """A ``BatchDetail``."""
    plan, progress = batch.plan, batch.progress
    points, value = (
        success_rate(progress), value_rate(progress, batch.submitted.total_minor)
    )  # fmt: skip
    return {
        "batch_code": batch.code,
        "batch_id": batch.number,
        "created_at": batch.created_at,
        "status": batch.status,
        "status_label": BATCH_STATUS[batch.status],
        "currency": plan.currency,
        "rail": plan.rail,
        "rail_label": RAIL[plan.rail],
        "origin": batch.origin,
        "origin_label": BATCH_ORIGIN[batch.origin],
        "created_by": batch.created_by,
        "submit_when_sealed": batch.submit_when_sealed,
        "drafted": _total(plan.drafted),
        "sealed": None if batch.sealed_at is None else _total(batch.sealed),
        "submitted": None if batch.submitted_at is None else _total(batch.submitted),
        "stages": stages(batch),
        "taken_in": batch.sealed.count,
        "digest": None if batch.sealed_at is None else batch.digest,
        "left_out": [
            {"reason": reason, "count": count} for reason, count in sorted(batch.left_out.items())
        ],
        "excluded": [each._asdict() for each in batch.excluded],
        "excluded_count": batch.excluded_count,
        "excluded_minor": batch.excluded_minor,
        "sealed_at": batch.sealed_at,
        "submitted_at": batch.submitted_at,
        "cancelled_at": batch.cancelled_at,
        "unanswered_since": batch.unanswered_since,
        "acknowledged": _told(batch, batch.acknowledged),
        "processed": _told(batch, batch.processed),
        "progress": progress._asdict() | {"resolved": progress.resolved},
        "resolved": f"{progress.resolved} of {progress.submitted}" if progress.submitted else None,
        "success_rate": percent(points),
        "success_points": points,
        "success_by_value": percent(value),
        "value_points": value,
        "actions": {
            "submit": _doable(not_submittable(batch)),
            "cancel": _doable(not_cancellable(batch)),
        },
        "history": [_row(row) for row in reversed(batch.history)],
        "version": batch.version,
    }


def _doable(refusal: str | None) -> Stored:
    return {"allowed": refusal is None, "reason": refusal}


def _total(total: Total) -> Stored:
    return asdict(total) | {"total_minor": total.total_minor}


def _told(batch: Batch, told: Told | None) -> Stored | None:
    return None if told is None else asdict(told) | {"agrees": batch.agrees(told)}


def _money(money: Money) -> Stored:
    return money._asdict() | {"amount": str(money)}


def _row(row: BatchRow) -> Stored:
    return {
        "at": row.at,
        "event": row.event,
        "event_label": label(BATCH_EVENT, row.event),
        "status": row.status,
        "status_label": BATCH_STATUS[row.status],
        "applied": row.applied,
        "actor": row.actor,
        "cause": row.source,
        "note": row.note or row.detail,
    }

"""The words that golden examples of debit batches are written with."""

from typing import Any

from payops_contracts.generate.values import OMIT

BATCH = "MB-251030-0636"

_OF_A_BATCH: dict[str, Any] = {
    "subject": BATCH,
    "partitionkey": BATCH,
    "batch_code": BATCH,
}
_TOTALS: dict[str, Any] = {
    "count": 2,
    "unpaid_minor": 3230,
    "spending_limit_minor": 1500,
    "total_minor": 4730,
    "sum_minor": 4730,
    "agrees": True,
}
_NONE_YET: dict[str, Any] = {
    f"progress.{name}": 0
    for name in (
        "submitted", "resolved", "succeeded", "succeeded_minor", "failed", "unknown", "reversed",
        "reversed_minor",
    )
} | {"first_result_at": OMIT, "last_result_at": OMIT}  # fmt: skip
_SOME: dict[str, Any] = {
    "progress.submitted": 2,
    "progress.resolved": 2,
    "progress.succeeded": 1,
    "progress.succeeded_minor": 3230,
    "progress.failed": 1,
    "progress.unknown": 0,
    "progress.reversed": 0,
    "progress.reversed_minor": 0,
    "first_result_at": "2025-10-30T06:41:12.000Z",
    "last_result_at": "2025-10-30T06:44:03.000Z",
}
_STAGES = ("sealed", "submitted", "acknowledged", "processed")
_INSTANTS = ("sealed_at", "submitted_at")


def _story(event: str, status: str, before: str | None, stages: int, **more: Any) -> dict[str, Any]:
    """A batch that has come through so many stages."""
    missing = [f"data.{stage}" for stage in _STAGES[stages:]]
    missing += [f"data.{instant}" for instant in _INSTANTS[stages:]]
    return (
        _OF_A_BATCH
        | _TOTALS
        | (_SOME if stages > 1 else _NONE_YET)
        | dict.fromkeys(missing, OMIT)
        | {
            "source": "/payops/billing-debits",
            "cause_source": "/payops/billing-debits",
            "cause_id": f"{BATCH}:{event}:2",
            "batch_number": 4711,
            "created_at": "2025-10-30T06:36:00.000Z",
            "sealed_at": "2025-10-30T06:36:01.000Z",
            "submitted_at": "2025-10-30T06:36:04.000Z",
            "at": "2025-10-30T06:45:00.000Z",
            "digest": "9f2c4e7a1d",
            "created_by": "local:operator",
            "data.origin": "OPERATOR",
            "data.status": status,
            "status_before": before,
            "change.event": event,
            "applied": True,
            "change.note": OMIT,
        }
        | ({"digest": OMIT} if not stages else {})
        | more
    )


BATCH_VALUES: dict[str, dict[str, Any]] = {
    "payops.debit-batch.drafted.v1": _story("batch_drafted", "DRAFT", None, 0),
    "payops.debit-batch.sealed.v1": _story("batch_sealed", "SEALED", "SEALING", 1),
    "payops.debit-batch.submitted.v1": _story("batch_submitted", "SUBMITTED", "SUBMITTING", 2),
    "payops.debit-batch.processed.v1": _story("batch_processed", "PROCESSED", "SUBMITTED", 4),
    "payops.debit-batch.cancelled.v1": _story("batch_cancelled", "CANCELLED", "SEALED", 1),
    "payops.debit-batch.noted.v1": _story("batch_progressed", "SUBMITTED", "SUBMITTED", 2)
    | {
        "change.event": "batch_processed",
        "applied": False,
        "change.note": "ignored: it was said before",
    },
    "payops.debit-batch.requested.v1": _OF_A_BATCH | _TOTALS | {"digest": "9f2c4e7a1d"},
    "upstream.batch.acknowledged.v1": _OF_A_BATCH | _TOTALS,
    "upstream.batch.processed.v1": _OF_A_BATCH | _TOTALS,
}

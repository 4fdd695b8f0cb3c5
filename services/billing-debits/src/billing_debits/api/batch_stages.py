"""Control totals of a batch: what it holds at every stage, and what differs."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from billing_debits.domain.batch import Batch, Told, Total
from payops_contracts.debit_batches import BatchStage
from payops_contracts.money import Money

Stored = dict[str, Any]


def stages(batch: Batch) -> list[Stored]:
    """``StageOut`` of each stage that it has come to."""
    return list(_stages(batch))


def _stages(batch: Batch) -> Iterator[Stored]:
    currency, drafted, progress = batch.plan.currency, batch.plan.drafted, batch.progress
    yield _totals(BatchStage.DRAFTED, batch.created_at, drafted, None, currency)
    if batch.sealed_at is not None:
        yield _totals(BatchStage.SEALED, batch.sealed_at, batch.sealed, drafted, currency)
    if batch.submitted_at is None:
        return
    submitted = batch.submitted
    yield _totals(BatchStage.SUBMITTED, batch.submitted_at, submitted, batch.sealed, currency)
    told = ((BatchStage.ACKNOWLEDGED, batch.acknowledged), (BatchStage.PROCESSED, batch.processed))
    for stage, said in told:
        if said is not None:
            yield _told(stage, said, submitted, currency)
    last = progress.last_result_at
    open_minor = None if progress.resolved < progress.submitted else submitted.total_minor
    yield _row(BatchStage.RESOLVED, last, progress.resolved, open_minor)
    yield _row(BatchStage.SUCCEEDED, last, progress.succeeded, progress.succeeded_minor)


def _totals(
    stage: BatchStage, at: datetime, total: Total, before: Total | None, currency: str
) -> Stored:
    row = _row(stage, at, total.count, total.total_minor) | {
        "unpaid_minor": total.unpaid_minor,
        "spending_limit_minor": total.spending_limit_minor,
    }
    if before is None:
        return row
    less = (before.count - total.count, before.total_minor - total.total_minor)
    return row | _differing(*less, currency)


def _told(stage: BatchStage, said: Told, submitted: Total, currency: str) -> Stored:
    less = (submitted.count - said.count, submitted.total_minor - said.sum_minor)
    return _row(stage, said.at, said.count, said.sum_minor) | _differing(*less, currency)


def _row(stage: BatchStage, at: datetime | None, count: int, total_minor: int | None) -> Stored:
    return {
        "stage": stage,
        "at": at,
        "count": count,
        "unpaid_minor": None,
        "spending_limit_minor": None,
        "total_minor": total_minor,
        "less_count": None,
        "less_minor": None,
        "difference": None,
    }


def _differing(count: int, minor: int, currency: str) -> Stored:
    said = None
    if count or minor:
        way = "less" if (count, minor) > (0, 0) else "more"
        said = f"{abs(count)} charges, {Money(abs(minor), currency)} {way}"
    return {"less_count": count, "less_minor": minor, "difference": said}

"""Bulk refunds' candidates, and the job that does the rows."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from payops_kernel.jobs.actors import actor_of
from payops_kernel.jobs.job import Job, job_body
from payops_kernel.jobs.row_store import JobRow, PlannedRow, RowOutcome
from payops_kernel.jobs.runner import JobRunner
from payops_kernel.lists.chosen import Chosen
from payops_kernel.mongo import Collections, Document, IndexModel
from payops_kernel.ports import CommandContext, Work
from transactions.domain.bulk_refunds import Candidate
from transactions.store.bulk_previews import EXPIRY, MongoPreviews
from transactions.store.transactions import TransactionStore
from transactions.use_cases.bulk_refund import KIND
from transactions.use_cases.request_refund import RefundRequest, RequestRefund

PREVIEWS = "bulk_refund_previews"
PLAN_BATCH = 1_000

INDEXES: dict[str, list[IndexModel]] = {PREVIEWS: [EXPIRY]}
_FIELDS = dict.fromkeys(
    (
        "status",
        "provider",
        "method",
        "currency",
        "amount_minor",
        "total_refunded_minor",
        "lost_minor",
        "in_flight_minor",
        "open_disputes",
    ),
    1,
)


class MongoBulkRefunds(MongoPreviews):
    """Satisfies ``BulkRefundStore``."""

    indexes = INDEXES | TransactionStore.indexes

    def __init__(self, db: Collections, runner: JobRunner) -> None:
        super().__init__(db, PREVIEWS, "brp")
        self._runner = runner

    async def candidates(self, chosen: Chosen, limit: int) -> list[Candidate]:
        """By filter in the list's order, or by ids."""
        return [_candidate(row) for row in await self.chosen(chosen, limit, _FIELDS)]

    def submit(self, work: Work, request: dict[str, Any], total: int) -> dict[str, Any]:
        """A queued job, in the transaction of its confirmation."""
        return job_body(self._runner.submit(work, KIND, request, total=total))


class RefundRows:
    """Satisfies ``RowHandler``: each row requests the amount that the preview promised."""

    def __init__(self, request_refund: RequestRefund) -> None:
        self._request_refund = request_refund

    async def plan(self, job: Job) -> AsyncIterator[Sequence[PlannedRow]]:
        """The confirmed rows, in their order."""
        rows = job.request["rows"]
        for start in range(0, len(rows), PLAN_BATCH):
            yield [
                PlannedRow(key, {"amount_minor": amount})
                for key, amount in rows[start : start + PLAN_BATCH]
            ]

    def context(self, row: JobRow) -> CommandContext:
        """Whoever confirmed the job, for their reason."""
        request = row.job.request
        return CommandContext(
            actor_of(request),
            reason=request["reason"],
            comment=request["comment"],
            traceparent=request.get("traceparent"),
            row_key=row.idempotency_key,
        )

    async def do(self, work: Work, row: JobRow) -> RowOutcome:
        """One refund."""
        asked, amount_minor = work.context, row.payload["amount_minor"]
        wanted = RefundRequest(row.key, amount_minor, None, asked.reason or "", asked.comment)
        made = (await self._request_refund(work, wanted)).body
        return RowOutcome(data={name: made[name] for name in ("refund_id", "amount_minor")})


def _candidate(row: Document) -> Candidate:
    return Candidate(
        transaction_id=row["_id"],
        status=row["status"],
        provider=row["provider"],
        method=row["method"],
        currency=row["currency"],
        amount_minor=int(row["amount_minor"]),
        refunded_minor=int(row["total_refunded_minor"]),
        lost_minor=int(row.get("lost_minor", 0)),
        in_flight_minor=int(row.get("in_flight_minor", 0)),
        open_disputes=row.get("open_disputes", 0),
    )

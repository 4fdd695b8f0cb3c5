"""Bulk refunds' candidates, and the job that does the rows."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from payops_kernel.commands import Commands
from payops_kernel.errors import PayOpsError
from payops_kernel.jobs.actors import actor_of
from payops_kernel.jobs.job import Job, RowState, job_body
from payops_kernel.jobs.row_store import JobRow, PlannedRow, RowOutcome
from payops_kernel.jobs.store import Jobs
from payops_kernel.lists.chosen import Chosen
from payops_kernel.mongo import Database, Document, IndexModel, Session
from payops_kernel.ports import CommandContext, Outcome
from transactions.domain.bulk_refunds import Candidate
from transactions.store.bulk_previews import EXPIRY, MongoPreviews
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

    def __init__(self, db: Database, jobs: Jobs) -> None:
        super().__init__(db, PREVIEWS, "brp")
        self._jobs = jobs

    async def candidates(self, chosen: Chosen, limit: int) -> list[Candidate]:
        """By filter in the list's order, or by ids."""
        return [_candidate(row) for row in await self.chosen(chosen, limit, _FIELDS)]

    async def submit(
        self, owner: str, request: dict[str, Any], total: int, session: Session
    ) -> dict[str, Any]:
        """A queued job, in the transaction of its confirmation."""
        job = await self._jobs.submit(KIND, owner, request, total=total, session=session)
        return job_body(job)


class RefundRows:
    """Satisfies ``ManyRowsHandler``: each row requests the amount that the preview promised."""

    def __init__(self, commands: Commands, request_refund: RequestRefund) -> None:
        self._commands = commands
        self._request_refund = request_refund

    async def plan(self, job: Job) -> AsyncIterator[Sequence[PlannedRow]]:
        """The confirmed rows, in their order."""
        rows = job.request["rows"]
        for start in range(0, len(rows), PLAN_BATCH):
            yield [
                PlannedRow(key, {"amount_minor": amount})
                for key, amount in rows[start : start + PLAN_BATCH]
            ]

    async def do(self, row: JobRow, session: Session) -> RowOutcome:
        """One refund in the row's own transaction."""
        (answer,) = await self._request([row], session)
        if isinstance(answer, PayOpsError):
            raise answer
        return _outcome(answer)

    async def do_many(self, rows: Sequence[JobRow], session: Session) -> Sequence[RowOutcome]:
        """A refund for each row, in one transaction."""
        return [_outcome(answer) for answer in await self._request(rows, session)]

    async def _request(self, rows: Sequence[JobRow], session: Session) -> list[Outcome]:
        request = rows[0].job.request
        actor, trace = actor_of(request), request.get("traceparent")
        reason, comment = request["reason"], request["comment"]
        wanted = [
            RefundRequest(row.key, row.payload["amount_minor"], None, reason, comment)
            for row in rows
        ]
        contexts = [
            CommandContext(
                actor,
                reason=reason,
                comment=comment,
                traceparent=trace,
                row_key=row.idempotency_key,
            )
            for row in rows
        ]
        return await self._commands.within_many(
            session,
            contexts,
            lambda works: self._request_refund.within(works, wanted),
        )


def _outcome(answer: Outcome) -> RowOutcome:
    if isinstance(answer, PayOpsError):
        return RowOutcome(RowState.REFUSED, answer.code, str(answer))
    made = answer.body
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

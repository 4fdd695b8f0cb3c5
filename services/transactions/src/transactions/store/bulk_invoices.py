"""Bulk downloads of invoices: who was chosen, the job that makes them, and the file of a job."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from payops_kernel.auth.principals import Principal
from payops_kernel.jobs.actors import actor_of
from payops_kernel.jobs.independent_rows import IndependentRowWork
from payops_kernel.jobs.job import Job, JobNotFound, JobState, RowState, job_body
from payops_kernel.jobs.reads import JobReads
from payops_kernel.jobs.row_store import JobRow, PlannedRow, RowOutcome
from payops_kernel.jobs.runner import JobRunner
from payops_kernel.jobs.store import Jobs
from payops_kernel.jobs.work import RunningJob
from payops_kernel.lists.chosen import Chosen
from payops_kernel.mongo import Collections, IndexModel, Mongo
from payops_kernel.ports import CommandContext, Work
from transactions.domain.issuing import InvoiceCandidate
from transactions.invoicing.archiving import invoice_archive
from transactions.store.bulk_previews import EXPIRY, MongoPreviews
from transactions.store.invoices import MongoInvoices
from transactions.store.transactions import TransactionStore
from transactions.use_cases.bulk_invoice import (
    KIND,
    InvoicesNotReady,
    JobFailed,
    NoInvoices,
    invoice_of_row,
)
from transactions.use_cases.issue_invoice import IssueInvoice

PREVIEWS = "bulk_invoice_previews"
PLAN_BATCH = 1_000
INVOICES_AT_ONCE = 2
"""Numbers are given one after another: while one is stored, the next row is looked up."""

INDEXES: dict[str, list[IndexModel]] = {PREVIEWS: [EXPIRY]}
_FIELDS = dict.fromkeys(("status", "currency", "amount_minor"), 1)


class MongoBulkInvoices(MongoPreviews):
    """Satisfies ``BulkInvoiceStore``."""

    indexes = INDEXES | TransactionStore.indexes

    def __init__(self, db: Collections, runner: JobRunner) -> None:
        super().__init__(db, PREVIEWS, "bip")
        self._runner = runner

    async def candidates(self, chosen: Chosen, limit: int) -> list[InvoiceCandidate]:
        """By filter in the list's order, or as selected."""
        return [
            InvoiceCandidate(row["_id"], row["status"], row["currency"], int(row["amount_minor"]))
            for row in await self.chosen(chosen, limit, _FIELDS)
        ]

    def submit(self, work: Work, request: dict[str, Any], total: int) -> dict[str, Any]:
        """A queued job, in the transaction of its audit record."""
        return job_body(self._runner.submit(work, KIND, request, total=total))


class InvoiceRows:
    """Satisfies ``OwnRowHandler``: each row has its invoice made, or finds it made before."""

    def __init__(self, issue: IssueInvoice) -> None:
        self._issue = issue

    async def plan(self, job: Job) -> AsyncIterator[Sequence[PlannedRow]]:
        """The chosen transactions, in their order."""
        ids = job.request["ids"]
        for start in range(0, len(ids), PLAN_BATCH):
            yield [PlannedRow(key, {}) for key in ids[start : start + PLAN_BATCH]]

    async def do(self, row: JobRow) -> RowOutcome:
        """One invoice, issued by whoever asked for the job."""
        request = row.job.request
        context = CommandContext(
            actor_of(request), traceparent=request["traceparent"], row_key=row.idempotency_key
        )
        return RowOutcome(data=await invoice_of_row(self._issue, context, row.key))


class InvoiceWork:
    """Satisfies ``JobHandler``: the rows, and where the file of them is."""

    def __init__(self, mongo: Mongo, jobs: Jobs, rows: InvoiceRows) -> None:
        self._work = IndependentRowWork(mongo, jobs, rows, rows_at_once=INVOICES_AT_ONCE)

    async def run(self, running: RunningJob) -> Mapping[str, Any]:
        """Do the rows; ``file`` is null when none of them has an invoice."""
        await self._work.run(running)
        invoices = running.counts[RowState.SUCCEEDED.value]
        path = f"/v1/transactions/bulk-invoices/{running.job.id}/file"
        return {"invoices": invoices, "file": path if invoices else None}


@dataclass(frozen=True, slots=True)
class InvoiceFile:
    """A ZIP that is made while it is read."""

    made_at: datetime
    parts: AsyncIterator[bytes]


class InvoiceFiles:
    """The files of jobs that ended. Nothing is kept for them: invoices are stored anyway."""

    def __init__(self, jobs: Jobs, documents: MongoInvoices) -> None:
        self._reads = JobReads(jobs)
        self._documents = documents

    async def open(self, job_id: str, caller: Principal) -> InvoiceFile:
        """The file of this caller's job, a cancelled one's with what was made before.

        Raises ``JobNotFound``, :class:`InvoicesNotReady`, :class:`JobFailed` or
        :class:`NoInvoices`.
        """
        job = await self._reads.one(job_id, caller)
        if job.kind != KIND:
            raise JobNotFound(f"The job '{job_id}' does not make invoices.")
        if job.state is JobState.FAILED:
            raise JobFailed(
                "The job failed. Ask for the invoices again: those that were made are kept.",
                error=job.error,
            )
        if job.finished_at is None:
            raise InvoicesNotReady(
                f"{job.done} of {job.total} rows are done; ask again when the job has ended.",
                state=job.state.value,
                progress={"done": job.done, "total": job.total},
            )
        if not job.counts.get(RowState.SUCCEEDED.value):
            raise NoInvoices(
                f"None of the {job.total} transactions has an invoice; the job's rows say why.",
                rows=f"/v1/jobs/{job.id}/rows",
                counts=dict(job.counts),
            )
        rows = self._reads.every_row(job)
        return InvoiceFile(
            job.finished_at, invoice_archive(rows, self._documents.invoices_of, job.finished_at)
        )

"""Invoices of many payments: previewed, made as a job, row by row, then fetched as one file."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from payops_contracts.ids import TransactionId
from payops_kernel.auth.principals import Principal
from payops_kernel.bulk.action import IndependentAction
from payops_kernel.errors import PayOpsError
from payops_kernel.jobs.job import Job, JobNotFound, JobState, RowState
from payops_kernel.ports import CommandContext
from transactions.domain.documents import IssuedDocument
from transactions.use_cases.issue_invoice import InvoiceNotMade, IssueInvoice

INVOICE_ROWS_MAX = 10_000
"""Payments of one download: some 300 MB of PDFs, made in minutes."""


class InvoicesNotReady(PayOpsError):
    """The job has not ended."""

    code = "bulk_invoice_not_ready"
    title = "The invoices are not there yet"
    status = 409
    retryable = True


class JobFailed(PayOpsError):
    """The job failed as a whole; another one goes on where it stopped."""

    code = "bulk_invoice_failed"
    title = "The job failed"
    status = 409


class NoInvoices(PayOpsError):
    """The job is done, and none of its payments has an invoice."""

    code = "bulk_invoice_empty"
    title = "There is no invoice to download"
    status = 409


class InvoiceFailed(PayOpsError):
    """The PDF could not be made, now or at all: the row fails after some tries."""

    code = "bulk_invoice_row_failed"
    status = 503
    retryable = True


class BulkInvoice(IndependentAction):
    """Each row has its invoice made, or finds it made before."""

    kind = "bulk-invoice"
    audited = "invoice.bulk-request"
    row_name = "transaction"
    rows_max = INVOICE_ROWS_MAX
    takes = "One download takes the invoices of {:,} transactions"
    rows_at_once = 2
    """Numbers are given one after another: while one is stored, the next row is looked up."""

    def __init__(self, issue: IssueInvoice) -> None:
        self._issue = issue

    async def do(self, context: CommandContext, key: str) -> Mapping[str, Any]:
        """One invoice, issued by whoever asked for the job."""
        try:
            document = await self._issue.invoice(context, TransactionId(key))
        except InvoiceNotMade as error:
            # What cannot be printed would hold the rows behind it up for ever.
            raise InvoiceFailed(str(error)) from error
        return {"invoice_number": document.number}

    def result(self, job_id: str, counts: Mapping[str, int]) -> Mapping[str, Any]:
        """How many, and where the file is; ``file`` is null when none has an invoice."""
        invoices = counts[RowState.SUCCEEDED.value]
        path = f"/v1/transactions/bulk-invoices/{job_id}/file"
        return {"invoices": invoices, "file": path if invoices else None}


Rows = AsyncIterator[list[dict[str, Any]]]
FindInvoices = Callable[[Sequence[TransactionId]], Awaitable[Sequence[IssuedDocument]]]
"""The invoices of these transactions, in any order."""
Archive = Callable[[Rows, FindInvoices, datetime], AsyncIterator[bytes]]
"""A ZIP of a job's rows, made while it is read."""


class ReadsJobs(Protocol):
    """What the file needs of jobs."""

    async def one(self, job_id: str, caller: Principal) -> Job:
        """The caller's job; raises ``JobNotFound``."""
        ...

    def every_row(self, job: Job) -> Rows:
        """Its rows in batches."""
        ...


class InvoiceFile(NamedTuple):
    """A ZIP that is made while it is read."""

    made_at: datetime
    parts: AsyncIterator[bytes]


class InvoiceFiles:
    """The files of jobs that ended. Nothing is kept for them: invoices are stored anyway."""

    def __init__(self, jobs: ReadsJobs, find: FindInvoices, archive: Archive) -> None:
        self._jobs = jobs
        self._find = find
        self._archive = archive

    async def open(self, job_id: str, caller: Principal) -> InvoiceFile:
        """The file of this caller's job, a cancelled one's with what was made before.

        Raises ``JobNotFound``, :class:`InvoicesNotReady`, :class:`JobFailed` or
        :class:`NoInvoices`.
        """
        job = await self._jobs.one(job_id, caller)
        if job.kind != BulkInvoice.kind:
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
        rows = self._jobs.every_row(job)
        return InvoiceFile(job.finished_at, self._archive(rows, self._find, job.finished_at))

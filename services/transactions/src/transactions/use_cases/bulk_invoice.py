"""Invoices of many payments: previewed, made as a job, row by row, then fetched as one file."""

from collections.abc import Mapping
from typing import Any, Protocol

from payops_kernel.auth.principals import Principal
from payops_kernel.errors import Invalid, PayOpsError
from payops_kernel.jobs.actors import stored_actor
from payops_kernel.lists.chosen import Chosen
from payops_kernel.ports import CommandAnswer, CommandContext, Work
from transactions.domain.bulk_previews import Preview, preview
from transactions.domain.issuing import InvoiceCandidate
from transactions.use_cases import bulk_previews
from transactions.use_cases.bulk_previews import KeepsPreviews, confirmed
from transactions.use_cases.issue_invoice import InvoiceNotMade, IssueInvoice

KIND = "bulk-invoice"
ACCEPTED = 202
INVOICE_ROWS_MAX = 10_000
"""Payments of one download: some 300 MB of PDFs, made in minutes."""


class TooManyInvoices(Invalid):
    """More transactions than one bulk download takes."""

    code = "bulk_invoice_too_large"


class NothingChosen(bulk_previews.NothingChosen):
    """The preview promises no invoice, or none that can still be made."""

    code = "bulk_invoice_nothing_chosen"


class PreviewNotFound(bulk_previews.PreviewNotFound):
    """The preview is not there, not this caller's, or too old."""

    code = "bulk_invoice_preview_not_found"


class SetChanged(bulk_previews.SetChanged):
    """What can be invoiced changed since the preview."""

    code = "bulk_invoice_set_changed"


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


class BulkInvoiceStore(KeepsPreviews, Protocol):
    """What bulk downloads need of the store."""

    async def candidates(self, chosen: Chosen, limit: int) -> list[InvoiceCandidate]:
        """At most ``limit`` of the chosen: by filter in the list's order, or as selected."""
        ...

    def submit(self, work: Work, request: dict[str, Any], total: int) -> dict[str, Any]:
        """A queued job of whoever asked for the work, as they see it."""
        ...


class BulkInvoice:
    """The use case behind previews and confirmations."""

    def __init__(self, store: BulkInvoiceStore) -> None:
        self._store = store

    async def preview(self, actor: Principal, chosen: Chosen) -> tuple[str, Preview]:
        """What would be invoiced now, kept under an id; raises :class:`TooManyInvoices`."""
        found = await self._look(chosen)
        return await self._store.keep_preview(actor.subject, found.rows), found

    async def confirm(self, work: Work, preview_id: str, accept_removals: bool) -> CommandAnswer:
        """202 with the job: what was previewed is what it does, whatever comes later.

        Raises :class:`PreviewNotFound`, :class:`SetChanged` or :class:`NothingChosen`.
        """
        actor = work.context.actor
        rows = await work.read(
            lambda session: self._store.preview_rows(preview_id, actor.subject, session)
        )
        if rows is None:
            raise PreviewNotFound("There is no such preview of yours; previews live for an hour.")
        now = await self._look(Chosen(ids=tuple(row.transaction_id for row in rows)))
        kept = confirmed(rows, now, accept_removals, SetChanged, NothingChosen)
        request = {
            "preview_id": preview_id,
            "ids": [row.transaction_id for row in kept.rows],
            "actor": stored_actor(actor),
            "traceparent": work.context.traceparent,
        }
        job = self._store.submit(work, request, len(kept.rows))
        told = {"rows": len(kept.rows), "left_out": kept.left_out}
        work.audit("invoice.bulk-request", "job", job["job_id"], after=told)
        return CommandAnswer(ACCEPTED, job)

    async def _look(self, chosen: Chosen) -> Preview:
        found = await self._store.candidates(chosen, INVOICE_ROWS_MAX + 1)
        if len(found) > INVOICE_ROWS_MAX:
            raise TooManyInvoices(
                f"One download takes the invoices of {INVOICE_ROWS_MAX:,} transactions; "
                "narrow the filter."
            )
        return preview(found, chosen.unknown(len(found)))


async def invoice_of_row(
    issue: IssueInvoice, context: CommandContext, transaction_id: str
) -> Mapping[str, Any]:
    """What a row made; raises the invoice's refusal, or :class:`InvoiceFailed`."""
    try:
        document = await issue.invoice(context, transaction_id)
    except InvoiceNotMade as error:
        # What cannot be printed would hold the rows behind it up for ever.
        raise InvoiceFailed(str(error)) from error
    return {"invoice_number": document.number}

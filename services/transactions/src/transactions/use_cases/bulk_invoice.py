"""Invoices of many payments: made as a job, row by row, then fetched as one file."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from payops_kernel.errors import Invalid, PayOpsError
from payops_kernel.jobs.actors import stored_actor
from payops_kernel.ports import Answer, CommandContext, RunsCommands, Session, Work
from transactions.use_cases.choosing import Chosen
from transactions.use_cases.issue_invoice import InvoiceNotMade, IssueInvoice

KIND = "bulk-invoice"
ACCEPTED = 202
INVOICE_ROWS_MAX = 10_000
"""Payments of one download: some 300 MB of PDFs, made in minutes."""


class TooManyInvoices(Invalid):
    """More transactions than one bulk download takes."""

    code = "bulk_invoice_too_large"


class NothingChosen(Invalid):
    """The filter has no rows."""

    code = "bulk_invoice_nothing_chosen"


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


class BulkInvoiceStore(Protocol):
    """What bulk downloads need of the store."""

    async def chosen_ids(self, chosen: Chosen, limit: int) -> list[str]:
        """At most ``limit`` ids, each once: of a filter in the list's order, or as selected."""
        ...

    async def submit(
        self, owner: str, request: dict[str, Any], total: int, session: Session
    ) -> dict[str, Any]:
        """A queued job in the caller's transaction, as its owner sees it."""
        ...


class BulkInvoice:
    """The use case that asks for the invoices."""

    def __init__(
        self, commands: RunsCommands, store: BulkInvoiceStore, submitted: Callable[[], None]
    ) -> None:
        self._commands = commands
        self._store = store
        self._submitted = submitted

    async def request(self, context: CommandContext, chosen: Chosen) -> Answer:
        """202 with the job; raises :class:`TooManyInvoices` or :class:`NothingChosen`.

        What a filter has now is what the job does, whatever comes later.
        """

        async def body(work: Work) -> Answer:
            ids = await self._look(chosen)
            actor = work.context.actor
            request = {
                "ids": ids,
                "actor": stored_actor(actor),
                "traceparent": work.context.traceparent,
            }
            job = await self._store.submit(actor.subject, request, len(ids), work.session)
            work.audit("invoice.bulk-request", "job", job["job_id"], after={"rows": len(ids)})
            return Answer(ACCEPTED, job)

        answer = await self._commands.run(context, body)
        self._submitted()
        return answer

    async def _look(self, chosen: Chosen) -> list[str]:
        ids = await self._store.chosen_ids(chosen, INVOICE_ROWS_MAX + 1)
        if len(ids) > INVOICE_ROWS_MAX:
            raise TooManyInvoices(
                f"One download takes the invoices of {INVOICE_ROWS_MAX:,} transactions; "
                "narrow the filter."
            )
        if not ids:
            raise NothingChosen("No transaction matches the filter.")
        return ids


async def invoice_of_row(
    issue: IssueInvoice, context: CommandContext, transaction_id: str
) -> Mapping[str, Any]:
    """What a row made; raises the invoice's refusal, or :class:`InvoiceFailed`."""
    try:
        paper = await issue.invoice(context, transaction_id)
    except InvoiceNotMade as error:
        # What cannot be printed would hold the rows behind it up for ever.
        raise InvoiceFailed(str(error)) from error
    return {"invoice_number": paper.number}

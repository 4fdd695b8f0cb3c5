"""``POST /v1/transactions/bulk-refunds`` and ``…/bulk-invoices``, each with ``…/previews``, and
``GET …/bulk-invoices/{job_id}/file``.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response, StreamingResponse

from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.bulk.bulk import Bulk
from payops_kernel.bulk.routes import BulkPaths, Confirmation, bulk_routes
from payops_kernel.exports.exports import file_headers
from payops_kernel.exports.zip_stream import MEDIA_TYPE
from payops_kernel.free_text import FreeText
from payops_kernel.http.announcing import refusals
from payops_kernel.http.given import OrAbsent
from payops_kernel.http.paths import PathId
from payops_kernel.lists.choice import Choice
from payops_kernel.ports import RunsCommands
from payops_kernel.zones import Zone
from transactions.api.transaction_list import TRANSACTION_LIST, TransactionFilters
from transactions.use_cases.bulk_invoice import InvoiceFiles

Caller = Annotated[Principal, Depends(requires(UserRole.OPERATOR))]

ZIP: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The ZIP, sent as it is made: a PDF an invoice, and `index.csv`.",
        "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    },
    **refusals(409),
}


class BulkChoice(Choice[TransactionFilters]):
    """Selected rows, every row of a filter, or all rows there are: one of the three."""

    of = TRANSACTION_LIST


class BulkRefundIn(Confirmation):
    """A preview that is confirmed."""

    reason: FreeText
    comment: OrAbsent[FreeText] = None


class BulkInvoiceIn(Confirmation):
    """A preview that is confirmed."""


REFUNDS = BulkPaths(
    path="/transactions/bulk-refunds",
    name="bulk_refund",
    tag="refunds",
    role=UserRole.OPERATOR,
    choice=BulkChoice,
    confirmation=BulkRefundIn,
    previews="What would be refunded now: count, sums by currency, and who cannot be, by reason.",
    does="Refund what the preview promised, as a job with an outcome for each row.",
)
INVOICES = BulkPaths(
    path="/transactions/bulk-invoices",
    name="bulk_invoices",
    tag="invoices",
    role=UserRole.OPERATOR,  # as for one invoice: what is not issued yet is issued
    choice=BulkChoice,
    confirmation=BulkInvoiceIn,
    previews="What would be invoiced now: count, sums by currency, and what cannot be, by reason.",
    does="Make the invoices that the preview promised, as a job; its result names the ZIP.",
)


def bulk_invoice_routes(
    commands: RunsCommands, bulk: Bulk, files: InvoiceFiles, zone: Zone
) -> APIRouter:
    """The routes of bulk downloads; operators and up. ``zone`` is the reporting zone."""
    router = bulk_routes(commands, bulk, zone, INVOICES)

    @router.get("/transactions/bulk-invoices/{job_id}/file", response_class=Response, responses=ZIP)
    async def get_bulk_invoices_file(job_id: PathId, caller: Caller) -> Response:
        """The invoices of a job that has ended, its owner's and admins' only, as one ZIP."""
        file = await files.open(job_id, caller)
        headers = file_headers("invoices", "zip", file.made_at)
        return StreamingResponse(file.parts, headers=headers, media_type=MEDIA_TYPE)

    return router

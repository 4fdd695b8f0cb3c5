"""``POST /v1/transactions/bulk-invoices``, ``…/previews`` and ``GET …/{job_id}/file``."""

from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends
from starlette.responses import Response, StreamingResponse

from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.exports.exports import file_headers
from payops_kernel.exports.zip_stream import MEDIA_TYPE
from payops_kernel.http.announcing import refusals
from payops_kernel.http.commands import Asked, asked_by
from payops_kernel.http.given import Flag, Given
from payops_kernel.http.paths import PathId
from payops_kernel.http.responses import JsonResponse
from payops_kernel.jobs.routes import JobOut, job_accepted
from payops_kernel.ports import RunsCommands
from payops_kernel.zones import Zone
from transactions.api.choices import (
    AcceptRemovals,
    BulkChoice,
    BulkPreview,
    PreviewId,
    preview_body,
)
from transactions.store.bulk_invoices import InvoiceFile
from transactions.use_cases.bulk_invoice import BulkInvoice

CREATED = 201

Caller = Annotated[Principal, Depends(requires(UserRole.VIEWER))]
"""As for one invoice: whoever may fetch each may fetch them together."""
AskingCaller = Annotated[Asked, Depends(asked_by(UserRole.VIEWER))]

ZIP: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The ZIP, sent as it is made: a PDF an invoice, and `index.csv`.",
        "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    },
    **refusals(409),
}


class BulkInvoiceIn(Given):
    """A preview that is confirmed."""

    preview_id: PreviewId
    accept_removals: Annotated[Flag, AcceptRemovals] = False


class OpensInvoiceFiles(Protocol):
    """What the download needs of the store."""

    async def open(self, job_id: str, caller: Principal) -> InvoiceFile:
        """The file of a job that ended; raises when there is none."""
        ...


def bulk_invoice_routes(
    commands: RunsCommands, bulk: BulkInvoice, files: OpensInvoiceFiles, zone: Zone
) -> APIRouter:
    """The routes of bulk downloads; viewers and up. ``zone`` is the reporting zone."""
    router = APIRouter(prefix="/v1", tags=["invoices"])

    @router.post(
        "/transactions/bulk-invoices/previews", response_model=BulkPreview, status_code=CREATED
    )
    async def preview_bulk_invoices(body: BulkChoice, caller: Caller) -> Response:
        """What would be invoiced now: count, sums by currency, and what cannot be, by reason."""
        preview_id, found = await bulk.preview(caller, body.chosen(zone))
        return JsonResponse(preview_body(preview_id, found), status_code=CREATED)

    @router.post(
        "/transactions/bulk-invoices",
        response_model=JobOut,
        status_code=202,
        responses=refusals(404),
    )
    async def post_bulk_invoices(body: BulkInvoiceIn, asked: AskingCaller) -> Response:
        """Make the invoices that the preview promised, as a job; its result names the ZIP."""
        return job_accepted(
            await commands.run(
                asked.context(body),
                lambda work: bulk.confirm(work, body.preview_id, body.accept_removals),
            )
        )

    @router.get("/transactions/bulk-invoices/{job_id}/file", response_class=Response, responses=ZIP)
    async def get_bulk_invoices_file(job_id: PathId, caller: Caller) -> Response:
        """The invoices of a job that has ended, its owner's and admins' only, as one ZIP."""
        file = await files.open(job_id, caller)
        headers = file_headers("invoices", "zip", file.made_at)
        return StreamingResponse(file.parts, headers=headers, media_type=MEDIA_TYPE)

    return router

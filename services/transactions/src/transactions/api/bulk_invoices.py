"""``POST /v1/transactions/bulk-invoices`` and ``GET …/bulk-invoices/{job_id}/file``."""

from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends
from starlette.responses import Response, StreamingResponse

from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.exports.exports import file_headers
from payops_kernel.exports.zip_stream import MEDIA_TYPE
from payops_kernel.http.commands import IdempotencyKey, command_context
from payops_kernel.http.paths import PathId
from payops_kernel.jobs.routes import JobOut, job_accepted
from payops_kernel.zones import Zone
from transactions.api.choices import BulkChoice
from transactions.store.bulk_invoices import InvoiceFile
from transactions.use_cases.bulk_invoice import BulkInvoice

Caller = Annotated[Principal, Depends(requires(UserRole.VIEWER))]
"""As for one invoice: whoever may fetch each may fetch them together."""

ZIP: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The ZIP, sent as it is made: a PDF an invoice, and `index.csv`.",
        "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}


class OpensInvoiceFiles(Protocol):
    """What the download needs of the store."""

    async def open(self, job_id: str, caller: Principal) -> InvoiceFile:
        """The file of a job that ended; raises when there is none."""
        ...


def bulk_invoice_routes(bulk: BulkInvoice, files: OpensInvoiceFiles, zone: Zone) -> APIRouter:
    """The routes of bulk downloads; viewers and up. ``zone`` is the reporting zone."""
    router = APIRouter(prefix="/v1", tags=["invoices"])

    @router.post("/transactions/bulk-invoices", response_model=JobOut, status_code=202)
    async def post_bulk_invoices(body: BulkChoice, key: IdempotencyKey, caller: Caller) -> Response:
        """Make the invoices of many payments, as a job; its result says where the ZIP is."""
        context = command_context(
            caller, "POST /v1/transactions/bulk-invoices", key, body.model_dump(mode="json")
        )
        return job_accepted(await bulk.request(context, body.chosen(zone)))

    @router.get("/transactions/bulk-invoices/{job_id}/file", response_class=Response, responses=ZIP)
    async def get_bulk_invoices_file(job_id: PathId, caller: Caller) -> Response:
        """The invoices of a job that has ended, its owner's and admins' only, as one ZIP."""
        file = await files.open(job_id, caller)
        headers = file_headers("invoices", "zip", file.made_at)
        return StreamingResponse(file.parts, headers=headers, media_type=MEDIA_TYPE)

    return router

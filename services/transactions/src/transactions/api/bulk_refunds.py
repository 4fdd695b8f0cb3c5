"""``POST /v1/transactions/bulk-refunds/previews`` and ``POST /v1/transactions/bulk-refunds``."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.free_text import FreeText
from payops_kernel.http.announcing import refusals
from payops_kernel.http.commands import Asked, asked_by
from payops_kernel.http.given import Flag, Given, OrAbsent
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
from transactions.use_cases.bulk_refund import BulkRefund, Confirmation

CREATED = 201

Operator = Annotated[Principal, Depends(requires(UserRole.OPERATOR))]
AskingOperator = Annotated[Asked, Depends(asked_by(UserRole.OPERATOR))]


class BulkRefundIn(Given):
    """A preview that is confirmed."""

    preview_id: PreviewId
    reason: FreeText
    comment: OrAbsent[FreeText] = None
    accept_removals: Annotated[Flag, AcceptRemovals] = False


def bulk_refund_routes(commands: RunsCommands, bulk: BulkRefund, zone: Zone) -> APIRouter:
    """The routes of bulk refunds; operators and up. ``zone`` is the reporting zone."""
    router = APIRouter(prefix="/v1", tags=["refunds"])

    @router.post(
        "/transactions/bulk-refunds/previews",
        response_model=BulkPreview,
        status_code=CREATED,
    )
    async def preview_bulk_refund(body: BulkChoice, actor: Operator) -> Response:
        """What would be refunded now: count, sums by currency, and who cannot be, by reason."""
        preview_id, found = await bulk.preview(actor, body.chosen(zone))
        return JsonResponse(preview_body(preview_id, found), status_code=CREATED)

    @router.post(
        "/transactions/bulk-refunds",
        response_model=JobOut,
        status_code=202,
        responses=refusals(404),
    )
    async def post_bulk_refund(body: BulkRefundIn, asked: AskingOperator) -> Response:
        """Refund what the preview promised, as a job with an outcome for each row."""
        wanted = Confirmation(body.preview_id, body.reason, body.comment, body.accept_removals)
        return job_accepted(
            await commands.run(asked.context(body), lambda work: bulk.confirm(work, wanted))
        )

    return router

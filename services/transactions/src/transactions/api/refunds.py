"""``POST`` and ``GET /v1/transactions/{transaction_id}/refunds``."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from payops_contracts.ids import TransactionId
from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.commands import Asked, asked_by, command_response
from payops_kernel.http.paths import PathIdOf
from payops_kernel.http.responses import JsonResponse
from payops_kernel.lists.reads import ListReads
from payops_kernel.ports import RunsCommands
from transactions.api.presenting import refunds_of
from transactions.api.refund_schemas import RefundAccepted, RefundIn, RefundsOut
from transactions.use_cases.request_refund import RefundRequest, RequestRefund

Operator = Annotated[Asked, Depends(asked_by(UserRole.OPERATOR, about="transaction_id"))]


def refund_routes(
    commands: RunsCommands, reads: ListReads, request_refund: RequestRefund
) -> APIRouter:
    """The routes about refunds: viewers read, operators request."""
    router = APIRouter(prefix="/v1", tags=["refunds"])

    @router.get(
        "/transactions/{transaction_id}/refunds",
        response_model=RefundsOut,
        dependencies=[Depends(requires(UserRole.VIEWER))],
    )
    async def list_refunds(transaction_id: PathIdOf[TransactionId]) -> Response:
        """Every refund of a transaction, newest first."""
        return JsonResponse(refunds_of(await reads.detail(transaction_id)))

    @router.post(
        "/transactions/{transaction_id}/refunds", response_model=RefundAccepted, status_code=202
    )
    async def post_refund(
        transaction_id: PathIdOf[TransactionId], body: RefundIn, asked: Operator
    ) -> Response:
        """Request a refund, partial or of all that is left; upstream answers later."""
        wanted = RefundRequest(
            transaction_id,
            body.amount_minor,
            body.currency,
            body.reason,
            body.comment,
            body.available_minor,
        )
        return command_response(
            await commands.run(asked.context(body), lambda work: request_refund(work, wanted))
        )

    return router

"""``GET /v1/transactions/{transaction_id}``; the list is ``transaction_list.py``."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Depends

from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.paths import PathId
from payops_kernel.http.responses import JsonResponse
from payops_kernel.lists.reads import ListReads
from payops_kernel.ports import DueRow
from transactions.api.presenting import transaction_detail
from transactions.api.schemas import TransactionDetail
from transactions.domain.refundability import CanRefund

Planned = Callable[[str], Awaitable[list[DueRow]]]
"""What will be done to a transaction by itself, soonest first."""


def transaction_routes(reads: ListReads, planned: Planned, can_refund: CanRefund) -> APIRouter:
    """The route of one transaction; viewers and up."""
    router = APIRouter(
        prefix="/v1", tags=["transactions"], dependencies=[Depends(requires(UserRole.VIEWER))]
    )

    @router.get("/transactions/{transaction_id}", response_model=TransactionDetail)
    async def get_transaction(transaction_id: PathId) -> JsonResponse:
        """One transaction with its history, newest first, and what may and will happen next."""
        stored = await reads.detail(transaction_id)
        due = await planned(transaction_id)
        return JsonResponse(transaction_detail(stored, due, can_refund))

    return router

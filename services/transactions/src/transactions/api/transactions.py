"""``GET /v1/transactions`` and ``GET /v1/transactions/{transaction_id}``."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.cursors import CursorCodec
from payops_kernel.http.lists import ListResource, SortField
from payops_kernel.http.paths import PathId
from payops_kernel.http.queries import PageOut
from payops_kernel.http.responses import JsonResponse
from payops_kernel.zones import Zone
from transactions.api.presenting import transaction_detail, transaction_row
from transactions.api.schemas import TransactionDetail, TransactionQuery, TransactionRow
from transactions.use_cases.read_transactions import ReadTransactions

TRANSACTIONS = ListResource(
    name="transactions",
    sorts={"created_at": SortField("created_at"), "amount": SortField("amount_minor")},
    default_sort="-created_at",
)


def transaction_routes(reads: ReadTransactions, cursors: CursorCodec, zone: Zone) -> APIRouter:
    """The routes for reading transactions; viewers and up. ``zone`` is the reporting zone."""
    router = APIRouter(
        prefix="/v1", tags=["transactions"], dependencies=[Depends(requires(UserRole.VIEWER))]
    )

    @router.get("/transactions", response_model=PageOut[TransactionRow])
    async def list_transactions(query: Annotated[TransactionQuery, Query()]) -> JsonResponse:
        """A page of transactions, newest first by default."""
        page = TRANSACTIONS.open(
            cursors,
            filters=query.filters(),
            limit=query.limit,
            sort=query.sort,
            cursor=query.cursor,
        )
        found = await reads.list(query.wanted(zone), page)
        return JsonResponse(found.map(transaction_row).body())

    @router.get("/transactions/{transaction_id}", response_model=TransactionDetail)
    async def get_transaction(transaction_id: PathId) -> JsonResponse:
        """One transaction with its history, newest first."""
        return JsonResponse(transaction_detail(await reads.detail(transaction_id)))

    return router

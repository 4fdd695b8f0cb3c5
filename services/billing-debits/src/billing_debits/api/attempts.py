"""``GET /v1/debit-attempts/{debit_id}``; the list is ``attempt_list.py``."""

from fastapi import APIRouter, Depends

from billing_debits.api.presenting import attempt_detail
from billing_debits.api.schemas import AttemptDetail
from billing_debits.domain.charge import Charge
from billing_debits.use_cases.read_charges import attempt_not_found
from payops_contracts.ids import DebitId
from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.paths import PathId
from payops_kernel.http.responses import JsonResponse
from payops_kernel.lists.reads import ListReads
from payops_kernel.ports import Repository


def attempt_routes(reads: ListReads, charges: Repository[Charge]) -> APIRouter:
    """The route of one attempt; viewers and up."""
    router = APIRouter(
        prefix="/v1", tags=["debit-attempts"], dependencies=[Depends(requires(UserRole.VIEWER))]
    )

    @router.get("/debit-attempts/{debit_id}", response_model=AttemptDetail)
    async def get_debit_attempt(debit_id: PathId) -> JsonResponse:
        """One attempt with its moves, and the charge that it collects."""
        row = await reads.detail(debit_id)
        charge = await charges.find(row["charge_id"])
        attempt = None if charge is None else charge.attempt(DebitId(debit_id))
        if charge is None or attempt is None:
            raise attempt_not_found(debit_id)
        return JsonResponse(attempt_detail(charge, attempt))

    return router

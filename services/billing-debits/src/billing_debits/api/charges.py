"""``GET /v1/charges/{charge_id}``; the list is ``charge_list.py``."""

from fastapi import APIRouter, Depends

from billing_debits.api.presenting import charge_detail
from billing_debits.api.schemas import ChargeDetail
from billing_debits.domain.charge import Charge
from billing_debits.domain.exposure import exposure
from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import UserRole
from payops_kernel.clock import Clock
from payops_kernel.http.paths import PathId
from payops_kernel.http.responses import JsonResponse
from payops_kernel.ports import Repository


def charge_routes(charges: Repository[Charge], clock: Clock) -> APIRouter:
    """The route of one charge; viewers and up. By ``clock`` some of it may go back still."""
    router = APIRouter(
        prefix="/v1", tags=["charges"], dependencies=[Depends(requires(UserRole.VIEWER))]
    )

    @router.get("/charges/{charge_id}", response_model=ChargeDetail)
    async def get_charge(charge_id: PathId) -> JsonResponse:
        """One charge: every attempt, the decision about what follows, its tax, its history."""
        found = await charges.find(charge_id)
        if found is None:
            raise charges.missing(charge_id)
        detail = charge_detail(found)
        detail["money"] |= exposure(found, clock.now())._asdict()
        return JsonResponse(detail)

    return router

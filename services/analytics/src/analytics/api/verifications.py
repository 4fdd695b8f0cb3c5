"""``POST /v1/kpis/verifications``."""

from fastapi import APIRouter, Depends

from analytics.api.presenting import verification_asked_body
from analytics.api.schemas import VerificationAskedOut
from analytics.use_cases.verify_kpis import VerifyKpis
from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.responses import JsonResponse


def verification_routes(verify: VerifyKpis) -> APIRouter:
    """The route for having the KPIs verified; operators and up."""
    router = APIRouter(
        prefix="/v1/kpis", tags=["kpis"], dependencies=[Depends(requires(UserRole.OPERATOR))]
    )

    @router.post("/verifications", response_model=VerificationAskedOut, status_code=202)
    async def post_verification() -> JsonResponse:
        """Have everything that KPIs are read from recounted now; asking twice is no harm."""
        return JsonResponse(verification_asked_body(await verify.ask()), status_code=202)

    return router

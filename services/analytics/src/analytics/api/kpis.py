"""``GET /v1/kpis/daily-payments`` and ``GET /v1/kpis/payments-by-status``."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from analytics.api.presenting import daily_payments_body, payments_by_status_body
from analytics.api.schemas import DailyPaymentsOut, KpiQuery, PaymentsByStatusOut
from analytics.use_cases.read_kpis import ReadKpis
from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import Scope, UserRole
from payops_kernel.http.responses import JsonResponse


def kpi_routes(kpis: ReadKpis) -> APIRouter:
    """The routes for reading KPIs; viewers and up."""
    router = APIRouter(
        prefix="/v1/kpis",
        tags=["kpis"],
        dependencies=[Depends(requires(UserRole.VIEWER, Scope.KPIS))],
    )

    @router.get("/daily-payments", response_model=DailyPaymentsOut)
    async def daily_payments(query: Annotated[KpiQuery, Query()]) -> JsonResponse:
        """Payments that were paid, gross, by the day of their Date and by currency."""
        return JsonResponse(daily_payments_body(await kpis.daily_payments(query.question())))

    @router.get("/payments-by-status", response_model=PaymentsByStatusOut)
    async def payments_by_status(query: Annotated[KpiQuery, Query()]) -> JsonResponse:
        """All payments created in the window by status, with the share of each by count."""
        answer = await kpis.payments_by_status(query.question())
        return JsonResponse(payments_by_status_body(answer))

    return router

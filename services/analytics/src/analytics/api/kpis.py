"""``GET /v1/kpis/…``."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from analytics.api.presenting import (
    LABELS,
    amount_by_body,
    daily_payments_body,
    failure_reasons_body,
    payments_by_status_body,
    refunds_and_net_body,
    today_body,
)
from analytics.api.schemas import (
    AmountByOut,
    DailyPaymentsOut,
    FailureReasonsOut,
    KpiQuery,
    PaymentsByStatusOut,
    RefundsAndNetOut,
    TodayOut,
    TodayQuery,
)
from analytics.use_cases.kpi_reads import Field
from analytics.use_cases.read_kpis import ReadKpis
from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.responses import JsonResponse

Asked = Annotated[KpiQuery, Query()]


def kpi_routes(kpis: ReadKpis) -> APIRouter:
    """The routes for reading KPIs; viewers and up."""
    router = APIRouter(
        prefix="/v1/kpis", tags=["kpis"], dependencies=[Depends(requires(UserRole.VIEWER))]
    )

    @router.get("/daily-payments", response_model=DailyPaymentsOut)
    async def daily_payments(query: Asked) -> JsonResponse:
        """Payments that were paid, gross, by the day of their Date and by currency."""
        return JsonResponse(daily_payments_body(await kpis.daily_payments(query.question())))

    @router.get("/payments-by-status", response_model=PaymentsByStatusOut)
    async def payments_by_status(query: Asked) -> JsonResponse:
        """All payments created in the window by status, with the share of each by count."""
        answer = await kpis.payments_by_status(query.question())
        return JsonResponse(payments_by_status_body(answer))

    @router.get("/refunds-and-net", response_model=RefundsAndNetOut)
    async def refunds_and_net(query: Asked) -> JsonResponse:
        """Payments that were paid by the day of their Date: gross, refunded, net."""
        return JsonResponse(refunds_and_net_body(await kpis.refunds_and_net(query.question())))

    @router.get("/failure-reasons", response_model=FailureReasonsOut)
    async def failure_reasons(query: Asked) -> JsonResponse:
        """Payments created in the window that failed, by the reason that upstream gave."""
        return JsonResponse(failure_reasons_body(await kpis.failure_reasons(query.question())))

    @router.get("/today", response_model=TodayOut)
    async def today(query: Annotated[TodayQuery, Query()]) -> JsonResponse:
        """Today's payments beside yesterday's at this time, and refunds awaiting an answer."""
        return JsonResponse(today_body(await kpis.today(query.currency)))

    for field in LABELS:
        _add_amount_by(router, kpis, field)
    return router


def _add_amount_by(router: APIRouter, kpis: ReadKpis, field: Field) -> None:
    async def amount_by(query: Asked) -> JsonResponse:
        return JsonResponse(amount_by_body(field, await kpis.amount_by(field, query.question())))

    amount_by.__doc__ = (
        f"Payments that were paid, gross, by {field}: one line a value over the days of their Date."
    )
    router.get(f"/amount-by-{field}", response_model=AmountByOut, name=f"amount_by_{field}")(
        amount_by
    )

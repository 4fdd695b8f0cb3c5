"""``GET /v1/kpis/…`` about subscriptions."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from analytics.api.schemas import KpiQuery, TodayQuery
from analytics.api.subscription_presenting import (
    subscription_payments_body,
    subscriptions_by_day_body,
    subscriptions_by_status_body,
)
from analytics.api.subscription_schemas import (
    SubscriptionPaymentsOut,
    SubscriptionsByDayOut,
    SubscriptionsByStatusOut,
)
from analytics.use_cases.read_kpis import ReadKpis
from analytics.use_cases.read_subscriptions import ReadSubscriptions
from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import Scope, UserRole
from payops_kernel.http.responses import JsonResponse

Asked = Annotated[KpiQuery, Query()]


def subscription_kpi_routes(kpis: ReadKpis, subscriptions: ReadSubscriptions) -> APIRouter:
    """The routes for reading KPIs of subscriptions and of their payments; viewers and up."""
    router = APIRouter(
        prefix="/v1/kpis",
        tags=["kpis"],
        dependencies=[Depends(requires(UserRole.VIEWER, Scope.KPIS))],
    )

    @router.get("/subscriptions-by-day", response_model=SubscriptionsByDayOut)
    async def subscriptions_by_day(query: Asked) -> JsonResponse:
        """Subscriptions that run, started and ended, and what they bring a month (MRR), by day."""
        answer = await subscriptions.by_day(query.question())
        return JsonResponse(subscriptions_by_day_body(answer))

    @router.get("/subscriptions-by-status", response_model=SubscriptionsByStatusOut)
    async def subscriptions_by_status(query: Annotated[TodayQuery, Query()]) -> JsonResponse:
        """All subscriptions by the status that they have now, ended ones by reason too."""
        answer = await subscriptions.by_status(query.currency)
        return JsonResponse(subscriptions_by_status_body(answer))

    @router.get("/subscription-payments", response_model=SubscriptionPaymentsOut)
    async def subscription_payments(query: Asked) -> JsonResponse:
        """Payments of subscriptions by the day of their Date, and how many of them failed."""
        answer = await kpis.subscription_payments(query.question())
        return JsonResponse(subscription_payments_body(answer))

    return router

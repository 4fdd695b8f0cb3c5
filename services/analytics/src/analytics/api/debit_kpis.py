"""``GET /v1/kpis/…`` about debits."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from analytics.api.debit_presenting import (
    debit_exposure_body,
    debit_reasons_body,
    debit_success_body,
    debits_by_day_body,
    debits_by_part_body,
    debits_recovered_body,
    debits_today_body,
    repeated_failures_body,
)
from analytics.api.debit_schemas import (
    DebitExposureOut,
    DebitReasonsOut,
    DebitsByDayOut,
    DebitsByPartOut,
    DebitsRecoveredOut,
    DebitsTodayOut,
    DebitSuccessOut,
    RepeatedFailuresOut,
    RepeatsQuery,
)
from analytics.api.schemas import KpiQuery, TodayQuery
from analytics.domain.debit_facts import BY_BATCH, BY_NUMBER
from analytics.use_cases.read_debits import (
    ATTEMPTS_BY_BATCH,
    ATTEMPTS_BY_DAY,
    ATTEMPTS_BY_NUMBER,
    BY_REASON,
    MONEY_BY_DAY,
    REPEATED,
    ReadDebits,
)
from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import Scope, UserRole
from payops_kernel.http.responses import JsonResponse

Asked = Annotated[KpiQuery, Query()]
OfNow = Annotated[TodayQuery, Query()]


def debit_kpi_routes(debits: ReadDebits) -> APIRouter:
    """The routes for reading KPIs of debits; viewers and up."""
    router = APIRouter(
        prefix="/v1/kpis",
        tags=["kpis"],
        dependencies=[Depends(requires(UserRole.VIEWER, Scope.KPIS))],
    )

    @router.get("/debits-by-day", response_model=DebitsByDayOut)
    async def debits_by_day(query: Asked) -> JsonResponse:
        """Charged, collected, outstanding and tax retained, by the day of Created At."""
        answer = await debits.about(query.question(), MONEY_BY_DAY)
        return JsonResponse(debits_by_day_body(answer))

    @router.get("/debit-success", response_model=DebitSuccessOut)
    async def debit_success(query: Asked) -> JsonResponse:
        """Debit attempts and their success rate, by the day of their submission."""
        answer = await debits.about(query.question(), ATTEMPTS_BY_DAY)
        return JsonResponse(debit_success_body(answer))

    @router.get("/debits-by-batch", response_model=DebitsByPartOut)
    async def debits_by_batch(query: Asked) -> JsonResponse:
        """Debit attempts of the window and their success rate, by batch."""
        answer = await debits.about(query.question(), ATTEMPTS_BY_BATCH)
        return JsonResponse(debits_by_part_body(BY_BATCH, answer))

    @router.get("/debits-by-retry", response_model=DebitsByPartOut)
    async def debits_by_retry(query: Asked) -> JsonResponse:
        """Debit attempts of the window by their number: which retry recovered how much."""
        answer = await debits.about(query.question(), ATTEMPTS_BY_NUMBER)
        return JsonResponse(debits_by_part_body(BY_NUMBER, answer))

    @router.get("/debits-recovered", response_model=DebitsRecoveredOut)
    async def debits_recovered(query: Asked) -> JsonResponse:
        """What retries of the window brought and what has not gone back, retry by retry."""
        answer = await debits.about(query.question(), ATTEMPTS_BY_NUMBER)
        return JsonResponse(debits_recovered_body(answer))

    @router.get("/debits-by-failure-reason", response_model=DebitReasonsOut)
    async def debits_by_failure_reason(query: Asked) -> JsonResponse:
        """Failed attempts by reason, and those of them whose charge was collected after all."""
        answer = await debits.about(query.question(), BY_REASON)
        return JsonResponse(debit_reasons_body(answer))

    @router.get("/debit-exposure", response_model=DebitExposureOut)
    async def debit_exposure(query: OfNow) -> JsonResponse:
        """What is collected and may still go back within its rail's window, as of now."""
        return JsonResponse(debit_exposure_body(await debits.exposure(query.currency)))

    @router.get("/repeated-failures", response_model=RepeatedFailuresOut)
    async def repeated_failures(query: Annotated[RepeatsQuery, Query()]) -> JsonResponse:
        """The same failure reason, again and again, of one member, batch or day."""
        at_least = query.at_least or REPEATED
        answer = await debits.repeated(query.question(), at_least)
        return JsonResponse(repeated_failures_body(answer, at_least))

    @router.get("/debits-today", response_model=DebitsTodayOut)
    async def debits_today(query: OfNow) -> JsonResponse:
        """Failed debits of today, retries of the next 24 hours, and open exceptions."""
        return JsonResponse(debits_today_body(await debits.today(query.currency)))

    return router

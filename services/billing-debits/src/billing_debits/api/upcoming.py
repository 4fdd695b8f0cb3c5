"""``GET /v1/debit-attempts/upcoming``: planned retries by day of the reporting zone."""

from collections.abc import Awaitable, Callable
from datetime import date

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from payops_contracts.money import format_money
from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import UserRole
from payops_kernel.clock import Clock
from payops_kernel.http.responses import JsonResponse
from payops_kernel.zones import Zone

PlannedSums = Callable[[str], Awaitable[list[tuple[date, str, int, int]]]]
"""Day, currency, count and sum of all planned retries, in the zone of that name."""


class RetrySum(BaseModel):
    """Retries of one currency."""

    currency: str
    count: int
    amount_minor: int
    amount: str


class RetryDay(BaseModel):
    """Retries of one day."""

    day: date
    sums: list[RetrySum] = Field(description="By currency.")


class UpcomingRetries(BaseModel):
    """Every retry that is planned; days without one are left out."""

    zone: str = Field(description="Whose days they are.")
    today: date
    days: list[RetryDay] = Field(description="In order; days before today wait for a collection.")


def upcoming_routes(planned: PlannedSums, clock: Clock, zone: Zone) -> APIRouter:
    """The route, for viewers; it stands before that of one attempt, which would take its name."""
    router = APIRouter(
        prefix="/v1", tags=["debit-attempts"], dependencies=[Depends(requires(UserRole.VIEWER))]
    )

    @router.get("/debit-attempts/upcoming", response_model=UpcomingRetries)
    async def get_upcoming_retries() -> JsonResponse:
        """Planned retries by day of the reporting zone, with count and amount by currency."""
        days: dict[date, list[dict[str, object]]] = {}
        for day, currency, count, amount_minor in await planned(zone.name):
            days.setdefault(day, []).append(
                {
                    "currency": currency,
                    "count": count,
                    "amount_minor": amount_minor,
                    "amount": format_money(amount_minor, currency),
                }
            )
        return JsonResponse(
            {
                "zone": zone.name,
                "today": zone.date_of(clock.now()),
                "days": [{"day": day, "sums": sums} for day, sums in days.items()],
            }
        )

    return router

"""``/v1/subscriptions/{subscription_id}`` and below; the list is ``subscription_list.py``."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import UserRole
from payops_kernel.clock import Clock
from payops_kernel.free_text import FreeText
from payops_kernel.http.commands import Asked, asked_by, command_response
from payops_kernel.http.cursors import CursorCodec
from payops_kernel.http.given import Given, GivenQuery, OrAbsent, Whole
from payops_kernel.http.paths import PathId
from payops_kernel.http.queries import ListQuery, PageOut
from payops_kernel.http.responses import JsonResponse
from payops_kernel.ports import Repository, RunsCommands
from subscriptions.api.payments import PAYMENT_LIST, page_of_payments
from subscriptions.api.presenting import (
    DATES_SHOWN,
    payment_dates,
    payments_of,
    subscription_detail,
)
from subscriptions.api.schemas import (
    CancellationAnswer,
    KeptAnswer,
    PaymentDates,
    SubscriptionDetail,
    SubscriptionPaymentOut,
)
from subscriptions.domain.policies import Rules
from subscriptions.domain.subscription import Subscription
from subscriptions.use_cases.cancel import CancelSubscription, KeepSubscription, When

DATES_MAX = 120
Viewer = Depends(requires(UserRole.VIEWER))
Operator = Annotated[Asked, Depends(asked_by(UserRole.OPERATOR, about="subscription_id"))]


class DatesQuery(GivenQuery):
    """How many dates."""

    count: Annotated[int, Whole(1, DATES_MAX)] = DATES_SHOWN


class CancellationIn(Given):
    """When it ends, and why."""

    at: When
    reason: OrAbsent[FreeText] = None
    comment: OrAbsent[FreeText] = None


class KeepQuery(GivenQuery):
    """Why it goes on; in the query, for a DELETE has no body."""

    reason: OrAbsent[FreeText] = None


def subscription_routes(
    subscriptions: Repository[Subscription], rules: Rules, clock: Clock, cursors: CursorCodec
) -> APIRouter:
    """What viewers read of one subscription."""
    router = APIRouter(prefix="/v1", tags=["subscriptions"], dependencies=[Viewer])

    async def found(subscription_id: str) -> Subscription:
        subscription = await subscriptions.find(subscription_id)
        if subscription is None:
            raise subscriptions.missing(subscription_id)
        return subscription

    @router.get("/subscriptions/{subscription_id}", response_model=SubscriptionDetail)
    async def get_subscription(subscription_id: PathId) -> JsonResponse:
        """One subscription: terms, payments, what comes, how it can be cancelled, its history."""
        subscription = await found(subscription_id)
        return JsonResponse(subscription_detail(subscription, rules, clock.now()))

    @router.get(
        "/subscriptions/{subscription_id}/payments",
        response_model=PageOut[SubscriptionPaymentOut],
    )
    async def list_subscription_payments(
        subscription_id: PathId, query: Annotated[ListQuery, Query()]
    ) -> JsonResponse:
        """A page of its payments, newest first by default."""
        subscription = await found(subscription_id)
        page = PAYMENT_LIST.open(
            cursors, filters={"subscription_id": subscription_id}, limit=query.limit,
            sort=query.sort, cursor=query.cursor,
        )  # fmt: skip
        part = page_of_payments(subscription, page)
        shown = payments_of(subscription, [row["payment"] for row in part.items])
        by_id = {each["transaction_id"]: each for each in shown}
        return JsonResponse(part.body(lambda row: by_id[row["_id"]]))

    @router.get("/subscriptions/{subscription_id}/payment-dates", response_model=PaymentDates)
    async def get_payment_dates(
        subscription_id: PathId, query: Annotated[DatesQuery, Query()]
    ) -> JsonResponse:
        """The days on which its next payments fall due; none that follow its end."""
        dates = payment_dates(await found(subscription_id), rules, query.count)
        head = {"subscription_id": subscription_id, "zone": rules.zone.name}
        return JsonResponse(head | {"payment_dates": dates})

    return router


def cancellation_routes(
    commands: RunsCommands, cancel: CancelSubscription, keep: KeepSubscription
) -> APIRouter:
    """What operators do with one."""
    router = APIRouter(prefix="/v1", tags=["subscriptions"])

    @router.post("/subscriptions/{subscription_id}/cancellation", response_model=CancellationAnswer)
    async def post_subscription_cancellation(
        subscription_id: PathId, body: CancellationIn, asked: Operator
    ) -> Response:
        """Have it end at its renewal, which can be withdrawn until then, or end it now."""
        return command_response(
            await commands.run(
                asked.context(body),
                lambda work: cancel(work, subscription_id, body.at, body.reason),
            )
        )

    @router.delete("/subscriptions/{subscription_id}/cancellation", response_model=KeptAnswer)
    async def delete_subscription_cancellation(
        subscription_id: PathId, query: Annotated[KeepQuery, Query()], asked: Operator
    ) -> Response:
        """Let it go on after all."""
        return command_response(
            await commands.run(
                asked.context(query), lambda work: keep(work, subscription_id, query.reason)
            )
        )

    return router

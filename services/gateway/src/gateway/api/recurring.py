"""``…/picture`` of a payment and of a subscription: what each service knows of both together."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.responses import Response

from gateway.api.admission import Admission
from gateway.api.jobs import MissingOut
from gateway.clients.parts import Missing
from gateway.clients.recurring import SUBSCRIPTION, TRANSACTION, RecurringPictures
from gateway.clients.services import ServiceClient
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.http.announcing import refusals
from payops_kernel.http.paths import PathId
from payops_kernel.http.responses import JsonResponse

_SCHEMAS = "#/components/schemas/"


class SubscriptionInShort(BaseModel):
    """A subscription as it stands at its payment; its own page has the rest."""

    subscription_id: str
    created_at: datetime
    status: str = Field(description="As the list of subscriptions has it.")
    end_reason: str | None = Field(description="Why it is Not Active.")
    amount_minor: int
    currency: str
    interval: str = Field(description="The unit of its recurrence.")
    interval_count: int = Field(description="How many of them lie between two payments.")
    next_payment_on: date | None
    cancels_on: date | None = Field(description="When a cancellation ends it.")


SAME = ("subscription_id", "created_at", "status", "end_reason", "amount_minor", "currency")
OF_RECURRENCE = ("interval", "interval_count", "next_payment_on")


def _answers(about: str, **parts: Any) -> dict[int | str, dict[str, Any]]:
    properties = parts | {
        "partial": {
            "type": "array",
            "description": "Services that did not answer; their part is not in here.",
            "items": {"$ref": _SCHEMAS + MissingOut.__name__},
        }
    }
    schema = {
        "type": "object",
        "description": about,
        "required": [*properties],
        "properties": properties,
    }
    content = {"application/json": {"schema": schema}}
    return {
        200: {"description": "Successful Response", "content": content},
        **refusals(404, 429, 503),
    }


# As the services answer, whose schemas stand in this document too.
_DETAIL = {"$ref": f"{_SCHEMAS}SubscriptionDetail"}
OF_TRANSACTION = _answers(
    "A payment, the subscription that it belongs to, and what the checkout offered for it.",
    transaction={"$ref": f"{_SCHEMAS}TransactionDetail"},
    subscription={"anyOf": [SubscriptionInShort.model_json_schema(), {"type": "null"}]},
    checkout_decision={
        "anyOf": [{"$ref": f"{_SCHEMAS}KeptDecisionOut"}, {"type": "null"}],
        "description": "The decision that chose its pairs, where one is kept.",
    },
)
OF_SUBSCRIPTION = _answers(
    "A subscription, and its newest payments as they stand.",
    subscription=_DETAIL,
    payments={
        "type": "array",
        "description": "Rows as the list of transactions has them.",
        "items": {"type": "object", "additionalProperties": True},
    },
)


def recurring_routes(admit: Admission, reads: Mapping[str, ServiceClient]) -> APIRouter:
    """The routes; viewers and up. None where a service is not there; ``reads`` are by path."""
    routes = APIRouter(prefix="/v1")
    if not {TRANSACTION, SUBSCRIPTION} <= reads.keys():
        return routes
    pictures = RecurringPictures(reads)
    viewer = Depends(admit(UserRole.VIEWER))

    @routes.get(
        "/transactions/{transaction_id}/picture",
        tags=["transactions"],
        response_class=Response,
        responses=OF_TRANSACTION,
    )
    async def get_transaction_picture(
        transaction_id: PathId, caller: Annotated[Principal, viewer]
    ) -> Response:
        """One transaction with its subscription, and the decision that chose its pairs, where
        they are known."""
        found = await pictures.of_transaction(transaction_id, caller)
        of = found.subscription
        return _whole(
            found.missing,
            transaction=found.transaction,
            subscription=None if of is None else _in_short(of).model_dump(),
            checkout_decision=found.decision,
        )

    @routes.get(
        "/subscriptions/{subscription_id}/picture",
        tags=["subscriptions"],
        response_class=Response,
        responses=OF_SUBSCRIPTION,
    )
    async def get_subscription_picture(
        subscription_id: PathId, caller: Annotated[Principal, viewer]
    ) -> Response:
        """One subscription with its newest payments, as transactions knows them now."""
        subscription, rows, missing = await pictures.of_subscription(subscription_id, caller)
        return _whole(missing, subscription=subscription, payments=rows)

    return routes


def _in_short(found: Mapping[str, Any]) -> SubscriptionInShort:
    cancellation = found["cancellation"] or {"effective_on": None}
    return SubscriptionInShort(
        **{name: found[name] for name in SAME},
        **{name: found["recurrence"][name] for name in OF_RECURRENCE},
        cancels_on=cancellation["effective_on"],
    )


def _whole(missing: Sequence[Missing], **parts: Any) -> Response:
    return JsonResponse(parts | {"partial": [asdict(each) for each in missing]})

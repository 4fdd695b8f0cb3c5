"""A payment out of the gateway: its detail, and what lies beside it in answers of its own."""

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple

from backoffice.clients.gateway import Caller
from backoffice.pages.beside import read_beside
from payops_contracts.pages import DetailPage
from payops_kernel.http.paths import encoded_id

PICTURE = "/v1/transactions/{transaction_id}/picture"
"""A payment with its subscription and its checkout decision: one answer for the page."""
SUBSCRIPTIONS, CHECKOUT_RULES = "subscriptions", "checkout-rules"
"""The services that are asked for its subscription and for its decision."""
Detail = Mapping[str, Any]
"""A ``TransactionDetail``, as the gateway answers it."""


class Whole(NamedTuple):
    """A payment with what lies beside it."""

    detail: dict[str, Any]
    beside: dict[str, Any]
    """By section the answers of sections with a resource of their own."""
    alone: bool
    """Whether it belongs to a subscription that is not known."""
    decision: dict[str, Any] | None
    """The decision of its checkout, if one is kept."""
    decision_away: str
    """The service that would know, when it does not answer; else empty."""


def resource(transaction_id: str, below: str = "") -> str:
    """The gateway's path of a payment, or of something below it."""
    return f"/v1/transactions/{encoded_id(transaction_id)}{below}"


def address(transaction_id: str, below: str = "") -> str:
    """The page of a payment, or one below it."""
    return f"/transactions/{encoded_id(transaction_id)}{below}"


async def read_detail(gateway: Caller, transaction_id: str) -> dict[str, Any]:
    """A ``TransactionDetail``."""
    found: dict[str, Any] = await gateway.get(resource(transaction_id))
    return found


async def read_whole(gateway: Caller, transaction_id: str, page: DetailPage) -> Whole:
    """The payment; a section whose service is away has the service's name instead."""
    picture, beside = await asyncio.gather(
        gateway.get(resource(transaction_id, "/picture")),
        read_beside(gateway, page, transaction_id, but=PICTURE),
    )
    away = {each["service"] for each in picture["partial"]}
    for section in page.sections.values():
        if section.resource == PICTURE:
            beside[section.id] = SUBSCRIPTIONS if SUBSCRIPTIONS in away else picture
    return Whole(
        picture["transaction"],
        beside,
        SUBSCRIPTIONS not in away and picture["subscription"] is None,
        picture["checkout_decision"],
        CHECKOUT_RULES if CHECKOUT_RULES in away else "",
    )

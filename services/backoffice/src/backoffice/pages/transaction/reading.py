"""A payment out of the gateway: its detail, and what lies beside it in answers of its own."""

import asyncio
from collections.abc import Mapping
from typing import Any

from backoffice.clients.gateway import Caller
from backoffice.pages.beside import read_beside
from payops_contracts.pages import DetailPage
from payops_kernel.http.paths import encoded_id

PICTURE = "/v1/transactions/{transaction_id}/picture"
"""A payment with its subscription and its checkout decision: one answer for the page."""
SUBSCRIPTIONS = "subscriptions"
"""The service that is asked for its subscription."""
Detail = Mapping[str, Any]
"""A ``TransactionDetail``, as the gateway answers it."""


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


async def read_whole(
    gateway: Caller, transaction_id: str, page: DetailPage
) -> tuple[dict[str, Any], dict[str, Any], bool, dict[str, Any] | None]:
    """The detail; by section the answers of sections with a resource of their own; whether it
    belongs to a subscription that is not known; and the decision of its checkout, if one is kept.

    A section whose service is away has the service's name instead; the page stands without it.
    """
    picture, beside = await asyncio.gather(
        gateway.get(resource(transaction_id, "/picture")),
        read_beside(gateway, page, transaction_id, but=PICTURE),
    )
    away = SUBSCRIPTIONS in {each["service"] for each in picture["partial"]}
    for section in page.sections.values():
        if section.resource == PICTURE:
            beside[section.id] = SUBSCRIPTIONS if away else picture
    alone = not away and picture["subscription"] is None
    return picture["transaction"], beside, alone, picture["checkout_decision"]

"""A subscription out of the gateway, and where its pages are."""

from collections.abc import Mapping
from typing import Any

from backoffice.components.ways import way_to
from backoffice.pages.page import Page, Section
from backoffice.pages.visit import Visit
from backoffice.words import word
from payops_kernel.http.paths import encoded_id

SUBSCRIPTIONS = Page(
    "subscriptions",
    "/subscriptions",
    word("Subscriptions"),
    icon="repeat",
    section=Section.MAIN,
    key="s",
)
NAME = "subscription"

Detail = Mapping[str, Any]
"""A ``SubscriptionDetail``, as the gateway answers it."""


def resource(subscription_id: str, below: str = "") -> str:
    """The gateway's path of a subscription, or of something below it."""
    return f"/v1/subscriptions/{encoded_id(subscription_id)}{below}"


def address(visit: Visit, subscription_id: str) -> str:
    """The page of a subscription; the list without such pages."""
    return way_to(visit.pages, NAME, subscription_id) or SUBSCRIPTIONS.path

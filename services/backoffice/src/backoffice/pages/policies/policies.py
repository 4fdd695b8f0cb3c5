"""``/retry-policies``: every policy as a card, with what each rail leaves of it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.components.actions import NEEDS_ROLE, ActionLink
from backoffice.pages.page import Page, Section
from backoffice.pages.policies.waits import line
from backoffice.pages.visit import Visit, Visiting
from backoffice.words import word
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.paths import encoded_id

RETRY_POLICIES = Page(
    "retry-policies",
    "/retry-policies",
    word("Retry policies"),
    icon="timer-reset",
    section=Section.USER_PAYMENTS,
    key="p",
)
RESOURCE = "/v1/retry-policies"
WHY_NOT_MORE = {
    "policy_used_up": word("The policy has no more."),
    "rail_cap": word("The rail allows no more."),
    "rail_window": word("The next one would come after the last day that the rail allows."),
}
"""By the reason that the service gives."""

Policy = Mapping[str, Any]
"""A ``RetryPolicyOut``, as the gateway answers it."""

router = APIRouter()


class Card(NamedTuple):
    """One policy as the page shows it."""

    policy: Policy
    line: str
    """Its attempts, in words."""
    actions: list[ActionLink]


@router.get(RETRY_POLICIES.path)
async def retry_policies(visit: Visiting) -> Response:
    """The cards, or they alone after a change."""
    found = await visit.gateway.get(RESOURCE)
    return visit.page(
        "pages/retry-policies.html",
        RETRY_POLICIES,
        cards=[
            Card(each, line(each["delays_s"], visit.words), _actions(visit, each))
            for each in found["items"]
        ],
        why_not_more=WHY_NOT_MORE,
    )


def resource(name: str) -> str:
    """Where the gateway has a policy."""
    return f"{RESOURCE}/{encoded_id(name)}"


def address(name: str, below: str) -> str:
    """Of a dialog about a policy."""
    return f"{RETRY_POLICIES.path}/{encoded_id(name)}/{below}"


def _actions(visit: Visit, policy: Policy) -> list[ActionLink]:
    """What an admin can do with it; for everybody else disabled, with the role that it needs."""
    name, words = policy["name"], visit.words
    reason = "" if visit.may(UserRole.ADMIN) else words(NEEDS_ROLE[UserRole.ADMIN])

    def link(below: str, label: str, icon: str) -> ActionLink:
        href = None if reason else address(name, below)
        return ActionLink(f"{below}-{name}", label, icon, href, reason, dialog=True)

    change = link("change", words("Change"), "pencil")
    if policy["active"]:
        return [change]
    return [change, link("activation", words("Make active"), "circle-check")]

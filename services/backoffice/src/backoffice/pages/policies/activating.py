"""``/retry-policies/{name}/activation``: which policy holds from now on."""

from collections.abc import Awaitable

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.errors import NoSuchPage, ServiceAway
from backoffice.pages.dialogs import Asked, Decision, decided, slot_of
from backoffice.pages.policies.policies import RESOURCE, RETRY_POLICIES, Policy, address
from backoffice.pages.policies.waits import line
from backoffice.pages.visit import Visit, Visiting
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.paths import PathId

router = APIRouter()


@router.get("/retry-policies/{name}/activation")
async def ask(name: PathId, visit: Visiting) -> Response:
    """What follows from it."""
    return await _form(visit, name, Asked.fresh())


@router.post("/retry-policies/{name}/activation")
async def activate(name: PathId, visit: Visiting) -> Response:
    """Have the policy hold; a second press of the same form does nothing more."""

    def send(reason: str, _key: str) -> Awaitable[object]:
        body = {"name": name} | ({"reason": reason} if reason else {})
        return visit.gateway.put(f"{RESOURCE}/active", body)

    decision = Decision(
        name,
        RETRY_POLICIES.path,
        visit.words("The retry policy %(name)s is active.", name=name),
        send,
        lambda asked: _form(visit, name, asked),
        needs_reason=False,
    )
    return await decided(visit, decision)


async def _form(visit: Visit, name: str, asked: Asked) -> Response:
    visit.require(UserRole.ADMIN)
    policies: list[Policy] = []
    try:
        policies = (await visit.gateway.get(RESOURCE))["items"]
    except ServiceAway:
        if asked.notice is None:
            raise
    wanted = next((each for each in policies if each["name"] == name), None)
    if policies and wanted is None:
        raise NoSuchPage("No page has this address.")
    active = next((each["name"] for each in policies if each["active"]), "")
    return visit.page(
        "pages/retry-policy-activation.html",
        RETRY_POLICIES,
        crumb=name,
        path=RETRY_POLICIES.path,
        action=address(name, "activation"),
        line=wanted and line(wanted["delays_s"], visit.words),
        active=active,
        **asked.values(),
        slot=slot_of(visit),
    )

"""``/checkout-rules/{rule_id}/activation``: what the checks find, then the draft answers."""

from collections.abc import Awaitable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.components.findings import findings
from backoffice.errors import ServiceAway
from backoffice.pages.checkout_rules.reading import (
    ADAPTIVE_CHECKOUT,
    CHECKS,
    Rule,
    address,
    changed_meanwhile,
    resource,
    seen,
    why_not,
)
from backoffice.pages.dialogs import Asked, Decision, decided, slot_of
from backoffice.pages.visit import Visit, Visiting
from payops_contracts.checkout_rules import Severity
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.paths import PathId

ACCEPT = "accept_warnings"

router = APIRouter()


@router.get("/checkout-rules/{rule_id}/activation")
async def ask(rule_id: PathId, visit: Visiting) -> Response:
    """What follows from it, and what the checks find."""
    return await _form(visit, rule_id, Asked.fresh())


@router.post("/checkout-rules/{rule_id}/activation")
async def activate(rule_id: PathId, visit: Visiting) -> Response:
    """Have the draft answer; the form again with what is found, or what somebody did since."""
    fields = await visit.form()
    step, accepted = fields.get("step", ""), ACCEPT in fields

    def send(reason: str, key: str) -> Awaitable[object]:
        body: dict[str, Any] = {ACCEPT: accepted}
        body |= {"reason": reason} if reason else {}
        path = resource(rule_id, "/activation")
        return visit.gateway.ask("POST", path, body=body, key=key, headers=seen(step))

    decision = Decision(
        rule_id,
        address(rule_id),
        visit.words("The rule is active: checkouts are answered by it from now on."),
        send,
        lambda asked: _form(visit, rule_id, asked, step, accepted=accepted),
        needs_reason=False,
        told=lambda refused: changed_meanwhile(visit, refused),
    )
    return await decided(visit, decision)


async def _form(
    visit: Visit, rule_id: str, asked: Asked, step: str = "", *, accepted: bool = False
) -> Response:
    """``step`` is what a form had that comes back; the rule's own is newer. What was ``accepted``
    stays so while nobody answers: only the same form may be sent again under its key."""
    visit.require(UserRole.APPROVER)
    rule: Rule | None = None
    found: Sequence[Mapping[str, Any]] | None = None
    try:
        rule = await visit.gateway.get(resource(rule_id))
        found = await _found(visit, rule)
    except ServiceAway:
        if asked.notice is None:
            raise
    worst = {each["severity"] for each in found or ()}
    stays = accepted and asked.status == HTTPStatus.SERVICE_UNAVAILABLE
    impossible = why_not(rule["actions"]["activate"], visit.words) if rule else ""
    return visit.page(
        "pages/checkout-rule-activation.html",
        ADAPTIVE_CHECKOUT,
        crumb=rule["terms"]["name"] if rule else rule_id,
        path=address(rule_id),
        rule=rule,
        step=rule["step"] if rule else step,
        impossible=impossible,
        refused=Severity.ERROR in worst,
        warned=stays or Severity.WARNING in worst,
        accepted=stays,
        found=None if found is None else findings(found, visit.words, rule_id),
        **asked.values(),
        slot=slot_of(visit),
    )


async def _found(visit: Visit, rule: Rule) -> Sequence[Mapping[str, Any]]:
    """What the checks find if the draft answered."""
    priority = {} if rule["priority"] is None else {"priority": rule["priority"]}
    body = {"rule_id": rule["rule_id"], "terms": rule["terms"], **priority}
    found: Sequence[Mapping[str, Any]] = (await visit.gateway.post(CHECKS, body))["findings"]
    return found

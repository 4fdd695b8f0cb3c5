"""``/checkout-rules/{rule_id}/removal`` and ``/checkout-rules/removals``: one rule, or several."""

from collections.abc import Awaitable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.components.actions import NEEDS_ROLE
from backoffice.components.findings import Finding, findings
from backoffice.errors import FormOutdated, Refused, ServiceAway
from backoffice.pages.checkout_rules.reading import (
    ADAPTIVE_CHECKOUT,
    RESOURCE,
    address,
    changed_meanwhile,
)
from backoffice.pages.dialogs import Asked, Decision, Notice, decided, slot_of
from backoffice.pages.visit import Visit, Visiting
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.paths import PathId

REMOVALS = f"{ADAPTIVE_CHECKOUT.path}/removals"

router = APIRouter()


@router.get("/checkout-rules/{rule_id}/removal")
async def ask(rule_id: PathId, visit: Visiting) -> Response:
    """What follows when the rule is removed."""
    return await _form(visit, [rule_id], Asked.fresh())


@router.post(f"{REMOVALS}/preview")
async def preview(visit: Visiting) -> Response:
    """What follows for the rules that are selected in their list."""
    items = await visit.form_items()
    chosen = [value for name, value in items if name == "ids"]
    chosen += dict(items).get("more_ids", "").split()
    asked = Asked.fresh()
    return await _form(visit, list(dict.fromkeys(chosen)), asked)


@router.post(REMOVALS)
async def remove(visit: Visiting) -> Response:
    """Remove them, all or none; the form again when one of them has changed since."""
    items = await visit.form_items()
    steps = {
        rule_id: int(step)
        for name, value in items
        if name == "rule_ids"
        for rule_id, _, step in [value.partition(" ")]
        if step.isascii() and step.isdecimal() and len(step) < 10
    }
    if not steps:
        raise FormOutdated("Load the page again, and send its form anew.")
    rule_ids, found = list(steps), list[Finding]()
    accepted = "accept_warnings" in dict(items)

    def send(reason: str, key: str) -> Awaitable[object]:
        body: dict[str, Any] = {"rule_ids": rule_ids, "steps": steps, "accept_warnings": accepted}
        body |= {"reason": reason} if reason else {}
        return visit.gateway.post(f"{RESOURCE}/bulk-delete", body, key=key)

    def told(refused: Refused) -> Notice:
        found.extend(findings(refused.problem.get("findings", ()), visit.words))
        return changed_meanwhile(visit, refused)

    decision = Decision(
        rule_ids[0],
        _way_back(rule_ids),
        visit.words.many("%(num)s rule is removed.", "%(num)s rules are removed.", len(rule_ids)),
        send,
        lambda asked: _form(visit, rule_ids, asked, steps, found, accepted=accepted),
        needs_reason=False,
        told=told,
    )
    return await decided(visit, decision)


def _way_back(rule_ids: Sequence[str]) -> str:
    return address(rule_ids[0]) if len(rule_ids) == 1 else ADAPTIVE_CHECKOUT.path


async def _form(
    visit: Visit,
    rule_ids: Sequence[str],
    asked: Asked,
    steps: Mapping[str, int] | None = None,
    warnings: Sequence[Finding] = (),
    *,
    accepted: bool = False,
) -> Response:
    """``steps`` are those of a form that comes back, for when nobody tells them anew.

    ``warnings`` are what the checks found if they were removed. What was ``accepted`` stays so
    while nobody answers: only the same form may be sent again under its key.
    """
    visit.require(UserRole.OPERATOR)
    found: dict[str, Any] = {"items": [], "active": None}
    try:
        if rule_ids:
            body = {"rule_ids": list(rule_ids)}
            found = await visit.gateway.post(f"{RESOURCE}/bulk-delete/previews", body)
    except ServiceAway:
        if asked.notice is None:
            raise
        found["items"] = [_unread(rule_id, step) for rule_id, step in (steps or {}).items()]
    rules = [each for each in found["items"] if each["allowed"]]
    kept = [each for each in found["items"] if not each["allowed"]]
    needs = visit.words(NEEDS_ROLE[UserRole.APPROVER])
    values = asked.values()
    if not rules and asked.notice is None:
        values["status"] = HTTPStatus.UNPROCESSABLE_ENTITY
    return visit.page(
        "pages/checkout-rule-removal.html",
        ADAPTIVE_CHECKOUT,
        path=_way_back(rule_ids) if rule_ids else ADAPTIVE_CHECKOUT.path,
        action=REMOVALS,
        rules=rules,
        kept=kept,
        active=found["active"],
        warnings=warnings,
        accepted=accepted and asked.status == HTTPStatus.SERVICE_UNAVAILABLE,
        refused=needs if found["active"] and not visit.may(UserRole.APPROVER) else "",
        **values,
        slot=slot_of(visit),
    )


def _unread(rule_id: str, step: int) -> dict[str, Any]:
    """A rule of which no more is known than the form said."""
    return {"rule_id": rule_id, "name": rule_id, "status": None, "step": step, "allowed": True}

"""``/checkout-rules/{rule_id}/versions/{number}``: looked at, and saved again as a draft."""

from collections.abc import Awaitable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import Response

from backoffice.errors import NoSuchPage, ServiceAway
from backoffice.pages.checkout_rules.reading import (
    ADAPTIVE_CHECKOUT,
    Rule,
    address,
    changed_meanwhile,
    link,
    resource,
    seen,
    who,
    why_not,
)
from backoffice.pages.checkout_rules.versions import version
from backoffice.pages.dialogs import Asked, Decision, decided, slot_of
from backoffice.pages.visit import Visit, Visiting
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.paths import PathId

VERSION = "/checkout-rules/{rule_id}/versions/{number}"
Number = Annotated[int, Path(ge=1, le=10**9)]

router = APIRouter()


@router.get(VERSION)
async def look(rule_id: PathId, number: Number, visit: Visiting) -> Response:
    """What one version says."""
    rule, kept = await _read(visit, rule_id, number)
    restore = link(
        visit, "restore", visit.words("Restore as a draft"), "undo-2",
        address(rule_id, f"/versions/{number}/restoration"), UserRole.OPERATOR,
        why_not(rule["actions"]["restore"], visit.words),
    )  # fmt: skip
    return visit.page(
        "pages/checkout-rule-version.html",
        ADAPTIVE_CHECKOUT,
        crumb=rule["name"],
        path=address(rule_id),
        kept=kept,
        saved_by=who(kept["saved_by"], visit.words),
        shown=version("", number, kept["terms"], kept["pairs"], visit.words),
        restore=None if number == rule["version"] else restore,
    )


@router.get(f"{VERSION}/restoration")
async def ask(rule_id: PathId, number: Number, visit: Visiting) -> Response:
    """What follows when it is restored."""
    return await _form(visit, rule_id, number, Asked.fresh())


@router.post(f"{VERSION}/restoration")
async def restore(rule_id: PathId, number: Number, visit: Visiting) -> Response:
    """Have it saved as a draft; the form again when the rule has changed since."""
    fields = await visit.form()

    def send(reason: str, key: str) -> Awaitable[object]:
        return visit.gateway.ask(
            "POST",
            resource(rule_id, f"/versions/{number}/restoration"),
            body={"reason": reason} if reason else {},
            key=key,
            headers=seen(fields.get("step", "")),
        )

    decision = Decision(
        rule_id,
        address(rule_id),
        visit.words("Version %(version)s is saved as a draft.", version=number),
        send,
        lambda asked: _form(visit, rule_id, number, asked, fields.get("step", "")),
        needs_reason=False,
        told=lambda refused: changed_meanwhile(visit, refused),
    )
    return await decided(visit, decision)


async def _read(visit: Visit, rule_id: str, number: int) -> tuple[Rule, Mapping[str, Any]]:
    rule: Rule = await visit.gateway.get(resource(rule_id))
    kept = (await visit.gateway.get(resource(rule_id, "/versions")))["items"]
    found = next((each for each in kept if each["version"] == number), None)
    if found is None:
        raise NoSuchPage("No page has this address.")
    return rule, found


async def _form(visit: Visit, rule_id: str, number: int, asked: Asked, step: str = "") -> Response:
    """``step`` is what a form had that comes back; the rule's own is newer."""
    visit.require(UserRole.OPERATOR)
    rule: Rule | None = None
    try:
        rule, _ = await _read(visit, rule_id, number)
    except ServiceAway:
        if asked.notice is None:
            raise
    path = address(rule_id)
    return visit.page(
        "pages/checkout-rule-restoration.html",
        ADAPTIVE_CHECKOUT,
        crumb=rule["name"] if rule else rule_id,
        path=path,
        action=address(rule_id, f"/versions/{number}/restoration"),
        number=number,
        rule=rule,
        step=rule["step"] if rule else step,
        **asked.values(),
        slot=slot_of(visit),
    )

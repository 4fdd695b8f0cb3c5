"""``/checkout-rules/new`` and ``/checkout-rules/{rule_id}/change``: a rule written and saved."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.components.findings import Finding, findings
from backoffice.errors import Refused, ServiceAway
from backoffice.pages import htmx
from backoffice.pages.checkout_editor import checking, simulating
from backoffice.pages.checkout_editor.checking import checked_form
from backoffice.pages.checkout_editor.conflicts import theirs
from backoffice.pages.checkout_editor.form import RuleForm
from backoffice.pages.checkout_editor.lines import KINDS, quoted
from backoffice.pages.checkout_editor.pairs import Offered
from backoffice.pages.checkout_editor.places import (
    CHANGE_RULE,
    NEW_RULE,
)
from backoffice.pages.checkout_rules import refusals
from backoffice.pages.checkout_rules.catalogue import read as read_catalogue
from backoffice.pages.checkout_rules.reading import (
    ADAPTIVE_CHECKOUT,
    RESOURCE,
    Rule,
    address,
    changed_meanwhile,
    resource,
    seen,
    why_not,
)
from backoffice.pages.checkout_simulation.places import MAY_HAVE_BEGUN
from backoffice.pages.checkout_simulation.window import Window
from backoffice.pages.dialogs import LOOK_FIRST, ONCE, Notice, unanswered
from backoffice.pages.visit import Visit, Visiting
from backoffice.words import word
from payops_contracts.labels import MATCH_KEY, RULE_OPERATOR
from payops_contracts.money import CURRENCY_DECIMALS
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.paths import PathId

TEMPLATE = "pages/checkout-editor.html"
EDITOR, BLOCK = "rule-editor", "rule_editor"
"""The element that has the form, and its block."""
CHOICES: dict[str, Any] = {
    "kinds": KINDS,
    "operators": RULE_OPERATOR,
    "match_keys": MATCH_KEY,
    "currencies": sorted(CURRENCY_DECIMALS),
    "quoted": quoted,
}
"""What the form's fields are chosen from, and how texts stand in them."""
WARNED = word(
    "Nothing was saved: the checks found what this priority alone brings about, for it is used at "
    "once."
)

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Shown:
    """How the form is shown again."""

    form: RuleForm
    status: int = HTTPStatus.OK
    notice: Notice | None = None
    found: Sequence[Finding] = ()
    """What another priority of an active rule would bring about, at once."""


@router.get(NEW_RULE.path)
async def write(visit: Visiting) -> Response:
    """An empty form."""
    visit.require(UserRole.OPERATOR)
    return await _shown(visit, Shown(RuleForm.fresh(None, visit.words)))


@router.get(CHANGE_RULE.path)
async def ask(rule_id: PathId, visit: Visiting) -> Response:
    """The form, with the terms that were saved last."""
    visit.require(UserRole.OPERATOR)
    rule: Rule = await visit.gateway.get(resource(rule_id))
    change = rule["actions"]["change"]
    if not change["allowed"]:
        raise Refused(HTTPStatus.CONFLICT, {"detail": why_not(change, visit.words)})
    return await _shown(visit, Shown(RuleForm.fresh(rule, visit.words)))


@router.post(NEW_RULE.path)
async def make(visit: Visiting) -> Response:
    """Have a draft of a new rule saved; the form again with a line more or less, or wrong."""
    return await _sent(visit, "")


@router.post(CHANGE_RULE.path)
async def change(rule_id: PathId, visit: Visiting) -> Response:
    """Have a draft version saved; the form again with a line more or less, or wrong."""
    return await _sent(visit, rule_id)


async def _sent(visit: Visit, rule_id: str) -> Response:
    fields = await visit.form()
    visit.require(UserRole.OPERATOR)
    form = RuleForm.sent(fields, rule_id)
    edited = form.after(fields)
    if edited is not None:
        return await _shown(visit, Shown(edited))
    form = form.checked(visit.words)
    if fields.get("do") == "check":
        return await _shown(visit, Shown(replace(form, wrong={})))
    if form.wrong:
        return await _shown(visit, Shown(form, HTTPStatus.UNPROCESSABLE_ENTITY))
    is_tried = fields.get("do") == "simulate"
    try:
        if is_tried:
            return await simulating.begun(visit, form, fields)
        saved = await _save(visit, form, accepted="accept_warnings" in fields)
    except Refused as refused:
        return await _refused(visit, form, refused)
    except ServiceAway as away:
        then = MAY_HAVE_BEGUN if is_tried else LOOK_FIRST if rule_id else ONCE
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return await _shown(visit, Shown(form, status, unanswered(visit, away, then)))
    said = visit.words(
        "%(name)s is saved as a draft: version %(version)s.",
        name=form.name,
        version=saved["version"],
    )
    activation = (address(saved["rule_id"], "/activation"), visit.words("Activate it"))
    link = activation if visit.may(UserRole.APPROVER) else None
    return visit.see_other(address(saved["rule_id"]), said, link)


async def _save(visit: Visit, form: RuleForm, *, accepted: bool) -> Rule:
    body: dict[str, Any] = {"terms": form.terms(visit.words), **form.with_priority()}
    if form.reason:
        body["reason"] = form.reason
    if not form.rule_id:
        made: Rule = await visit.gateway.post(RESOURCE, body, key=form.key)
        return made
    path = resource(form.rule_id)
    body["accept_warnings"] = accepted
    saved: Rule = (await visit.gateway.ask("PUT", path, body=body, headers=seen(form.step))).body
    return saved


async def _refused(visit: Visit, form: RuleForm, refused: Refused) -> Response:
    """What somebody has made of the rule since, what is wrong with a field, or why not at all."""
    if refused.answered == HTTPStatus.PRECONDITION_FAILED and form.rule_id:
        try:
            rule: Rule = await visit.gateway.get(resource(form.rule_id))
        except ServiceAway:
            notice = changed_meanwhile(visit, refused)
            return await _shown(visit, Shown(form, refused.answered, notice))
        onto = replace(form, step=str(rule["step"]))
        return await _shown(visit, Shown(onto, refused.answered, theirs(visit, refused, rule)))
    if found := findings(refused.problem.get("findings", ()), visit.words):
        notice = Notice(visit.words(WARNED), [])
        return await _shown(visit, Shown(form, refused.answered, notice, found))
    form, others = form.refused(refusals.said_at_fields(refused, visit.words))
    about = Notice(refusals.said(refused, visit.words), others)
    is_said = others or not form.wrong
    return await _shown(visit, Shown(form, refused.answered, about if is_said else None))


async def _shown(visit: Visit, shown: Shown) -> Response:
    """The editor; of a request that is about a part of it, the form alone."""
    form, words = shown.form, visit.words
    offered = await _offered(visit, shown)
    page = CHANGE_RULE if form.rule_id else NEW_RULE
    values: dict[str, Any] = {
        "form": form,
        "notice": shown.notice,
        "found": shown.found,
        "action": address(form.rule_id, "/change") if form.rule_id else NEW_RULE.path,
        "back": address(form.rule_id) if form.rule_id else ADAPTIVE_CHECKOUT.path,
        "chosen": offered.chosen(form.pairs, words),
        "others": offered.others(form.pairs),
        **CHOICES,
    }
    if htmx.wanted_block(visit.request) is not None:
        told = htmx.events(rule_edited=True) | htmx.swapped_into(f"#{EDITOR}")
        return visit.part(TEMPLATE, page, BLOCK, status=shown.status, headers=told, **values)
    is_sent = visit.request.method == "POST"
    window = Window.sent(await visit.form(), visit) if is_sent else Window.yesterday(visit)
    checked = await checked_form(visit, form) if form.pairs else None
    beside: dict[str, Any] = {"checks": checking.PATH, "checked": checked, "window": window}
    crumb = form.name if form.rule_id else None
    return visit.page(TEMPLATE, page, crumb=crumb, status=shown.status, **values, **beside)


async def _offered(visit: Visit, shown: Shown) -> Offered:
    """The catalogue; without it while nobody answers, so that all that is typed stays."""
    try:
        return Offered.of(await read_catalogue(visit), visit.words)
    except ServiceAway:
        if shown.notice is None:
            raise
        return Offered({}, is_read=False)

"""``/checkout-rules/ordering``: another order of trying, made step by step and saved at once."""

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.components.findings import findings
from backoffice.errors import FormOutdated, Refused, ServiceAway
from backoffice.pages import htmx
from backoffice.pages.checkout_rules import refusals
from backoffice.pages.checkout_rules.overview import Wanted, shown
from backoffice.pages.checkout_rules.reading import (
    ADAPTIVE_CHECKOUT,
    RESOURCE,
    changed_meanwhile,
    seen,
)
from backoffice.pages.dialogs import LOOK_FIRST, REASON, Notice, unanswered
from backoffice.pages.visit import Visit, Visiting
from backoffice.words import word
from payops_kernel.auth.principals import UserRole

MOVE = re.compile(r"(up|down)-(.+)")
WARNED = word("Nothing was saved: the checks found what this order alone brings about.")

router = APIRouter()


@router.post(f"{ADAPTIVE_CHECKOUT.path}/ordering")
async def order(visit: Visiting) -> Response:
    """Save the order; with one rule moved it comes back, and nothing is written."""
    items = await visit.form_items()
    visit.require(UserRole.APPROVER)
    fields = dict(items)
    rule_ids = [value for name, value in items if name == "rule_ids"]
    if not rule_ids or "version" not in fields:
        raise FormOutdated("Load the page again, and send its form anew.")
    wanted = Wanted(rule_ids, fields.get("reason", "").strip())
    if move := MOVE.fullmatch(fields.get("do", "")):
        step = -1 if move[1] == "up" else 1
        return await shown(
            visit, wanted._replace(rule_ids=moved(rule_ids, move[2], step), moved=move[2])
        )
    return await _saved(visit, wanted, fields["version"], accepted="accept_warnings" in fields)


def moved(rule_ids: Sequence[str], rule_id: str, step: int) -> list[str]:
    """The order with one rule a step nearer to the beginning or the end, within both."""
    order = list(rule_ids)
    if rule_id in order:
        at = order.index(rule_id)
        order.insert(min(max(at + step, 0), len(order) - 1), order.pop(at))
    return order


async def _saved(visit: Visit, wanted: Wanted, version: str, *, accepted: bool) -> Response:
    body: dict[str, Any] = {"rule_ids": wanted.rule_ids, "accept_warnings": accepted}
    body |= {"reason": wanted.reason} if wanted.reason else {}
    try:
        await visit.gateway.ask(
            "POST", f"{RESOURCE}/ordering", body=body, key=uuid4().hex, headers=seen(version)
        )
    except Refused as refused:
        return await _refused(visit, wanted, refused)
    except ServiceAway as away:
        notice = unanswered(visit, away, LOOK_FIRST)
        return await shown(visit, wanted, notice, HTTPStatus.SERVICE_UNAVAILABLE)
    toast = visit.words("The order of the rules is saved.")
    if not htmx.is_htmx(visit.request):
        return visit.see_other(ADAPTIVE_CHECKOUT.path, toast)
    return await shown(visit, headers=htmx.events(toast={"text": toast}))


async def _refused(visit: Visit, wanted: Wanted, refused: Refused) -> Response:
    """What somebody did since, and the order that was wanted; or what is wrong with it."""
    if refused.answered == HTTPStatus.PRECONDITION_FAILED:
        notice = changed_meanwhile(visit, refused)
        again = visit.words("Your order is shown below: save it again, or discard it.")
        notice = Notice(notice.title, [*notice.lines, again])
        return await shown(visit, wanted, notice, refused.answered)
    if found := findings(refused.problem.get("findings", ()), visit.words):
        notice = Notice(visit.words(WARNED), [])
        return await shown(visit, wanted, notice, refused.answered, found=found)
    wrong = refusals.said_at_fields(refused, visit.words).get(REASON)
    said = wrong or refusals.said(refused, visit.words)
    return await shown(visit, wanted, Notice(said, []), refused.answered)

"""``/billing-cycles/{code}/closure`` and ``…/reopening``: the dialogs of an approver."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.errors import FormOutdated, Refused, ServiceAway
from backoffice.pages import htmx
from backoffice.pages.cycles.cycle import CYCLES, address, debits_of, read
from backoffice.pages.transaction.page import DIALOG, Notice, slot_of
from backoffice.pages.visit import Visit, Visiting
from backoffice.words import word
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.paths import PathId, encoded_id

CLOSURE, REOPENING = "closure", "reopening"
DONE = {
    CLOSURE: word("The billing cycle is closed."),
    REOPENING: word("The billing cycle is open for changes again."),
}

router = APIRouter()


@router.get("/billing-cycles/{code}/closure")
async def ask_closure(code: PathId, visit: Visiting) -> Response:
    """The form that freezes its totals, with the totals."""
    return await _form(visit, code, CLOSURE, uuid4().hex)


@router.get("/billing-cycles/{code}/reopening")
async def ask_reopening(code: PathId, visit: Visiting) -> Response:
    """The form that lets its totals change again."""
    return await _form(visit, code, REOPENING, uuid4().hex)


@router.post("/billing-cycles/{code}/closure")
async def closure(code: PathId, visit: Visiting) -> Response:
    """Freeze its totals."""
    return await _decided(visit, code, CLOSURE)


@router.post("/billing-cycles/{code}/reopening")
async def reopening(code: PathId, visit: Visiting) -> Response:
    """Let its totals change again."""
    return await _decided(visit, code, REOPENING)


async def _decided(visit: Visit, code: str, what: str) -> Response:
    fields = await visit.form()
    key = fields.get("key")
    if key is None:
        raise FormOutdated("Load the page again, and send its form anew.")
    reason = fields.get("reason", "").strip()
    if not reason and what == REOPENING:
        wrong = visit.words("Say why, for the audit log and whoever looks next.")
        return await _form(visit, code, what, key, HTTPStatus.UNPROCESSABLE_ENTITY, wrong=wrong)
    field = "reason" if what == REOPENING else "comment"
    body = {field: reason} if reason else {}
    try:
        await visit.gateway.post(f"/v1/billing-cycles/{encoded_id(code)}/{what}", body, key=key)
    except Refused as refused:
        wrongs = {error["pointer"]: error["detail"] for error in refused.errors}
        wrong = visit.words(wrongs.get(f"/body/{field}", ""))
        if refused.answered != HTTPStatus.CONFLICT and not wrong:
            raise
        notice = None if wrong else Notice(visit.words(refused.detail), [])
        return await _form(
            visit, code, what, key, refused.answered, reason=reason, wrong=wrong, notice=notice
        )
    except ServiceAway as away:
        said = visit.words("%(service)s does not answer.", service=away.name)
        again = visit.words("It may have been done, or not. Press again: it is done once.")
        return await _form(
            visit, code, what, key, HTTPStatus.SERVICE_UNAVAILABLE,
            reason=reason, notice=Notice(said, [again]),
        )  # fmt: skip
    toast = visit.words(DONE[what])
    if htmx.wanted_block(visit.request) != DIALOG:
        return visit.see_other(address(visit, code), toast)
    told = htmx.events(dialog_close=True, toast={"text": toast}, record_changed={"id": code})
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=told)


async def _form(
    visit: Visit,
    code: str,
    what: str,
    key: str,
    status: int = HTTPStatus.OK,
    *,
    reason: str = "",
    wrong: str = "",
    notice: Notice | None = None,
) -> Response:
    visit.require(UserRole.APPROVER)
    cycle: Mapping[str, Any] = {}
    try:
        cycle = await read(visit, code)
    except ServiceAway:
        if notice is None:
            raise
    return visit.page(
        "pages/cycle-decision.html",
        CYCLES,
        crumb=code,
        status=status,
        path=address(visit, code),
        what=what,
        cycle=cycle,
        debits=f"/charges?{debits_of(code)}",
        possible=cycle["actions"]["close" if what == CLOSURE else "reopen"] if cycle else None,
        key=key,
        reason=reason,
        wrong=wrong,
        notice=notice,
        slot=slot_of(visit),
    )

"""``/billing-cycles/{code}/closure`` and ``…/reopening``: the dialogs of an approver."""

from collections.abc import Awaitable, Mapping
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.errors import ServiceAway
from backoffice.pages.cycles.cycle import CYCLES, address, debits_of, read
from backoffice.pages.dialogs import Asked, Decision, decided, slot_of
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
    return await _form(visit, code, CLOSURE, Asked.fresh())


@router.get("/billing-cycles/{code}/reopening")
async def ask_reopening(code: PathId, visit: Visiting) -> Response:
    """The form that lets its totals change again."""
    return await _form(visit, code, REOPENING, Asked.fresh())


@router.post("/billing-cycles/{code}/closure")
async def closure(code: PathId, visit: Visiting) -> Response:
    """Freeze its totals."""
    return await _decided(visit, code, CLOSURE)


@router.post("/billing-cycles/{code}/reopening")
async def reopening(code: PathId, visit: Visiting) -> Response:
    """Let its totals change again."""
    return await _decided(visit, code, REOPENING)


async def _decided(visit: Visit, code: str, what: str) -> Response:
    field = "reason" if what == REOPENING else "comment"

    def send(reason: str, key: str) -> Awaitable[object]:
        body = {field: reason} if reason else {}
        return visit.gateway.post(f"/v1/billing-cycles/{encoded_id(code)}/{what}", body, key=key)

    decision = Decision(
        code,
        address(visit, code),
        visit.words(DONE[what]),
        send,
        lambda asked: _form(visit, code, what, asked),
        needs_reason=what == REOPENING,
        pointers=(f"/body/{field}",),
    )
    return await decided(visit, decision)


async def _form(
    visit: Visit,
    code: str,
    what: str,
    asked: Asked,
) -> Response:
    visit.require(UserRole.APPROVER)
    cycle: Mapping[str, Any] = {}
    try:
        cycle = await read(visit, code)
    except ServiceAway:
        if asked.notice is None:
            raise
    return visit.page(
        "pages/cycle-decision.html",
        CYCLES,
        crumb=code,
        path=address(visit, code),
        what=what,
        cycle=cycle,
        debits=f"/charges?{debits_of(code)}",
        possible=cycle["actions"]["close" if what == CLOSURE else "reopen"] if cycle else None,
        **asked.values(),
        slot=slot_of(visit),
    )

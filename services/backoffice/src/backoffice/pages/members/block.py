"""``/members/{mpass_number}/block`` and ``…/unblock``: with a reason, each once."""

from collections.abc import Awaitable

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.components.ways import way_to
from backoffice.pages.dialogs import Asked, Decision, decided, slot_of
from backoffice.pages.members.member import MEMBERS, NAME
from backoffice.pages.visit import Visit, Visiting
from backoffice.words import word
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.paths import PathId, encoded_id

BLOCK, UNBLOCK = "block", "unblock"
REASONS = ("/body/reason", "/query/reason")
TOASTS = {BLOCK: word("The member is blocked."), UNBLOCK: word("The member is unblocked.")}

router = APIRouter()


@router.get("/members/{mpass_number}/block")
async def ask_block(mpass_number: PathId, visit: Visiting) -> Response:
    """The form that blocks."""
    return await _form(visit, mpass_number, BLOCK, Asked.fresh())


@router.get("/members/{mpass_number}/unblock")
async def ask_unblock(mpass_number: PathId, visit: Visiting) -> Response:
    """The form that lifts the block."""
    return await _form(visit, mpass_number, UNBLOCK, Asked.fresh())


@router.post("/members/{mpass_number}/block")
async def block(mpass_number: PathId, visit: Visiting) -> Response:
    """Have them blocked; a second press of the same form does nothing more."""
    return await _decided(visit, mpass_number, BLOCK)


@router.post("/members/{mpass_number}/unblock")
async def unblock(mpass_number: PathId, visit: Visiting) -> Response:
    """Have the block lifted."""
    return await _decided(visit, mpass_number, UNBLOCK)


async def _decided(visit: Visit, mpass_number: str, what: str) -> Response:
    path = f"/v1/members/{encoded_id(mpass_number)}/block"

    def send(reason: str, key: str) -> Awaitable[object]:
        body = {"reason": reason}
        if what == BLOCK:
            return visit.gateway.post(path, body, key=key)
        return visit.gateway.ask("DELETE", path, query=body, key=key)

    decision = Decision(
        mpass_number,
        _address(visit, mpass_number),
        visit.words(TOASTS[what]),
        send,
        lambda asked: _form(visit, mpass_number, what, asked),
        pointers=REASONS,
    )
    return await decided(visit, decision)


async def _form(
    visit: Visit,
    mpass_number: str,
    what: str,
    asked: Asked,
) -> Response:
    visit.require(UserRole.OPERATOR)
    return visit.page(
        "pages/member-block.html",
        MEMBERS,
        crumb=mpass_number,
        path=_address(visit, mpass_number),
        what=what,
        **asked.values(),
        slot=slot_of(visit),
    )


def _address(visit: Visit, mpass_number: str) -> str:
    return way_to(visit.pages, NAME, mpass_number) or MEMBERS.path

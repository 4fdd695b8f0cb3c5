"""``/members/{mpass_number}/block`` and ``…/unblock``: with a reason, each once."""

from http import HTTPStatus
from uuid import uuid4

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.components.ways import way_to
from backoffice.errors import FormOutdated, Refused, ServiceAway
from backoffice.pages import htmx
from backoffice.pages.members.member import MEMBERS, NAME
from backoffice.pages.transaction.page import DIALOG, Notice, slot_of
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
    return await _form(visit, mpass_number, BLOCK, uuid4().hex)


@router.get("/members/{mpass_number}/unblock")
async def ask_unblock(mpass_number: PathId, visit: Visiting) -> Response:
    """The form that lifts the block."""
    return await _form(visit, mpass_number, UNBLOCK, uuid4().hex)


@router.post("/members/{mpass_number}/block")
async def block(mpass_number: PathId, visit: Visiting) -> Response:
    """Have them blocked; a second press of the same form does nothing more."""
    return await _decided(visit, mpass_number, BLOCK)


@router.post("/members/{mpass_number}/unblock")
async def unblock(mpass_number: PathId, visit: Visiting) -> Response:
    """Have the block lifted."""
    return await _decided(visit, mpass_number, UNBLOCK)


async def _decided(visit: Visit, mpass_number: str, what: str) -> Response:
    fields = await visit.form()
    key = fields.get("key")
    if key is None:
        raise FormOutdated("Load the page again, and send its form anew.")
    reason = fields.get("reason", "").strip()
    if not reason:
        wrong = visit.words("Say why, for the audit log and whoever looks next.")
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return await _form(visit, mpass_number, what, key, status, wrong=wrong)
    try:
        await _send(visit, mpass_number, what, reason, key)
    except Refused as refused:
        wrongs = [error["detail"] for error in refused.errors if error["pointer"] in REASONS]
        if refused.answered != HTTPStatus.CONFLICT and not wrongs:
            raise
        notice = None if wrongs else Notice(visit.words(refused.detail), [])
        wrong = visit.words(wrongs[0]) if wrongs else ""
        return await _form(
            visit, mpass_number, what, key, refused.answered,
            reason=reason, wrong=wrong, notice=notice,
        )  # fmt: skip
    except ServiceAway as away:
        said = visit.words("%(service)s does not answer.", service=away.name)
        again = visit.words("It may have been done, or not. Press again: it is done once.")
        return await _form(
            visit, mpass_number, what, key, HTTPStatus.SERVICE_UNAVAILABLE,
            reason=reason, notice=Notice(said, [again]),
        )  # fmt: skip
    toast = visit.words(TOASTS[what])
    if htmx.wanted_block(visit.request) != DIALOG:
        return visit.see_other(_address(visit, mpass_number), toast)
    told = htmx.events(
        dialog_close=True, toast={"text": toast}, record_changed={"id": mpass_number}
    )
    return Response(status_code=204, headers=told)


async def _send(visit: Visit, mpass_number: str, what: str, reason: str, key: str) -> None:
    path = f"/v1/members/{encoded_id(mpass_number)}/block"
    if what == BLOCK:
        await visit.gateway.post(path, {"reason": reason}, key=key)
    else:
        await visit.gateway.ask("DELETE", path, query={"reason": reason}, key=key)


async def _form(
    visit: Visit,
    mpass_number: str,
    what: str,
    key: str,
    status: int = HTTPStatus.OK,
    *,
    reason: str = "",
    wrong: str = "",
    notice: Notice | None = None,
) -> Response:
    visit.require(UserRole.OPERATOR)
    return visit.page(
        "pages/member-block.html",
        MEMBERS,
        crumb=mpass_number,
        status=status,
        path=_address(visit, mpass_number),
        what=what,
        key=key,
        reason=reason,
        wrong=wrong,
        notice=notice,
        slot=slot_of(visit),
    )


def _address(visit: Visit, mpass_number: str) -> str:
    return way_to(visit.pages, NAME, mpass_number) or MEMBERS.path

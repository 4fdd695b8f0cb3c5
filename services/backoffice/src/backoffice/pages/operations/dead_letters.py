"""``/dead-letters/{dead_letter_id}``: a dead letter; ``…/replay`` and ``…/discard`` decide."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.components.actions import Doer
from backoffice.components.detail import DetailView, Told
from backoffice.errors import FormOutdated, Refused, ServiceAway
from backoffice.pages import htmx
from backoffice.pages.page import Page, Section
from backoffice.pages.transaction.page import DIALOG, Notice, slot_of
from backoffice.pages.visit import Visit, Visiting
from backoffice.words import word
from payops_contracts.pages import default_pages
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.paths import PathId, encoded_id

DEAD_LETTERS = Page(
    "dead-letters",
    "/dead-letters",
    word("Dead letters"),
    icon="inbox",
    section=Section.OPERATIONS,
    key="l",
)
REASON = "/body/reason"
SAID_BY_THE_GATEWAY = (
    word("It was decided about before."),
    word("The record was too large to travel, and lies in its topic alone."),
)

routes = APIRouter()


@routes.get("/dead-letters/{dead_letter_id}")
async def dead_letter(dead_letter_id: PathId, visit: Visiting) -> Response:
    """The dead letter's page, or its content alone."""
    letter = await _read(visit, dead_letter_id)
    declared = default_pages().details["dead-letter"]
    path = _address(dead_letter_id)
    return visit.page(
        "pages/dead-letter.html",
        DEAD_LETTERS,
        crumb=dead_letter_id,
        path=path,
        letter=letter,
        view=DetailView(declared, letter, Told(), visit.words),
        actions=Doer(visit.words, default_pages(), visit.may).links(declared.actions, path, letter),
    )


@routes.get("/dead-letters/{dead_letter_id}/replay")
async def ask_replay(dead_letter_id: PathId, visit: Visiting) -> Response:
    """The form that sends the record to its topic once more."""
    return await _form(visit, dead_letter_id, "replay", uuid4().hex)


@routes.get("/dead-letters/{dead_letter_id}/discard")
async def ask_discard(dead_letter_id: PathId, visit: Visiting) -> Response:
    """The form that says it is not needed."""
    return await _form(visit, dead_letter_id, "discard", uuid4().hex)


@routes.post("/dead-letters/{dead_letter_id}/replay")
async def replay(dead_letter_id: PathId, visit: Visiting) -> Response:
    """Have it sent; a second press of the same form sends nothing more."""
    toast = visit.words("The record is sent to its topic again.")
    return await _decided(visit, dead_letter_id, "replay", toast)


@routes.post("/dead-letters/{dead_letter_id}/discard")
async def discard(dead_letter_id: PathId, visit: Visiting) -> Response:
    """Say so; it leaves the open ones."""
    toast = visit.words("The dead letter is discarded.")
    return await _decided(visit, dead_letter_id, "discard", toast)


async def _decided(visit: Visit, dead_letter_id: str, what: str, toast: str) -> Response:
    fields = await visit.form()
    key = fields.get("key")
    if key is None:
        raise FormOutdated("Load the page again, and send its form anew.")
    reason = fields.get("reason", "").strip()
    if not reason:
        wrong = visit.words("Say why, for the audit log and whoever looks next.")
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return await _form(visit, dead_letter_id, what, key, status, wrong=wrong)
    try:
        await visit.gateway.post(f"{_resource(dead_letter_id)}/{what}", {"reason": reason}, key=key)
    except Refused as refused:
        wrongs = {error["pointer"]: error["detail"] for error in refused.errors}
        if refused.answered != HTTPStatus.CONFLICT and REASON not in wrongs:
            raise
        notice = None if REASON in wrongs else Notice(visit.words(refused.detail), [])
        wrong = visit.words(wrongs[REASON]) if REASON in wrongs else ""
        return await _form(
            visit, dead_letter_id, what, key, refused.answered,
            reason=reason, wrong=wrong, notice=notice,
        )  # fmt: skip
    except ServiceAway as away:
        said = visit.words("%(service)s does not answer.", service=away.name)
        again = visit.words("It may have been done, or not. Press again: it is done once.")
        return await _form(
            visit, dead_letter_id, what, key, HTTPStatus.SERVICE_UNAVAILABLE,
            reason=reason, notice=Notice(said, [again]),
        )  # fmt: skip
    if htmx.wanted_block(visit.request) != DIALOG:
        return visit.see_other(_address(dead_letter_id), toast)
    told = htmx.events(
        dialog_close=True, toast={"text": toast}, record_changed={"id": dead_letter_id}
    )
    return Response(status_code=204, headers=told)


async def _form(
    visit: Visit,
    dead_letter_id: str,
    what: str,
    key: str,
    status: int = HTTPStatus.OK,
    *,
    reason: str = "",
    wrong: str = "",
    notice: Notice | None = None,
) -> Response:
    visit.require(UserRole.ADMIN)
    letter: Mapping[str, Any] = {}
    try:
        letter = await _read(visit, dead_letter_id)
    except ServiceAway:
        if notice is None:
            raise
    return visit.page(
        "pages/decision.html",
        DEAD_LETTERS,
        crumb=dead_letter_id,
        status=status,
        path=_address(dead_letter_id),
        what=what,
        letter=letter,
        key=key,
        reason=reason,
        wrong=wrong,
        notice=notice,
        slot=slot_of(visit),
    )


async def _read(visit: Visit, dead_letter_id: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = await visit.gateway.get(_resource(dead_letter_id))
    return found


def _resource(dead_letter_id: str) -> str:
    return f"/v1/dead-letters/{encoded_id(dead_letter_id)}"


def _address(dead_letter_id: str) -> str:
    return f"/dead-letters/{encoded_id(dead_letter_id)}"

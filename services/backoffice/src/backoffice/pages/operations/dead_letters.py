"""``/dead-letters/{dead_letter_id}``: a dead letter; ``…/replay`` and ``…/discard`` decide."""

from collections.abc import Awaitable, Mapping
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.components.actions import Doer
from backoffice.components.detail import DetailView, Told
from backoffice.errors import ServiceAway
from backoffice.pages.dialogs import Asked, Decision, decided, slot_of
from backoffice.pages.page import Page, Section
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
    return await _form(visit, dead_letter_id, "replay", Asked.fresh())


@routes.get("/dead-letters/{dead_letter_id}/discard")
async def ask_discard(dead_letter_id: PathId, visit: Visiting) -> Response:
    """The form that says it is not needed."""
    return await _form(visit, dead_letter_id, "discard", Asked.fresh())


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
    def send(reason: str, key: str) -> Awaitable[object]:
        path = f"{_resource(dead_letter_id)}/{what}"
        return visit.gateway.post(path, {"reason": reason}, key=key)

    decision = Decision(
        dead_letter_id,
        _address(dead_letter_id),
        toast,
        send,
        lambda asked: _form(visit, dead_letter_id, what, asked),
    )
    return await decided(visit, decision)


async def _form(
    visit: Visit,
    dead_letter_id: str,
    what: str,
    asked: Asked,
) -> Response:
    visit.require(UserRole.ADMIN)
    letter: Mapping[str, Any] = {}
    try:
        letter = await _read(visit, dead_letter_id)
    except ServiceAway:
        if asked.notice is None:
            raise
    return visit.page(
        "pages/decision.html",
        DEAD_LETTERS,
        crumb=dead_letter_id,
        path=_address(dead_letter_id),
        what=what,
        letter=letter,
        **asked.values(),
        slot=slot_of(visit),
    )


async def _read(visit: Visit, dead_letter_id: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = await visit.gateway.get(_resource(dead_letter_id))
    return found


def _resource(dead_letter_id: str) -> str:
    return f"/v1/dead-letters/{encoded_id(dead_letter_id)}"


def _address(dead_letter_id: str) -> str:
    return f"/dead-letters/{encoded_id(dead_letter_id)}"

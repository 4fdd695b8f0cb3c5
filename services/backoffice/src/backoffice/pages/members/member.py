"""``/members/{mpass_number}``: one member, put together by the gateway out of every service."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.components.actions import ActionLink, Doer
from backoffice.components.detail import DetailView, Told
from backoffice.components.timeline import timeline
from backoffice.components.ways import way_to
from backoffice.errors import NoSuchPage
from backoffice.pages.members.standing import moments, sentences
from backoffice.pages.page import Page, Section
from backoffice.pages.visit import Visit, Visiting
from backoffice.words import word
from payops_contracts.pages import DetailPage
from payops_kernel.http.paths import PathId, encoded_id

MEMBERS = Page(
    "members",
    "/members",
    word("Members"),
    icon="users",
    section=Section.USER_PAYMENTS,
    key="m",
)
NAME = "member"
Picture = Mapping[str, Any]
"""A ``MemberPictureOut``, as the gateway answers it."""

router = APIRouter()


@router.get("/members/{mpass_number}")
async def member(mpass_number: PathId, visit: Visiting) -> Response:
    """The member's page, or its content alone."""
    declared = visit.pages.details.get(NAME)
    if declared is None:
        raise NoSuchPage("No page has this address.")
    picture = await visit.gateway.get(f"/v1/members/{encoded_id(mpass_number)}/picture")
    words, now, found = visit.words, datetime.now(UTC), picture["member"]
    told = Told(
        sentences=sentences(found, words),
        days=timeline(moments(found["history"], words), visit.zone, now, words),
        beside=_beside(declared, picture),
    )
    path = way_to(visit.pages, NAME, mpass_number) or ""
    return visit.page(
        "pages/member.html",
        MEMBERS,
        crumb=mpass_number,
        path=path,
        member=found,
        view=DetailView(declared, picture, told, words),
        actions=_actions(declared, picture, path, visit),
    )


def _beside(declared: DetailPage, picture: Picture) -> dict[str, Any]:
    """By section the picture, or the service that is away with the section's part."""
    found: dict[str, Any] = {}
    for section in declared.sections.values():
        if section.resource is not None:
            part = picture.get((section.rows or "").partition(".")[0]) or {}
            missing = part.get("missing")
            found[section.id] = picture if missing is None else str(missing["service"])
    return found


def _actions(declared: DetailPage, picture: Picture, path: str, visit: Visit) -> list[ActionLink]:
    """What can be done as things stand; who may not do it is told so."""
    possible = picture["member"]["actions"]
    wanted = [each for each in declared.actions if possible.get(each, {"allowed": True})["allowed"]]
    return Doer(visit.words, visit.pages, visit.may).links(wanted, path, picture)

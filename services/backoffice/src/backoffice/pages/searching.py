"""Search over every kind of record: a page, and the palette that ``/`` opens on every page."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.components.hits import HitGroup, OwnPages, hit_group
from backoffice.errors import Refused
from backoffice.pages.checkout_rules.overview import ALL
from backoffice.pages.checkout_rules.reading import ADAPTIVE_CHECKOUT
from backoffice.pages.lists.reading import showing_of
from backoffice.pages.page import Area, Page
from backoffice.pages.visit import Visit, Visiting
from backoffice.words import word

RESOURCE = "/v1/search"
TEMPLATE = "pages/search.html"
SEARCH = Page("search", "/search", word("Search"))
OWN_PAGES = {
    ADAPTIVE_CHECKOUT.name: OwnPages(
        ADAPTIVE_CHECKOUT.title,
        ADAPTIVE_CHECKOUT.path,
        id="rule_id",
        name="name",
        chip="rule",
        at="changed_at",
        everything={"status": ALL},
    )
}
"""Kinds whose lists nobody declares."""

routes = APIRouter()


@routes.get(SEARCH.path)
async def search(visit: Visiting) -> Response:
    """What a text, or a pasted list of IDs, finds; without a text, what can be searched."""
    found = await _found(visit)
    return visit.page(TEMPLATE, SEARCH, status=_status(found), **found)


@routes.get("/parts/search")
async def options(visit: Visiting) -> Response:
    """The same as options of the palette."""
    found = await _found(visit)
    return visit.part(TEMPLATE, SEARCH, "palette", status=_status(found), **found)


async def _found(visit: Visit) -> dict[str, Any]:
    text = dict(visit.query).get("q", "").strip()
    found: dict[str, Any] = {"groups": [], "ids": [], "not_found": []}
    problem = ""
    if text:
        try:
            found = await visit.gateway.get(RESOURCE, {"q": text})
        except Refused as refused:
            problem = visit.words(refused.detail)
    showing = showing_of(visit)
    groups = [hit_group(each, text, showing, OWN_PAGES) for each in found["groups"]]
    return {
        "text": text,
        "groups": [each for each in groups if each.hits],
        "away": _away(groups),
        "ids": found["ids"],
        "not_found": found["not_found"],
        "problem": problem,
    }


def _away(groups: list[HitGroup]) -> dict[str, list[str]]:
    """The kinds that are missing, by the service that did not answer."""
    away: dict[str, list[str]] = {}
    for each in groups:
        if each.away:
            away.setdefault(each.away, []).append(each.title)
    return away


def _status(found: dict[str, Any]) -> int:
    return 422 if found["problem"] else 200


SEARCHING = Area(
    pages=(SEARCH,),
    routes=routes,
    scripts=("search-palette.js",),
    topbar=("components/search.html",),
)

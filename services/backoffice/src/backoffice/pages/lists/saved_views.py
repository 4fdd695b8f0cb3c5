"""Saved views: lists as somebody wants to see them again, kept by the gateway."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.clients.gateway import Caller
from backoffice.components.list_page import Asked
from backoffice.errors import NoSuchPage, Refused, ServiceAway
from backoffice.pages.lists.reading import pages_of
from backoffice.pages.visit import Visit, Visiting
from payops_kernel.http.paths import PathId, encoded_id

RESOURCE = "/v1/saved-views"


@dataclass(frozen=True, slots=True)
class SavedView:
    """A view in the menu; ``current`` when the filters that are shown equal it."""

    id: str
    name: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class SavedViews:
    """Somebody's views of one list."""

    items: Sequence[SavedView]

    @property
    def current(self) -> SavedView | None:
        """The one that is shown."""
        return next((each for each in self.items if each.current), None)


async def read_views(visit: Visit, asked: Asked) -> SavedViews | None:
    """The visitor's views of this list; None when they cannot be read now."""
    try:
        found = await _answered(visit.gateway, asked)
    except (ServiceAway, Refused):
        return None
    return SavedViews([_view(each, asked) for each in found])


async def _answered(gateway: Caller, asked: Asked) -> Sequence[dict[str, Any]]:
    answer = await gateway.get(RESOURCE, {"page": asked.page.id})
    items: Sequence[dict[str, Any]] = answer["items"]
    return items


def _view(kept: dict[str, Any], asked: Asked) -> SavedView:
    # As the page would ask it today: a filter that is gone since makes it no other view.
    meant = Asked.of(asked.page, parse_qsl(kept["query"]))
    same = sorted(meant.pairs) == sorted(asked.pairs) and meant.sort == asked.sort
    return SavedView(kept["id"], kept["name"], meant.address, same)


def saved_view_routes() -> APIRouter:
    """``POST /saved-views`` and ``…/{view_id}/remove``: the visitor's own."""
    router = APIRouter()

    @router.post("/saved-views")
    async def save(visit: Visiting) -> Response:
        sent = await visit.form()
        declared = pages_of(visit).lists.get(sent.get("list", ""))
        if declared is None:
            raise NoSuchPage("There is no such list.")
        asked = Asked.of(declared, parse_qsl(sent.get("query", "")))
        kept = {"page": declared.id, "name": sent.get("name", "").strip()}
        await visit.gateway.post(RESOURCE, kept | ({"query": asked.search} if asked.search else {}))
        toast = visit.words("The view %(name)s is saved.", name=kept["name"])
        return visit.see_other(asked.address, toast)

    @router.post("/saved-views/{view_id}/remove")
    async def remove(view_id: PathId, visit: Visiting) -> Response:
        sent = await visit.form()
        await visit.gateway.delete(f"{RESOURCE}/{encoded_id(view_id)}")
        return visit.see_other(_local(sent.get("back", "/")), visit.words("The view is removed."))

    return router


def _local(address: str) -> str:
    """An address of ours: what names another host is not gone to."""
    parts = urlsplit(address)
    path = "/" + parts.path.lstrip("/\\")
    return f"{path}?{parts.query}" if parts.query else path

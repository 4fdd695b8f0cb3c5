"""``/search``: what a text, or a pasted list of IDs, finds in every kind of record."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.errors import Refused
from backoffice.pages.page import Page
from backoffice.pages.visit import Visit, Visiting
from backoffice.words import word
from payops_contracts.pages import ListPage, default_pages, in_language
from payops_kernel.http.paths import encoded_id

SEARCH = Page("search", "/search", word("Search"))

routes = APIRouter()


class Hit(NamedTuple):
    """A record, as the search shows it."""

    id: str
    href: str
    about: str


class GroupView(NamedTuple):
    """Records of one kind; ``missing`` says why there are none."""

    title: str
    hits: list[Hit]
    total: int
    is_capped: bool
    more: str
    missing: str


@routes.get(SEARCH.path)
async def search(visit: Visiting) -> Response:
    """The groups of a search; without a text, what can be searched."""
    text = dict(visit.query).get("q", "").strip()
    found: dict[str, Any] = {"groups": [], "ids": [], "not_found": []}
    problem = ""
    if text:
        try:
            found = await visit.gateway.get("/v1/search", {"q": text})
        except Refused as refused:
            problem = visit.words(refused.detail)
    return visit.page(
        "pages/search.html",
        SEARCH,
        text=text,
        groups=[_group(each, text, visit) for each in found["groups"]],
        ids=found["ids"],
        not_found=found["not_found"],
        problem=problem,
        status=422 if problem else 200,
    )


def _group(group: Mapping[str, Any], text: str, visit: Visit) -> GroupView:
    kind = str(group["kind"])
    declared = default_pages().lists.get(kind)
    title = in_language(declared.title, visit.language, visit.words) if declared else kind
    missing = group["missing"]
    return GroupView(
        title,
        [_hit(row, kind, declared) for row in group["items"]],
        group["total"],
        group["total_is_capped"],
        declared.path if declared and declared.search else "",
        ""
        if missing is None
        else visit.words("%(service)s did not answer.", service=missing["service"]),
    )


def _hit(row: Mapping[str, Any], kind: str, declared: ListPage | None) -> Hit:
    name = declared.row if declared else "id"
    row_id = str(row.get("target_id") if kind == "audit-log" else row.get(name))
    if kind == "audit-log":
        return Hit(row_id, f"/audit-log?q={encoded_id(row_id)}", f"{row['action']}, {row['actor']}")
    about = row.get("user_name") or row.get("error") or row.get("kind") or ""
    return Hit(row_id, f"/{kind}/{encoded_id(row_id)}", str(about))

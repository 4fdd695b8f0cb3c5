"""``GET /v1/search``: everything that a text, or a pasted list of ids, finds."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from gateway.api.admission import Admission
from gateway.api.jobs import MissingOut
from gateway.use_cases.search import Found, Group, Search
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.http.announcing import refusals
from payops_kernel.http.given import GivenQuery, seen
from payops_kernel.http.responses import JsonResponse

PASTED_CHARACTERS_MAX = 7_000
"""Fifty ids as long as they may be, with what stands between them."""


class SearchQuery(GivenQuery):
    """What to find."""

    q: Annotated[
        str,
        seen(PASTED_CHARACTERS_MAX),
        Field(
            description=(
                "The beginning of an ID, an e-mail or a name; or up to 50 IDs, "
                "separated by commas, blanks or new lines."
            )
        ),
    ]


class GroupOut(BaseModel):
    """Records of one kind."""

    kind: str = Field(description="As their list is called.")
    items: list[dict[str, Any]] = Field(description="Rows as their list has them, a few.")
    total: int
    total_is_capped: bool
    missing: MissingOut | None = Field(description="Why this kind is not in here.")


class SearchOut(BaseModel):
    """What was found, by kind."""

    groups: list[GroupOut] = Field(
        description="Of kinds that have something, and of those that did not answer."
    )
    ids: list[str] = Field(description="Those that were pasted; empty when it was one text.")
    not_found: list[str] = Field(description="Those of them that no kind has that answered.")


def search_routes(admit: Admission, search: Search) -> APIRouter:
    """The search; of what a caller may not see, nothing is found."""
    routes = APIRouter(prefix="/v1", tags=["search"])

    @routes.get("/search", response_model=SearchOut, responses=refusals(429))
    async def search_everything(
        query: Annotated[SearchQuery, Query()],
        caller: Annotated[Principal, Depends(admit(UserRole.VIEWER))],
    ) -> Response:
        """Find records of every kind; a kind that does not answer is named, the rest is found."""
        searched = await search(query.q, caller)
        return JsonResponse(
            {
                "groups": [group_body(each) for each in searched.groups],
                "ids": searched.ids,
                "not_found": searched.not_found,
            }
        )

    return routes


def group_body(group: Group) -> dict[str, Any]:
    """A ``GroupOut``."""
    found = group.found
    if isinstance(found, Found):
        return {
            "kind": group.kind,
            "items": found.rows,
            "total": found.total,
            "total_is_capped": found.total_is_capped,
            "missing": None,
        }
    return {
        "kind": group.kind,
        "items": [],
        "total": 0,
        "total_is_capped": False,
        "missing": asdict(found),
    }

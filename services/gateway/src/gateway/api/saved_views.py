"""``/v1/saved-views``: lists as the caller wants to see them again."""

from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from gateway.api.admission import Admission
from gateway.domain.desk import SavedView
from gateway.use_cases.desk_changes import DeskChanges, KeepsDesks
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.free_text import FreeText
from payops_kernel.http.announcing import refusals
from payops_kernel.http.commands import command_response, keyless_context
from payops_kernel.http.given import Given, GivenQuery, OrAbsent
from payops_kernel.http.paths import PathId
from payops_kernel.http.responses import JsonResponse
from payops_kernel.ports import RunsCommands

NAME_CHARACTERS_MAX = 60
QUERY_CHARACTERS_MAX = 2_000
QUERY_PATTERN = "^[!-~]+$"
"""A query string as an address has it: everything else is percent-encoded."""

PageName = Annotated[
    str,
    Field(min_length=1, max_length=64, pattern=r"^[a-z][a-z0-9/-]*$", examples=["transactions"]),
]


class SavedViewIn(Given):
    """A list, with its filters and sort."""

    page: PageName
    name: Annotated[FreeText, Field(max_length=NAME_CHARACTERS_MAX)]
    query: Annotated[
        OrAbsent[Annotated[str, Field(max_length=QUERY_CHARACTERS_MAX, pattern=QUERY_PATTERN)]],
        Field(
            description="What the address has behind the question mark; absent when it has none.",
            examples=["status=FAILED&sort=-amount"],
        ),
    ] = None

    def view(self, view_id: str) -> SavedView:
        """As it is kept under an id."""
        return SavedView(view_id, self.page, self.name, self.query or "")


class SavedViewOut(BaseModel):
    """A saved view."""

    id: str
    page: str
    name: str
    query: str = Field(description="Empty for the list as it begins.")


class SavedViewsOut(BaseModel):
    """The caller's saved views, in the order in which they were saved."""

    items: list[SavedViewOut]


class SavedViewsQuery(GivenQuery):
    """Which of them."""

    page: OrAbsent[PageName] = None


def saved_view_routes(
    admit: Admission, commands: RunsCommands, desks: KeepsDesks, changes: DeskChanges
) -> APIRouter:
    """Everybody's own, by the token's subject."""
    routes = APIRouter(prefix="/v1", tags=["saved-views"])
    caller_of = Depends(admit(UserRole.VIEWER))

    @routes.get("/saved-views", response_model=SavedViewsOut, responses=refusals(429))
    async def list_saved_views(
        query: Annotated[SavedViewsQuery, Query()], caller: Annotated[Principal, caller_of]
    ) -> Response:
        """The caller's saved views, of one page or of all."""
        kept = (await desks.of(caller.subject)).views.values()
        items = [asdict(view) for view in kept if query.page in {None, view.page}]
        return JsonResponse({"items": items})

    @routes.post(
        "/saved-views",
        response_model=SavedViewOut,
        status_code=HTTPStatus.CREATED,
        responses=refusals(409, 429),
    )
    async def post_saved_view(
        body: SavedViewIn, caller: Annotated[Principal, caller_of]
    ) -> Response:
        """Save a view of a list; its name is the caller's only one on that page."""
        view = body.view(uuid4().hex)
        return command_response(
            await commands.run(keyless_context(caller), lambda work: changes.add_view(work, view))
        )

    @routes.put("/saved-views/{view_id}", response_model=SavedViewOut, responses=refusals(409, 429))
    async def put_saved_view(
        view_id: PathId, body: SavedViewIn, caller: Annotated[Principal, caller_of]
    ) -> Response:
        """Put a view in the place of one that was saved."""
        view = body.view(view_id)
        return command_response(
            await commands.run(
                keyless_context(caller), lambda work: changes.replace_view(work, view)
            )
        )

    @routes.delete(
        "/saved-views/{view_id}",
        status_code=HTTPStatus.NO_CONTENT,
        response_class=Response,
        responses=refusals(429),
    )
    async def delete_saved_view(
        view_id: PathId, caller: Annotated[Principal, caller_of]
    ) -> Response:
        """Remove a saved view."""
        done = await commands.run(
            keyless_context(caller), lambda work: changes.remove_view(work, view_id)
        )
        return Response(status_code=done.status)

    return routes

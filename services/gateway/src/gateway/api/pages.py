"""``/v1/pages``, the configuration of the backoffice, and ``/v1/actions``, its endpoints."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field
from starlette.responses import Response

from gateway.api.admission import Admission
from gateway.errors import UnknownAction
from gateway.use_cases.run_page_action import RunPageAction
from payops_contracts.pages import Pages
from payops_contracts.pages.reading import EffectivePages
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.errors import Forbidden, Invalid
from payops_kernel.free_text import FreeText
from payops_kernel.http.announcing import refusals
from payops_kernel.http.commands import Asked, asked_by, command_response
from payops_kernel.http.given import Given, OrAbsent, seen
from payops_kernel.http.paths import ID_CHARACTERS_MAX, PathId
from payops_kernel.http.responses import JsonResponse

ETAGS_CHARACTERS_MAX = 4000


class PagesOut(BaseModel):
    """Navigation, pages and actions of the backoffice."""

    digest: str = Field(description="Another one with every change.")
    notice: str | None = Field(description="What people should know of where it came from.")
    pages: dict[str, Any] = Field(
        description="As `contracts/schemas/pages.json` says, complete. Of an endpoint's address "
        "there is the origin only."
    )


class ActionIn(Given):
    """What the action is done with."""

    id: Annotated[str, seen(ID_CHARACTERS_MAX), Field(description="The row's id.")]
    reason: Annotated[
        OrAbsent[FreeText], Field(description="Required where the configuration asks for it.")
    ] = None


class ActionOut(BaseModel):
    """What the endpoint answered."""

    call_id: str = Field(description="`webhook-id` of the call.")
    status: int
    message: str | None = Field(description="Its own words, up to 2 KB.")


def pages_routes(admit: Admission, held: EffectivePages, notice: str | None) -> APIRouter:
    """What the gateway was started with."""
    routes = APIRouter(prefix="/v1", tags=["pages"])
    etag = f'"{held.digest}"'
    shown = {"digest": held.digest, "notice": notice, "pages": held.shown}

    @routes.get(
        "/pages",
        response_model=PagesOut,
        responses={**refusals(429), 304: {"description": "Still the one that the caller has."}},
    )
    async def get_pages(
        _caller: Annotated[Principal, Depends(admit(UserRole.VIEWER))],
        if_none_match: Annotated[
            OrAbsent[Annotated[str, seen(ETAGS_CHARACTERS_MAX)]], Header()
        ] = None,
    ) -> Response:
        """The configuration of the backoffice's pages, complete"""
        if if_none_match == etag:
            return Response(status_code=304, headers={"etag": etag})
        return JsonResponse(shown, headers={"etag": etag})

    @routes.get("/pages/file", response_class=PlainTextResponse, responses=refusals(429))
    async def get_pages_file(
        _caller: Annotated[Principal, Depends(admit(UserRole.ADMIN))],
    ) -> Response:
        """The same as a file, to be kept or changed"""
        return PlainTextResponse(held.file, headers={"etag": etag})

    return routes


def action_routes(pages: Pages, run: RunPageAction) -> APIRouter:
    """The actions that have an endpoint."""
    routes = APIRouter(prefix="/v1", tags=["pages"])

    @routes.post(
        "/actions/{action_id}", response_model=ActionOut, responses=refusals(404, 409, 429, 502)
    )
    async def post_action(
        action_id: PathId,
        body: ActionIn,
        asked: Annotated[Asked, Depends(asked_by(UserRole.VIEWER))],
    ) -> Response:
        """Have the endpoint of a configured action called with a row

        The caller needs the role that the configuration names.
        """
        action = pages.actions.get(action_id)
        if action is None or action.endpoint is None:
            raise UnknownAction(f"There is no action '{action_id}' with an endpoint.")
        if not asked.actor.may(UserRole(action.role)):
            raise Forbidden(f"'{action_id}' is for {action.role}s.")
        if action.reason and body.reason is None:
            raise Invalid(f"'{action_id}' asks for a reason; say reason.")
        return command_response(await run(asked.context(body), action, body.id))

    return routes

"""``GET`` and ``PUT /v1/me/preferences``: how pages look to the caller."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import AfterValidator, BaseModel, Field
from starlette.responses import Response

from gateway.api.admission import Admission
from gateway.domain.desk import Density, Language, Preferences, Theme
from gateway.use_cases.desk_changes import DeskChanges, KeepsDesks
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.http.announcing import refusals
from payops_kernel.http.commands import command_response, keyless_context
from payops_kernel.http.given import Flag, Given, OrAbsent, seen
from payops_kernel.http.responses import JsonResponse
from payops_kernel.ports import RunsCommands
from payops_kernel.zones import known_zone

ZoneName = Annotated[str, seen(64), AfterValidator(known_zone), Field(examples=["Europe/Rome"])]


class PreferencesIn(Given):
    """All of them: what is left out goes back to its default."""

    language: OrAbsent[Language] = None
    zone: OrAbsent[ZoneName] = None
    theme: Theme = Theme.SYSTEM
    density: Density = Density.COMFORTABLE
    shortcuts: Flag = True


class PreferencesOut(BaseModel):
    """How pages look to the caller."""

    language: Language | None = Field(description="Null until it was chosen: the browser's.")
    zone: str | None = Field(description="IANA; null until it was chosen: the reporting zone.")
    theme: Theme
    density: Density
    shortcuts: bool = Field(description="Whether single keys do something on pages.")


def preference_routes(
    admit: Admission, commands: RunsCommands, desks: KeepsDesks, changes: DeskChanges
) -> APIRouter:
    """Everybody's own, by the token's subject."""
    routes = APIRouter(prefix="/v1", tags=["access"])
    caller_of = Depends(admit(UserRole.VIEWER))

    @routes.get("/me/preferences", response_model=PreferencesOut, responses=refusals(429))
    async def get_preferences(caller: Annotated[Principal, caller_of]) -> Response:
        """How pages look to the caller; defaults until something was chosen."""
        return JsonResponse(asdict((await desks.of(caller.subject)).preferences))

    @routes.put("/me/preferences", response_model=PreferencesOut, responses=refusals(429))
    async def put_preferences(
        body: PreferencesIn, caller: Annotated[Principal, caller_of]
    ) -> Response:
        """Choose how pages look; what is left out goes back to its default."""
        wanted = Preferences(**dict(body))
        return command_response(
            await commands.run(
                keyless_context(caller), lambda work: changes.set_preferences(work, wanted)
            )
        )

    return routes

"""``POST /v1/parcels/{parcel_id}/return``; ``POST /v1/parcels/returns``, with ``…/previews``."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from parcels.api.parcel_list import PARCEL_LIST, ParcelFilters
from parcels.domain.parcel import ParcelStatus
from parcels.use_cases.return_parcel import ReturnParcel
from payops_kernel.auth.principals import UserRole
from payops_kernel.bulk.routes import BulkPaths, Confirmation
from payops_kernel.free_text import FreeText
from payops_kernel.http.commands import Asked, asked_by, command_response
from payops_kernel.http.given import Given
from payops_kernel.http.paths import PathId
from payops_kernel.lists.choice import Choice
from payops_kernel.ports import RunsCommands

OneParcel = Annotated[Asked, Depends(asked_by(UserRole.OPERATOR, about="parcel_id"))]


class ReturnIn(Given):
    reason: FreeText


class ParcelChoice(Choice[ParcelFilters]):
    """Selected parcels, every parcel of a filter, or all there are: one of the three."""

    of = PARCEL_LIST


class BulkReturnIn(Confirmation):
    """A preview that is confirmed."""

    reason: FreeText


class Returned(BaseModel):
    parcel_id: str
    status: ParcelStatus


RETURNS = BulkPaths(
    path="/parcels/returns",
    name="bulk_return",
    tag="parcels",
    role=UserRole.OPERATOR,
    choice=ParcelChoice,
    confirmation=BulkReturnIn,
    previews="What would be sent back now: how many, and what cannot be, by reason.",
    does="Send back what the preview promised, as a job with an outcome for each parcel.",
)


def return_routes(commands: RunsCommands, return_parcel: ReturnParcel) -> APIRouter:
    """The command about one parcel; operators and up."""
    router = APIRouter(prefix="/v1", tags=["parcels"])

    @router.post("/parcels/{parcel_id}/return", response_model=Returned, status_code=202)
    async def post_return(parcel_id: PathId, body: ReturnIn, asked: OneParcel) -> Response:
        """Send a parcel back to its sender."""
        done = await commands.run(asked.context(body), lambda work: return_parcel(work, parcel_id))
        return command_response(done)

    return router

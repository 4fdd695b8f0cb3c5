"""``POST /v1/parcels/{parcel_id}/return`` and ``POST /v1/parcels/returns``."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from parcels.api.parcel_list import PARCEL_LIST, ParcelFilters
from parcels.domain.parcel import ParcelStatus
from parcels.store.returns import ReturnParcels
from parcels.use_cases.return_parcel import ReturnParcel
from payops_kernel.auth.principals import UserRole
from payops_kernel.free_text import FreeText
from payops_kernel.http.commands import Asked, asked_by, command_response
from payops_kernel.http.given import Given
from payops_kernel.http.paths import PathId
from payops_kernel.jobs.routes import JobOut, job_accepted
from payops_kernel.lists.choice import Choice
from payops_kernel.ports import RunsCommands
from payops_kernel.zones import Zone

OneParcel = Annotated[Asked, Depends(asked_by(UserRole.OPERATOR, about="parcel_id"))]
ManyParcels = Annotated[Asked, Depends(asked_by(UserRole.OPERATOR))]


class ReturnIn(Given):
    reason: FreeText


class ParcelChoice(Choice[ParcelFilters]):
    """Selected parcels, every parcel of a filter, or all there are: one of the three."""

    of = PARCEL_LIST


class Returned(BaseModel):
    parcel_id: str
    status: ParcelStatus


def return_routes(
    commands: RunsCommands, one: ReturnParcel, many: ReturnParcels, zone: Zone
) -> APIRouter:
    """The commands; operators and up. Days of filters are days of ``zone``."""
    router = APIRouter(prefix="/v1", tags=["parcels"])

    @router.post("/parcels/{parcel_id}/return", response_model=Returned, status_code=202)
    async def post_return(parcel_id: PathId, body: ReturnIn, asked: OneParcel) -> Response:
        """Send a parcel back to its sender."""
        done = await commands.run(asked.context(body), lambda work: one(work, parcel_id))
        return command_response(done)

    @router.post("/parcels/returns", response_model=JobOut, status_code=202)
    async def post_returns(body: ParcelChoice, asked: ManyParcels) -> Response:
        """Send many parcels back, as a job with an outcome for each."""
        done = await commands.run(asked.context(body), lambda work: many(work, body.chosen(zone)))
        return job_accepted(done)

    return router

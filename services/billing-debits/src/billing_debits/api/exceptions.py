"""``GET /v1/debit-exceptions/{exception_id}``, ``POST …/resolution`` and ``PUT …/owner``."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field

from billing_debits.api.exception_list import ExceptionState
from billing_debits.api.presenting import exception_detail
from billing_debits.api.schemas import ExceptionDetail
from billing_debits.use_cases.resolve_exception import Resolution, ResolveException
from payops_contracts.charges import ChargeException, ChargeStatus
from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.free_text import FreeText
from payops_kernel.http.commands import Asked, asked_by, command_response, keyless_context
from payops_kernel.http.given import Given, OrAbsent, seen
from payops_kernel.http.paths import PathId
from payops_kernel.http.responses import JsonResponse
from payops_kernel.ports import RunsCommands

Operator = Annotated[Asked, Depends(asked_by(UserRole.OPERATOR, about="exception_id"))]


class ResolutionIn(Given):
    """How it was settled, and why."""

    reason: FreeText
    succeeded: Annotated[
        OrAbsent[bool],
        Field(description="Whether the debit succeeded; of a missing result, and only there."),
    ] = None


class OwnerIn(Given):
    """Who looks after it."""

    owner: Annotated[
        OrAbsent[Annotated[str, seen(128)]],
        Field(description="Absent: nobody any more."),
    ] = None


class ExceptionAnswer(BaseModel):
    """The exception as it is now, and the charge that it is of."""

    exception_id: str
    charge_id: str
    charge_status: ChargeStatus
    kind: ChargeException
    state: ExceptionState
    owner: str | None
    resolved_at: datetime | None
    resolution: str | None


def exception_routes(commands: RunsCommands, resolve: ResolveException) -> APIRouter:
    """Viewers read exceptions, operators take and settle them."""
    router = APIRouter(prefix="/v1", tags=["debit-exceptions"])

    @router.get(
        "/debit-exceptions/{exception_id}",
        response_model=ExceptionDetail,
        dependencies=[Depends(requires(UserRole.VIEWER))],
    )
    async def get_debit_exception(exception_id: PathId) -> JsonResponse:
        """One exception, and what happened to the debit that it is of."""
        return JsonResponse(exception_detail(*await resolve.find(exception_id)))

    @router.post("/debit-exceptions/{exception_id}/resolution", response_model=ExceptionAnswer)
    async def post_resolution(
        exception_id: PathId, body: ResolutionIn, asked: Operator
    ) -> Response:
        """Settle it with a reason; of a missing result say whether the debit succeeded."""
        wanted = Resolution(exception_id, body.reason, body.succeeded)
        return command_response(
            await commands.run(asked.context(body), lambda work: resolve(work, wanted))
        )

    @router.put("/debit-exceptions/{exception_id}/owner", response_model=ExceptionAnswer)
    async def put_owner(
        exception_id: PathId,
        body: OwnerIn,
        actor: Annotated[Principal, Depends(requires(UserRole.OPERATOR))],
    ) -> Response:
        """Name who looks after it, or nobody."""
        context = keyless_context(actor)
        return command_response(
            await commands.run(context, lambda work: resolve.own(work, exception_id, body.owner))
        )

    return router

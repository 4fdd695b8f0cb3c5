"""``POST …/previews`` and ``POST …`` of a bulk action."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Response
from pydantic import BaseModel, Field

from payops_contracts.money import Money
from payops_kernel.auth.dependencies import requires
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.bulk.action import NAMED_MAX, Preview
from payops_kernel.bulk.bulk import Bulk
from payops_kernel.http.announcing import refusals
from payops_kernel.http.commands import Asked, asked_by
from payops_kernel.http.given import Flag, Given, seen
from payops_kernel.http.responses import JsonResponse
from payops_kernel.jobs.routes import JobOut, job_accepted
from payops_kernel.lists.choice import Choice
from payops_kernel.ports import RunsCommands
from payops_kernel.zones import Zone

PREVIEW_ID_CHARACTERS_MAX = 64


class Confirmation(Given):
    """A preview that is confirmed; an action that wants a reason adds its fields."""

    preview_id: Annotated[str, seen(PREVIEW_ID_CHARACTERS_MAX)]
    accept_removals: Annotated[
        Flag, Field(description="Go on without what no longer is as previewed.")
    ] = False


class CurrencySum(BaseModel):
    """The amounts of one currency."""

    currency: str
    amount_minor: int
    amount: str


class RefusedRows(BaseModel):
    """Chosen rows with which it cannot be done, for one reason."""

    reason: str
    count: int
    keys: list[str] = Field(description="The first 100 of them, as far as there are such rows.")


class PreviewedRow(BaseModel):
    """A row with which it would be done."""

    key: str
    currency: str | None = Field(description="Null where it is not about money.")
    amount_minor: int | None
    amount: str | None


class BulkPreview(BaseModel):
    """What a bulk action would do; confirm it by its id within the hour."""

    preview_id: str
    chosen: int
    count: int = Field(description="Rows with which it would be done.")
    rows: list[PreviewedRow] = Field(description="The first 100 of those rows.")
    sums: list[CurrencySum] = Field(description="Of those rows, by currency.")
    refused: list[RefusedRows]


@dataclass(frozen=True, slots=True)
class BulkPaths:
    """Where an action is asked for, and what the OpenAPI document says of it."""

    path: str
    """Below ``/v1``."""
    name: str
    """Behind ``preview_`` and ``post_``, the operation's id."""
    tag: str
    role: UserRole
    choice: type[Choice[Any]]
    confirmation: type[Confirmation]
    previews: str
    """What a preview says."""
    does: str
    """What a confirmation does."""


def bulk_routes(commands: RunsCommands, bulk: Bulk, zone: Zone, at: BulkPaths) -> APIRouter:
    """The routes of a bulk action; days of a filter are days of ``zone``."""
    router = APIRouter(prefix="/v1", tags=[at.tag])

    @router.post(
        f"{at.path}/previews",
        name=f"preview_{at.name}",
        description=at.previews,
        response_model=BulkPreview,
        status_code=HTTPStatus.CREATED,
    )
    async def preview(
        body: Annotated[at.choice, Body()],  # type: ignore[name-defined]
        caller: Annotated[Principal, Depends(requires(at.role))],
    ) -> Response:
        preview_id, found = await bulk.preview(caller.subject, body.chosen(zone))
        return JsonResponse(_body(preview_id, found), status_code=HTTPStatus.CREATED)

    @router.post(
        at.path,
        name=f"post_{at.name}",
        description=at.does,
        response_model=JobOut,
        status_code=HTTPStatus.ACCEPTED,
        responses=refusals(404),
    )
    async def confirm(
        body: Annotated[at.confirmation, Body()],  # type: ignore[name-defined]
        asked: Annotated[Asked, Depends(asked_by(at.role))],
    ) -> Response:
        return job_accepted(
            await commands.run(
                asked.context(body),
                lambda work: bulk.confirm(work, body.preview_id, body.accept_removals),
            )
        )

    return router


def _body(preview_id: str, found: Preview) -> dict[str, Any]:
    return {
        "preview_id": preview_id,
        "chosen": found.chosen,
        "count": len(found.rows),
        "rows": [{"key": key, **_said(money)} for key, money in found.rows[:NAMED_MAX]],
        "sums": [_said(money) for money in found.sums],
        "refused": [
            {"reason": reason, "count": count, "keys": list(found.named.get(reason, ()))}
            for reason, count in sorted(found.refused.items())
        ],
    }


def _said(money: Money | None) -> dict[str, Any]:
    if money is None:
        return {"currency": None, "amount_minor": None, "amount": None}
    return money._asdict() | {"amount": str(money)}

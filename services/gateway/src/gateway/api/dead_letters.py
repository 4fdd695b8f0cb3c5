"""``/v1/dead-letters/{dead_letter_id}``, ``…/replay`` and ``…/discard``; the list is declared."""

from base64 import b64encode
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.responses import Response

from gateway.api.admission import Admission
from gateway.api.dead_letter_list import DEAD_LETTER_LIST
from gateway.domain.masking import masked, without_addresses
from gateway.use_cases.decide_dead_letter import DecideDeadLetter
from payops_contracts.dead_letters import DeadLetterState
from payops_contracts.personal import impersonal_fields
from payops_kernel.auth.principals import Principal, UserRole
from payops_kernel.free_text import FreeText
from payops_kernel.http.announcing import refusals
from payops_kernel.http.commands import Asked, asked_by, command_response
from payops_kernel.http.given import Given, OrAbsent, Yes
from payops_kernel.http.paths import PathId
from payops_kernel.http.responses import JsonResponse
from payops_kernel.lists.reads import ListReads
from payops_kernel.ports import RunsCommands

OneLetter = Annotated[Asked, Depends(asked_by(UserRole.ADMIN, about="dead_letter_id"))]


class DiscardIn(Given):
    """Why it is not needed."""

    reason: FreeText


class ReplayIn(Given):
    """Why it is sent again."""

    reason: FreeText
    again: Annotated[
        OrAbsent[Yes], Field(description="Also one that was replayed or discarded before.")
    ] = None


class ContentOut(BaseModel):
    """Bytes of a record."""

    bytes: int
    text: str | None = Field(description="When they are UTF-8; masked for all but admins.")
    base64: str | None = Field(description="When they are not; for admins.")
    masked: bool = Field(description="Whether something is left out here.")


class HeaderOut(BaseModel):
    """A header of the record's own."""

    name: str
    content: ContentOut | None


class DecidedOut(BaseModel):
    """A decision."""

    dead_letter_id: str
    state: DeadLetterState
    topic: str
    decided_at: datetime | None
    decided_by: str | None


class DeadLetterOut(DEAD_LETTER_LIST.row_model):  # type: ignore[misc,name-defined]
    """One dead letter with its record."""

    arrived_at: datetime
    cut_bytes: int | None = Field(
        description="How large a value was that was left out, for it was too large to travel."
    )
    record_key: ContentOut | None
    value: ContentOut | None
    headers: list[HeaderOut]


def dead_letter_routes(
    admit: Admission, commands: RunsCommands, reads: ListReads, decide: DecideDeadLetter
) -> APIRouter:
    """Viewers look, admins decide."""
    routes = APIRouter(prefix="/v1", tags=["dead-letters"])

    @routes.get(
        "/dead-letters/{dead_letter_id}", response_model=DeadLetterOut, responses=refusals(429)
    )
    async def get_dead_letter(
        dead_letter_id: PathId, caller: Annotated[Principal, Depends(admit(UserRole.VIEWER))]
    ) -> Response:
        """A dead letter with its record: whole for admins, without personal data for others."""
        letter = await reads.detail(dead_letter_id)
        return JsonResponse(_detail(letter, whole=caller.may(UserRole.ADMIN)))

    @routes.post(
        "/dead-letters/{dead_letter_id}/replay",
        response_model=DecidedOut,
        status_code=202,
        responses=refusals(409, 429),
    )
    async def replay_dead_letter(
        dead_letter_id: PathId, body: ReplayIn, asked: OneLetter
    ) -> Response:
        """Send the original record to its topic once more, byte for byte."""
        again = body.again is not None
        return command_response(
            await commands.run(
                asked.context(body),
                lambda work: decide.replay(work, dead_letter_id, body.reason, again=again),
            )
        )

    @routes.post(
        "/dead-letters/{dead_letter_id}/discard",
        response_model=DecidedOut,
        responses=refusals(409, 429),
    )
    async def discard_dead_letter(
        dead_letter_id: PathId, body: DiscardIn, asked: OneLetter
    ) -> Response:
        """Say that a dead letter is not needed; it stays where it is, and leaves the open ones."""
        return command_response(
            await commands.run(
                asked.context(body),
                lambda work: decide.discard(work, dead_letter_id, body.reason),
            )
        )

    return routes


def _detail(letter: dict[str, Any], *, whole: bool) -> dict[str, Any]:
    record, show = letter["record"], _whole if whole else _masked
    return DEAD_LETTER_LIST.present(letter) | {
        "error": letter["error"] if whole else without_addresses(letter["error"]),
        "arrived_at": letter["arrived_at"],
        "cut_bytes": letter["cut_bytes"],
        "record_key": _whole(record["key"]),
        "value": show(record["value"]),
        "headers": [
            {"name": name, "content": show(content)} for name, content in record["headers"]
        ],
    }


def _whole(content: bytes | None) -> dict[str, Any] | None:
    if content is None:
        return None
    try:
        text, encoded = content.decode(), None
    except UnicodeDecodeError:
        text, encoded = None, b64encode(content).decode()
    return {"bytes": len(content), "text": text, "base64": encoded, "masked": False}


def _masked(content: bytes | None) -> dict[str, Any] | None:
    if content is None:
        return None
    text = masked(content, impersonal_fields())
    return {"bytes": len(content), "text": text, "base64": None, "masked": True}

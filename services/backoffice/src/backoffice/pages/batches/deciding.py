"""``/debit-batches/{batch_code}/submission`` and ``…/cancellation``: what follows is said first."""

from collections.abc import Awaitable, Mapping
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.errors import ServiceAway
from backoffice.pages.batches.batch import DEBIT_BATCHES, resource
from backoffice.pages.dialogs import Asked, Decision, decided, slot_of
from backoffice.pages.visit import Visit, Visiting
from backoffice.words import word
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.paths import PathId, encoded_id

SUBMISSION, CANCELLATION = "submission", "cancellation"
DONE = {
    SUBMISSION: word("The batch is being submitted."),
    CANCELLATION: word("The batch is cancelled."),
}

router = APIRouter()


@router.get("/debit-batches/{batch_code}/submission")
async def ask_submission(batch_code: PathId, visit: Visiting) -> Response:
    """How much is debited from how many."""
    return await _form(visit, batch_code, SUBMISSION, Asked.fresh())


@router.get("/debit-batches/{batch_code}/cancellation")
async def ask_cancellation(batch_code: PathId, visit: Visiting) -> Response:
    """What becomes of its charges, and why it is cancelled."""
    return await _form(visit, batch_code, CANCELLATION, Asked.fresh())


@router.post("/debit-batches/{batch_code}/submission")
async def submit(batch_code: PathId, visit: Visiting) -> Response:
    """Have its debits asked for; a second press of the same form does nothing more."""
    return await _decided(visit, batch_code, SUBMISSION)


@router.post("/debit-batches/{batch_code}/cancellation")
async def cancel(batch_code: PathId, visit: Visiting) -> Response:
    """Not submit it."""
    return await _decided(visit, batch_code, CANCELLATION)


async def _decided(visit: Visit, batch_code: str, what: str) -> Response:
    def send(reason: str, key: str) -> Awaitable[object]:
        body = {"reason": reason} if what == CANCELLATION else {}
        return visit.gateway.post(resource(batch_code, f"/{what}"), body, key=key)

    decision = Decision(
        batch_code,
        f"/debit-batches/{encoded_id(batch_code)}",
        visit.words(DONE[what]),
        send,
        lambda asked: _form(visit, batch_code, what, asked),
        needs_reason=what == CANCELLATION,
    )
    return await decided(visit, decision)


async def _form(
    visit: Visit,
    batch_code: str,
    what: str,
    asked: Asked,
) -> Response:
    visit.require(UserRole.OPERATOR)
    batch: Mapping[str, Any] | None = None
    try:
        batch = await visit.gateway.get(resource(batch_code))
    except ServiceAway:
        if asked.notice is None:
            raise
    return visit.page(
        "pages/batch-decision.html",
        DEBIT_BATCHES,
        crumb=batch_code,
        path=f"/debit-batches/{encoded_id(batch_code)}",
        what=what,
        batch=batch,
        held=batch and (batch["sealed"] or batch["drafted"]),
        possible=batch and batch["actions"]["submit" if what == SUBMISSION else "cancel"],
        **asked.values(),
        slot=slot_of(visit),
    )

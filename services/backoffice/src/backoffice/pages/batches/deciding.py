"""``/debit-batches/{batch_code}/submission`` and ``…/cancellation``: what follows is said first."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.errors import FormOutdated, Refused, ServiceAway
from backoffice.pages import htmx
from backoffice.pages.batches.batch import DEBIT_BATCHES, resource
from backoffice.pages.transaction.page import DIALOG, Notice, slot_of
from backoffice.pages.visit import Visit, Visiting
from backoffice.words import word
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.paths import PathId, encoded_id

SUBMISSION, CANCELLATION = "submission", "cancellation"
DONE = {
    SUBMISSION: word("The batch is being submitted."),
    CANCELLATION: word("The batch is cancelled."),
}
REASON = "/body/reason"

router = APIRouter()


@router.get("/debit-batches/{batch_code}/submission")
async def ask_submission(batch_code: PathId, visit: Visiting) -> Response:
    """How much is debited from how many."""
    return await _form(visit, batch_code, SUBMISSION, uuid4().hex)


@router.get("/debit-batches/{batch_code}/cancellation")
async def ask_cancellation(batch_code: PathId, visit: Visiting) -> Response:
    """What becomes of its charges, and why it is cancelled."""
    return await _form(visit, batch_code, CANCELLATION, uuid4().hex)


@router.post("/debit-batches/{batch_code}/submission")
async def submit(batch_code: PathId, visit: Visiting) -> Response:
    """Have its debits asked for; a second press of the same form does nothing more."""
    return await _decided(visit, batch_code, SUBMISSION)


@router.post("/debit-batches/{batch_code}/cancellation")
async def cancel(batch_code: PathId, visit: Visiting) -> Response:
    """Not submit it."""
    return await _decided(visit, batch_code, CANCELLATION)


async def _decided(visit: Visit, batch_code: str, what: str) -> Response:
    fields = await visit.form()
    key, reason = fields.get("key"), fields.get("reason", "").strip()
    if key is None:
        raise FormOutdated("Load the page again, and send its form anew.")
    if what == CANCELLATION and not reason:
        wrong = visit.words("Say why, for the audit log and whoever looks next.")
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return await _form(visit, batch_code, what, key, status, wrong=wrong)
    body = {"reason": reason} if what == CANCELLATION else {}
    try:
        await visit.gateway.post(resource(batch_code, f"/{what}"), body, key=key)
    except Refused as refused:
        wrongs = {error["pointer"]: error["detail"] for error in refused.errors}
        if refused.answered != HTTPStatus.CONFLICT and REASON not in wrongs:
            raise
        notice = None if REASON in wrongs else Notice(visit.words(refused.detail), [])
        wrong = visit.words(wrongs[REASON]) if REASON in wrongs else ""
        return await _form(
            visit, batch_code, what, key, refused.answered,
            reason=reason, wrong=wrong, notice=notice,
        )  # fmt: skip
    except ServiceAway as away:
        said = visit.words("%(service)s does not answer.", service=away.name)
        again = visit.words("It may have been done, or not. Press again: it is done once.")
        return await _form(
            visit, batch_code, what, key, HTTPStatus.SERVICE_UNAVAILABLE,
            reason=reason, notice=Notice(said, [again]),
        )  # fmt: skip
    toast = visit.words(DONE[what])
    if htmx.wanted_block(visit.request) != DIALOG:
        return visit.see_other(f"/debit-batches/{encoded_id(batch_code)}", toast)
    told = htmx.events(dialog_close=True, toast={"text": toast}, record_changed={"id": batch_code})
    return Response(status_code=204, headers=told)


async def _form(
    visit: Visit,
    batch_code: str,
    what: str,
    key: str,
    status: int = HTTPStatus.OK,
    *,
    reason: str = "",
    wrong: str = "",
    notice: Notice | None = None,
) -> Response:
    visit.require(UserRole.OPERATOR)
    batch: Mapping[str, Any] | None = None
    try:
        batch = await visit.gateway.get(resource(batch_code))
    except ServiceAway:
        if notice is None:
            raise
    return visit.page(
        "pages/batch-decision.html",
        DEBIT_BATCHES,
        crumb=batch_code,
        status=status,
        path=f"/debit-batches/{encoded_id(batch_code)}",
        what=what,
        batch=batch,
        held=batch and (batch["sealed"] or batch["drafted"]),
        possible=batch and batch["actions"]["submit" if what == SUBMISSION else "cancel"],
        key=key,
        reason=reason,
        wrong=wrong,
        notice=notice,
        slot=slot_of(visit),
    )

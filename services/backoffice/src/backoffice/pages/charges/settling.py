"""``/debit-exceptions/{exception_id}/resolution``, ``…/take`` and ``…/give-back``: settle an
exception with a reason, look after it, look after it no more; in a dialog, or on a page."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.components.ways import way_to
from backoffice.errors import FormOutdated, Refused, ServiceAway
from backoffice.pages.charges.debit_exceptions import DEBIT_EXCEPTIONS, NAME
from backoffice.pages.charges.exceptions import told
from backoffice.pages.dialogs import REASON, WITHOUT_REASON, Notice, at_fields, left, slot_of
from backoffice.pages.visit import Visit, Visiting
from backoffice.words import word
from payops_contracts.charges import ChargeException
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.paths import PathId, encoded_id

MISSING = ChargeException.RESULT_MISSING
OUTCOMES = {"yes": True, "no": False}
UNSAID = word("Say whether the debit succeeded.")

router = APIRouter()


@router.get("/debit-exceptions/{exception_id}/resolution")
async def ask_resolution(exception_id: PathId, visit: Visiting) -> Response:
    """The form that settles it."""
    return await _form(visit, exception_id, {"key": uuid4().hex})


@router.post("/debit-exceptions/{exception_id}/resolution")
async def resolve(exception_id: PathId, visit: Visiting) -> Response:
    """Settle it; a second press of the same form settles nothing more."""
    fields = await visit.form()
    if "key" not in fields:
        raise FormOutdated("Load the page again, and send its form anew.")
    body: dict[str, Any] = {"reason": fields.get("reason", "").strip()}
    if fields.get("succeeded") in OUTCOMES:
        body["succeeded"] = OUTCOMES[fields["succeeded"]]
    wrong = await _missing(visit, exception_id, body)
    if wrong:
        return await _form(visit, exception_id, fields, HTTPStatus.UNPROCESSABLE_ENTITY, wrong)
    try:
        path = f"{_resource(exception_id)}/resolution"
        await visit.gateway.post(path, body, key=fields["key"])
    except Refused as refused:
        return await _refused(visit, exception_id, fields, refused)
    except ServiceAway as away:
        said = visit.words("%(service)s does not answer.", service=away.name)
        again = visit.words("It may have been settled, or not. Press again: it is done once.")
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return await _form(visit, exception_id, fields, status, notice=Notice(said, [again]))
    return _back(visit, exception_id, visit.words("The exception is resolved."))


@router.get("/debit-exceptions/{exception_id}/take")
async def ask_take(exception_id: PathId, visit: Visiting) -> Response:
    """Whether one wants to look after it."""
    return await _owning(visit, exception_id, "take")


@router.post("/debit-exceptions/{exception_id}/take")
async def take(exception_id: PathId, visit: Visiting) -> Response:
    """Look after it."""
    await visit.form()
    toast = visit.words("The exception is yours.")
    return await _own(visit, exception_id, "take", {"owner": visit.signed_in().subject}, toast)


@router.get("/debit-exceptions/{exception_id}/give-back")
async def ask_give_back(exception_id: PathId, visit: Visiting) -> Response:
    """Whether nobody is to look after it any more."""
    return await _owning(visit, exception_id, "give-back")


@router.post("/debit-exceptions/{exception_id}/give-back")
async def give_back(exception_id: PathId, visit: Visiting) -> Response:
    """Look after it no more."""
    await visit.form()
    toast = visit.words("Nobody looks after the exception now.")
    return await _own(visit, exception_id, "give-back", {}, toast)


async def _own(
    visit: Visit, exception_id: str, what: str, body: Mapping[str, str], toast: str
) -> Response:
    try:
        await visit.gateway.put(f"{_resource(exception_id)}/owner", body)
    except Refused as refused:
        if refused.answered != HTTPStatus.CONFLICT:
            raise
        return await _owning(visit, exception_id, what, refused)
    return _back(visit, exception_id, toast)


async def _owning(
    visit: Visit, exception_id: str, what: str, refused: Refused | None = None
) -> Response:
    return await _shown(
        visit,
        "pages/exception-owner.html",
        exception_id,
        HTTPStatus.OK if refused is None else refused.answered,
        what=what,
        notice=None if refused is None else Notice(visit.words(refused.title), [refused.detail]),
    )


async def _missing(visit: Visit, exception_id: str, body: Mapping[str, Any]) -> dict[str, str]:
    """What the form does not say, by its field."""
    wrong = {}
    if not body["reason"]:
        wrong["reason"] = visit.words(WITHOUT_REASON)
    if "succeeded" not in body and (await _read(visit, exception_id))["kind"] == MISSING:
        wrong["succeeded"] = visit.words(UNSAID)
    return wrong


async def _refused(
    visit: Visit, exception_id: str, fields: Mapping[str, str], refused: Refused
) -> Response:
    wrong = at_fields(refused, visit.words)
    if REASON in wrong:
        return await _form(visit, exception_id, fields, refused.answered, {"reason": wrong[REASON]})
    if refused.answered != HTTPStatus.CONFLICT:
        raise refused
    notice = Notice(visit.words(refused.title), [visit.words(refused.detail)])
    return await _form(visit, exception_id, fields, refused.answered, notice=notice)


async def _form(
    visit: Visit,
    exception_id: str,
    fields: Mapping[str, str],
    status: int = HTTPStatus.OK,
    wrong: Mapping[str, str] | None = None,
    *,
    notice: Notice | None = None,
) -> Response:
    return await _shown(
        visit,
        "pages/resolution.html",
        exception_id,
        status,
        key=fields["key"],
        reason=fields.get("reason", ""),
        succeeded=fields.get("succeeded", ""),
        wrong=wrong or {},
        notice=notice,
    )


async def _shown(
    visit: Visit, template: str, exception_id: str, status: int, **values: Any
) -> Response:
    visit.require(UserRole.OPERATOR)
    detail = await _read(visit, exception_id)
    return visit.page(
        template,
        DEBIT_EXCEPTIONS,
        crumb=exception_id,
        status=status,
        path=_address(visit, exception_id),
        exception=detail,
        told=told(detail, detail["currency"], visit.words),
        asks_outcome=detail["kind"] == MISSING,
        slot=slot_of(visit),
        **values,
    )


def _back(visit: Visit, exception_id: str, toast: str) -> Response:
    """After a write: to the exception."""
    return left(visit, exception_id, _address(visit, exception_id), toast)


async def _read(visit: Visit, exception_id: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = await visit.gateway.get(_resource(exception_id))
    return found


def _resource(exception_id: str) -> str:
    return f"/v1/debit-exceptions/{encoded_id(exception_id)}"


def _address(visit: Visit, exception_id: str) -> str:
    return way_to(visit.pages, NAME, exception_id) or DEBIT_EXCEPTIONS.path

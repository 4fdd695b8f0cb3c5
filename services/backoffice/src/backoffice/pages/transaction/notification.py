"""``/transactions/{transaction_id}/notification``: notify the customer, by a mail shown first."""

from http import HTTPStatus
from uuid import uuid4

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.errors import FormOutdated, Refused, ServiceAway
from backoffice.pages.dialogs import Notice, at_fields, slot_of
from backoffice.pages.transaction.page import TRANSACTIONS, back_to
from backoffice.pages.transaction.reading import address, resource
from backoffice.pages.visit import Visit, Visiting
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.paths import PathId

REFUSED = "notification_refused"

router = APIRouter()


@router.get("/transactions/{transaction_id}/notification")
async def preview(transaction_id: PathId, visit: Visiting) -> Response:
    """The mail as it would be sent now, or why none is."""
    visit.require(UserRole.OPERATOR)
    return await _shown(visit, transaction_id, uuid4().hex)


@router.post("/transactions/{transaction_id}/notification")
async def send(transaction_id: PathId, visit: Visiting) -> Response:
    """Have the mail sent; its outcome is a row of the history."""
    fields = await visit.form()
    key = fields.get("key")
    if key is None:
        raise FormOutdated("Load the page again, and send its form anew.")
    body = {"reason": fields["reason"].strip()} if "reason" in fields else {}
    try:
        path = resource(transaction_id, "/notifications")
        answer = await visit.gateway.post(path, body, key=key)
    except Refused as refused:
        wrong = at_fields(refused, visit.words)
        if refused.refusal != REFUSED and "/body/reason" not in wrong:
            raise
        return await _shown(
            visit, transaction_id, key, refused.answered, fields, wrong.get("/body/reason", "")
        )
    except ServiceAway as away:
        said = visit.words("%(service)s does not answer.", service=away.name)
        again = visit.words(
            "It may have taken the notification, or not. Press again: it is sent once."
        )
        notice = Notice(said, [again])
        return await _shown(
            visit, transaction_id, key, HTTPStatus.SERVICE_UNAVAILABLE, fields, "", notice
        )
    toast = visit.words("A notification to %(to)s is on its way.", to=answer["to"])
    return back_to(visit, transaction_id, toast)


async def _shown(
    visit: Visit,
    transaction_id: str,
    key: str,
    status: int = HTTPStatus.OK,
    fields: dict[str, str] | None = None,
    wrong: str = "",
    notice: Notice | None = None,
) -> Response:
    mail, refusal = None, ""
    try:
        mail = await visit.gateway.get(resource(transaction_id, "/notifications/preview"))
    except Refused as refused:
        if refused.refusal != REFUSED:
            raise
        refusal = visit.words(refused.detail)
    return visit.page(
        "pages/notification.html",
        TRANSACTIONS,
        crumb=transaction_id,
        status=status,
        path=address(transaction_id),
        slot=slot_of(visit),
        mail=mail,
        refusal=refusal,
        key=key,
        reason=(fields or {}).get("reason", ""),
        wrong_reason=wrong,
        notice=notice,
    )

"""``/transactions/{transaction_id}/refund``: ask for a refund, in a dialog or on a page."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from backoffice.errors import Refused, ServiceAway
from backoffice.formatting.typed_amount import amount_to_type, symbol_of
from backoffice.pages.dialogs import Notice, at_fields, slot_of
from backoffice.pages.transaction.changes import changes_since
from backoffice.pages.transaction.page import TRANSACTIONS, back_to
from backoffice.pages.transaction.reading import Detail, address, read_detail, resource
from backoffice.pages.transaction.refund_form import RefundForm
from backoffice.pages.transaction.refund_words import consequence, figures
from backoffice.pages.visit import Visit, Visiting
from payops_contracts.money import format_money
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.paths import PathId

TYPED_MAX = 100
KEY_USED = "idempotency_key_reused"

router = APIRouter()


@router.get("/transactions/{transaction_id}/refund")
async def ask(
    transaction_id: PathId,
    visit: Visiting,
    amount: Annotated[str | None, Query(max_length=TYPED_MAX)] = None,
    form: Annotated[str | None, Query(pattern="^[0-9a-f]{8}$")] = None,
) -> Response:
    """The form; with an ``amount`` that was typed into one, what it results in."""
    visit.require(UserRole.OPERATOR)
    detail = await read_detail(visit.gateway, transaction_id)
    fresh = RefundForm.fresh(detail, visit.words)
    return _shown(visit, detail, fresh if amount is None else fresh.with_amount(amount, form))


@router.post("/transactions/{transaction_id}/refund")
async def request(transaction_id: PathId, visit: Visiting) -> Response:
    """Ask the service for the refund; the form again, with what is wrong, when it is not taken."""
    form = RefundForm.sent(await visit.form()).checked(visit.words)
    if form.wrong:
        detail = await read_detail(visit.gateway, transaction_id)
        return _shown(visit, detail, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    amount_minor = form.amount_minor(visit.language)
    body = {
        "amount_minor": amount_minor,
        "currency": form.currency,
        "available_minor": form.seen_available_minor,
        "reason": form.reason,
    }
    try:
        path = resource(transaction_id, "/refunds")
        answer = await visit.gateway.post(path, body, key=form.key)
    except Refused as refused:
        return await _refused(visit, transaction_id, form, refused)
    except ServiceAway as away:
        return await _unanswered(visit, transaction_id, form, away)
    refunded = format_money(answer["amount_minor"], answer["currency"], visit.language)
    return back_to(
        visit,
        transaction_id,
        visit.words("Refund of %(amount)s requested.", amount=refunded),
    )


async def _refused(
    visit: Visit, transaction_id: str, form: RefundForm, refused: Refused
) -> Response:
    """What the service says, and the form at the payment as it stands now."""
    words = visit.words
    detail = await read_detail(visit.gateway, transaction_id)
    wrong = at_fields(refused, words)
    if "/body/reason" in wrong:
        form = form.with_wrong(reason=wrong["/body/reason"])
        return _shown(visit, detail, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    if refused.refusal == KEY_USED:
        said = words("This form has asked for a refund already, as the history says.")
        form = RefundForm.fresh(detail, words)
    else:
        changed = detail["version"] != form.seen_version
        said = (
            words("The payment has changed since you opened this form. Nothing was refunded.")
            if changed
            else words(refused.detail)
        )
    lines = changes_since(detail, form.seen_version, visit.words, visit.zone)
    notice = Notice(said, lines)
    return _shown(visit, detail, form.renewed(detail, words), HTTPStatus.CONFLICT, notice)


async def _unanswered(
    visit: Visit, transaction_id: str, form: RefundForm, away: ServiceAway
) -> Response:
    """Nobody knows whether it was taken: the same form, under the same key."""
    words = visit.words
    said = words("%(service)s does not answer.", service=away.name)
    again = words("It may have taken the refund, or not. Press again: it is never made twice.")
    notice = Notice(said, [again])
    try:
        detail = await read_detail(visit.gateway, transaction_id)
    except ServiceAway:
        raise away from None
    return _shown(visit, detail, form, HTTPStatus.SERVICE_UNAVAILABLE, notice)


def _shown(
    visit: Visit,
    detail: Detail,
    form: RefundForm,
    status: int = HTTPStatus.OK,
    notice: Notice | None = None,
) -> Response:
    transaction_id, words = detail["overview"]["transaction_id"], visit.words
    refund = detail["actions"]["refund"]
    amount = form.shown_amount(visit.language)
    reason = refund["reason"] or ""
    refusal = words(reason)
    return visit.page(
        "pages/refund.html",
        TRANSACTIONS,
        crumb=transaction_id,
        status=status,
        path=address(transaction_id),
        slot=slot_of(visit),
        form=form,
        notice=notice,
        refusal=refusal,
        figures=figures(detail, words),
        consequence=refusal or consequence(detail, amount, words),
        everything=amount_to_type(form.seen_available_minor, form.currency, visit.language),
        symbol=symbol_of(form.currency, visit.language),
        submit=words("Refund %(amount)s", amount=amount) if amount else words("Refund"),
        result=form.result(detail, words),
    )

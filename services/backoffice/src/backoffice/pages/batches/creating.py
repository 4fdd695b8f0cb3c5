"""``/debit-batches/new``: choose charges, see what would be built, have it built."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.errors import FormOutdated, Refused, ServiceAway
from backoffice.pages.batches.batch import DEBIT_BATCHES
from backoffice.pages.batches.choice import Choice
from backoffice.pages.batches.sentences import reason_said
from backoffice.pages.charges.charge import CHARGES
from backoffice.pages.dialogs import Notice, slot_of, unanswered
from backoffice.pages.lists.choosing import chosen_of
from backoffice.pages.lists.declared import declared_list
from backoffice.pages.page import Page
from backoffice.pages.visit import Visit, Visiting
from backoffice.words import word
from payops_contracts.labels import CHARGE_TYPE, RAIL
from payops_contracts.money import CURRENCY_DECIMALS
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.paths import encoded_id

RESOURCE = "/v1/debit-batches"
NEW = Page("new-batch", "/debit-batches/new", word("Create batch"), parent=DEBIT_BATCHES)
OF_CHARGES = Page("batch-of-charges", "/debit-batches/of-charges", NEW.title, parent=CHARGES)
NOT_WHOLE = word("A batch of selected charges takes those that are ticked, not all of a filter.")
GONE = "debit_batch_set_changed"

router = APIRouter()


@router.get(NEW.path)
async def choose(visit: Visiting) -> Response:
    """The form: which charges."""
    visit.require(UserRole.OPERATOR)
    return _form(visit, Choice())


@router.post(NEW.path)
async def preview(visit: Visiting) -> Response:
    """What would be built of what was chosen; the form again when something of it is wrong."""
    choice = Choice.sent(await visit.form_items()).checked(visit.words)
    visit.require(UserRole.OPERATOR)
    if choice.wrong:
        return _form(visit, choice, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        found = await visit.gateway.post(f"{RESOURCE}/previews", choice.body(visit.language))
    except Refused as refused:
        wrong = next((str(each["detail"]) for each in refused.errors), refused.detail)
        said = visit.words(wrong)
        return _form(visit, choice, refused.answered, Notice(said, []))
    return _previewed(visit, NEW, found)


@router.post(OF_CHARGES.path)
async def of_charges(visit: Visiting) -> Response:
    """What would be built of the charges that are selected in their list."""
    visit.require(UserRole.OPERATOR)
    chosen = chosen_of(declared_list(visit, CHARGES), await visit.form_items())
    if chosen.everything or not chosen.ids:
        said = NOT_WHOLE if chosen.everything else word("No charge is selected.")
        notice = Notice(visit.words(said), [])
        return _previewed(visit, OF_CHARGES, _nothing(), notice, HTTPStatus.UNPROCESSABLE_ENTITY)
    found = await visit.gateway.post(f"{RESOURCE}/previews", {"charge_ids": list(chosen.ids)})
    return _previewed(visit, OF_CHARGES, found)


@router.post("/debit-batches")
async def confirm(visit: Visiting) -> Response:
    """Have it built; the preview again with what fell away since, to go on without it."""
    form = await visit.form()
    if not {"key", "preview_id"} <= form.keys():
        raise FormOutdated("Load the page again, and send its form anew.")
    page = OF_CHARGES if form.get("from") == OF_CHARGES.name else NEW
    body = {
        "preview_id": form["preview_id"],
        "accept_removals": "accept_removals" in form,
        "submit_when_sealed": "submit_when_sealed" in form,
    }
    try:
        made = await visit.gateway.post(RESOURCE, body, key=form["key"])
    except Refused as refused:
        return _refused(visit, page, form, refused)
    except ServiceAway as away:
        return _again(visit, page, form, HTTPStatus.SERVICE_UNAVAILABLE, unanswered(visit, away))
    return _made(visit, made)


def _made(visit: Visit, made: Mapping[str, Any]) -> Response:
    batches = made["batches"]
    toast = visit.words.many(
        "%(num)s batch is being built.", "%(num)s batches are being built.", len(batches)
    )
    if len(batches) == 1:
        return visit.see_other(
            f"{DEBIT_BATCHES.path}/{encoded_id(batches[0]['batch_code'])}", toast
        )
    return visit.see_other(DEBIT_BATCHES.path, toast)


def _refused(visit: Visit, page: Page, form: Mapping[str, str], refused: Refused) -> Response:
    """What changed since the preview, or why it is refused."""
    if refused.refusal == GONE:
        # Another set is another request: the key that was tried belongs to the first one.
        form = {**form, "key": uuid4().hex}
        return _again(visit, page, form, HTTPStatus.CONFLICT, changed=refused.problem)
    notice = Notice(visit.words(refused.detail), [])
    return _again(visit, page, form, refused.answered, notice, over=True)


def _again(
    visit: Visit,
    page: Page,
    form: Mapping[str, str],
    status: int,
    notice: Notice | None = None,
    *,
    changed: Mapping[str, Any] | None = None,
    over: bool = False,
) -> Response:
    """The confirmation again, without a new preview; ``over``: that one cannot be confirmed."""
    count = 0 if over else int(form.get("count", "0"))
    found = _nothing() | {"preview_id": form["preview_id"], "count": count}
    submit = "submit_when_sealed" in form
    return _previewed(
        visit, page, found, notice, status, key=form["key"], changed=changed, submit=submit
    )


def _nothing() -> dict[str, Any]:
    return {"preview_id": "", "chosen": 0, "count": 0, "batches": [], "rows": [], "refused": []}


def _previewed(
    visit: Visit,
    page: Page,
    found: Mapping[str, Any],
    notice: Notice | None = None,
    status: int = HTTPStatus.OK,
    *,
    key: str = "",
    changed: Mapping[str, Any] | None = None,
    submit: bool = False,
) -> Response:
    refused = [
        each | {"reason": reason_said(each["reason"], visit.words)} for each in found["refused"]
    ]
    return visit.page(
        "pages/batch-preview.html",
        page,
        status=status,
        path=page.parent.path if page.parent else DEBIT_BATCHES.path,
        preview={**found, "refused": refused},
        notice=notice,
        changed=changed,
        key=key or uuid4().hex,
        submit=submit,
        rails=RAIL,
        slot=slot_of(visit),
    )


def _form(
    visit: Visit, choice: Choice, status: int = HTTPStatus.OK, notice: Notice | None = None
) -> Response:
    return visit.page(
        "pages/create-batch.html",
        NEW,
        status=status,
        path=DEBIT_BATCHES.path,
        choice=choice,
        types=CHARGE_TYPE,
        rails=RAIL,
        currencies=sorted(CURRENCY_DECIMALS),
        notice=notice,
        slot=slot_of(visit),
    )

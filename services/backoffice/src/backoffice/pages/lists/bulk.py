"""Things done with many rows: previewed with what is left out and why, confirmed, done by a job."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.components.list_page.bulk import BULK, BulkKind
from backoffice.errors import NoSuchPage, Refused
from backoffice.pages.jobs_begun import job_begun
from backoffice.pages.lists.choosing import chosen_of
from backoffice.pages.lists.declared import declared_list, pages_of
from backoffice.pages.page import Page
from backoffice.pages.visit import Visit, Visiting
from backoffice.words import word
from payops_contracts.pages import BuiltIn, ListPage
from payops_kernel.auth.principals import UserRole

TITLES = {
    BuiltIn.REFUND: word("Refund payments"),
    BuiltIn.INVOICE: word("Download invoices"),
}


@dataclass(frozen=True)
class Bulk:
    """The dialog of an action: what would be done, and what the person adds."""

    action: BuiltIn
    kind: BulkKind
    resource: str
    path: str
    """Where it is confirmed."""
    back: str
    """The list that it was opened from."""
    preview: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    """The ``Idempotency-Key``, minted with the form: pressed twice it is done once."""
    reason: str = ""
    wrong: str = ""
    changed: Mapping[str, Any] = field(default_factory=dict)
    """Of rows that are no longer as previewed: ``gone`` and ``changed``."""


def bulk_routes(page: Page) -> APIRouter:
    """``…/bulk-refunds/preview`` and ``…/bulk-refunds``, and so for each action."""
    router = APIRouter()
    for action, kind in BULK.items():
        if not kind.previewed_at:
            _add(router, page, action)
    return router


def _add(router: APIRouter, page: Page, action: BuiltIn) -> None:
    kind = BULK[action]
    path = f"{page.path}/{kind.path}"
    dialog = Page(f"{page.name}-{kind.path}", path, TITLES[action], parent=page)

    @router.post(f"{path}/preview", name=f"preview_{page.name}_{kind.path}")
    async def preview(visit: Visiting) -> Response:
        declared = _offered(visit, page, action)
        sent = await visit.form_items()
        chosen = chosen_of(declared, sent)
        resource = f"{declared.resource}/{kind.path}"
        bulk = Bulk(action, kind, resource, path, dict(sent).get("back", page.path))
        if not chosen.ids and not chosen.everything:
            return _nothing(visit, dialog, bulk)
        found = await visit.gateway.post(f"{resource}/previews", chosen.body)
        shown = Bulk(action, kind, resource, path, bulk.back, found, uuid4().hex)
        return _dialog(visit, dialog, shown)

    @router.post(path, name=f"confirm_{page.name}_{kind.path}")
    async def confirm(visit: Visiting) -> Response:
        declared = _offered(visit, page, action)
        form = await visit.form()
        resource = f"{declared.resource}/{kind.path}"
        return await _confirm(visit, dialog, kind, action, resource, form)


def _offered(visit: Visit, page: Page, action: BuiltIn) -> ListPage:
    declared, known = declared_list(visit, page), pages_of(visit).actions
    offered = [known[name] for name in declared.bulk_actions if known[name].does is action]
    if not offered:
        raise NoSuchPage("This list has no such action.")
    visit.require(UserRole(offered[0].role))
    return declared


async def _confirm(
    visit: Visit,
    dialog: Page,
    kind: BulkKind,
    action: BuiltIn,
    resource: str,
    form: Mapping[str, str],
) -> Response:
    reason, back = form.get("reason", "").strip(), form.get("back", dialog.path)
    told = _told(form)
    bulk = Bulk(action, kind, resource, dialog.path, back, told, form.get("key", ""), reason)
    if kind.wants_reason and not reason:
        wrong = visit.words("Say why: the reason stands in the history and in the audit log.")
        return _dialog(visit, dialog, _with(bulk, wrong=wrong), HTTPStatus.UNPROCESSABLE_ENTITY)
    body: dict[str, Any] = {"preview_id": form.get("preview_id", "")}
    body |= {"reason": reason} if kind.wants_reason else {}
    body |= {"accept_removals": True} if form.get("accept_removals") else {}
    try:
        job = await visit.gateway.post(resource, body, key=bulk.key)
    except Refused as refused:
        return _refused(visit, dialog, bulk, refused)
    return job_begun(visit, job)


def _refused(visit: Visit, dialog: Page, bulk: Bulk, refused: Refused) -> Response:
    """The form again, with what changed since the preview or why it is refused."""
    if "gone_total" in refused.problem:
        # Another set is another request: the key that was tried belongs to the first one.
        again = _with(bulk, changed=refused.problem, key=uuid4().hex)
        return _dialog(visit, dialog, again, HTTPStatus.CONFLICT)
    pointers = {error["pointer"]: error["detail"] for error in refused.errors}
    wrong = visit.words(pointers.get("/body/reason") or refused.detail)
    return _dialog(visit, dialog, _with(bulk, wrong=wrong), refused.answered)


def _with(bulk: Bulk, **changed: Any) -> Bulk:
    return Bulk(**{**bulk.__dict__, **changed})


def _told(form: Mapping[str, str]) -> dict[str, Any]:
    """What the form remembers of its preview, so that it can be shown again without a new one."""
    sums = [each.partition(" ") for each in form.get("sums", "").split(",") if each]
    return {
        "preview_id": form.get("preview_id", ""),
        "chosen": int(form.get("chosen", "0")),
        "count": int(form.get("count", "0")),
        "sums": [{"currency": code, "amount_minor": int(amount)} for code, _, amount in sums],
        "rows": [],
        "refused": [],
    }


def _nothing(visit: Visit, dialog: Page, bulk: Bulk) -> Response:
    empty = {"chosen": 0, "count": 0, "sums": [], "rows": [], "refused": [], "preview_id": ""}
    return _dialog(visit, dialog, _with(bulk, preview=empty), HTTPStatus.UNPROCESSABLE_ENTITY)


def _dialog(visit: Visit, dialog: Page, bulk: Bulk, status: int = HTTPStatus.OK) -> Response:
    return visit.page("pages/bulk.html", dialog, status=status, bulk=bulk)

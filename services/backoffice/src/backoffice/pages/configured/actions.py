"""The dialog of an action with an endpoint of the user's: what it does, a reason, its answer."""

from http import HTTPStatus
from urllib.parse import urlsplit
from uuid import uuid4

from starlette.responses import Response

from backoffice.errors import FormOutdated, Refused, ServiceAway
from backoffice.pages import htmx
from backoffice.pages.dialogs import DIALOG, Notice, slot_of
from backoffice.pages.page import Page
from backoffice.pages.visit import Visit
from payops_contracts.pages import Action, DetailPage, in_language, placeholders
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.paths import encoded_id

SAID = frozenset({"endpoint_refused", "action_barred", "action_still_running"})


async def ask(visit: Visit, detail: DetailPage, action: Action, row_id: str) -> Response:
    """What it does, before it is done."""
    visit.require(UserRole(action.role))
    return _dialog(visit, detail, action, row_id, uuid4().hex)


async def do(visit: Visit, detail: DetailPage, action: Action, row_id: str) -> Response:
    """Have the gateway do it; the dialog closes on the endpoint's answer."""
    fields = await visit.form()
    key = fields.get("key")
    if key is None:
        raise FormOutdated("Load the page again, and send its form anew.")
    wanted = {"id": row_id} | ({"reason": fields["reason"].strip()} if "reason" in fields else {})
    try:
        answer = await visit.gateway.post(f"/v1/actions/{action.id}", wanted, key=key)
    except ServiceAway as away:
        return _again(visit, detail, action, row_id, key, fields, away.name)
    except Refused as refused:
        return _refused(visit, detail, action, row_id, key, fields, refused)
    done = visit.words("%(action)s: done", action=_label(visit, action))
    toast = f"{done}. {answer['message']}" if answer["message"] else done
    return _back(visit, detail, row_id, toast)


def _back(visit: Visit, detail: DetailPage, row_id: str, toast: str) -> Response:
    if htmx.wanted_block(visit.request) != DIALOG:
        return visit.see_other(_path(detail, row_id), toast)
    told = htmx.events(dialog_close=True, toast={"text": toast}, record_changed={"id": row_id})
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=told)


def _again(
    visit: Visit, detail: DetailPage, action: Action, row_id: str, key: str,
    fields: dict[str, str], who: str,
) -> Response:  # fmt: skip
    """Nobody knows whether it was done: the same form, under the same key."""
    words = visit.words
    notice = Notice(
        words("%(service)s does not answer.", service=who),
        [words("It may have been done, or not. Press again: it is known to be the same.")],
    )
    status = HTTPStatus.SERVICE_UNAVAILABLE
    return _dialog(visit, detail, action, row_id, key, status, fields, notice=notice)


def _refused(
    visit: Visit, detail: DetailPage, action: Action, row_id: str, key: str,
    fields: dict[str, str], refused: Refused,
) -> Response:  # fmt: skip
    words, status = visit.words, refused.answered
    if refused.refusal in SAID:
        said = str(refused.problem.get("endpoint_message") or words(refused.detail))
        notice = Notice(words("It was refused"), [said])
        return _dialog(visit, detail, action, row_id, key, status, fields, notice=notice)
    wrong = {error["pointer"]: error["detail"] for error in refused.errors}
    if (of_reason := wrong.get("/body/reason")) is not None:
        return _dialog(visit, detail, action, row_id, key, status, fields, wrong=words(of_reason))
    raise refused


def _dialog(
    visit: Visit, detail: DetailPage, action: Action, row_id: str, key: str,
    status: int = HTTPStatus.OK, fields: dict[str, str] | None = None, *,
    wrong: str = "", notice: Notice | None = None,
) -> Response:  # fmt: skip
    label, path = _label(visit, action), _path(detail, row_id)
    parent = visit.pages.lists[detail.parent]
    title = in_language(parent.title, visit.language, visit.words)
    return visit.page(
        "pages/action.html",
        Page(parent.id, parent.path, title),
        crumb=f"{label}: {row_id}",
        status=status,
        path=path,
        address=f"{path}/actions/{action.id}",
        slot=slot_of(visit),
        action=action,
        label=label,
        confirm=in_language(action.confirm or "", visit.language, visit.words),
        host=_host(action),
        key=key,
        reason=(fields or {}).get("reason", ""),
        wrong_reason=wrong,
        notice=notice,
    )


def _label(visit: Visit, action: Action) -> str:
    return in_language(action.label, visit.language, visit.words)


def _host(action: Action) -> str:
    return urlsplit(action.endpoint.url).netloc if action.endpoint else ""


def _path(detail: DetailPage, row_id: str) -> str:
    return detail.path.format(**dict.fromkeys(placeholders(detail.path), encoded_id(row_id)))

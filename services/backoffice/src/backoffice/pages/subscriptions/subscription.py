"""``/subscriptions/{subscription_id}``: everything about one subscription."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.components.actions import ActionLink, Doer
from backoffice.components.detail import DetailView, Exceptional, Head, Pager, Told
from backoffice.components.timeline import timeline
from backoffice.components.ways import way_to
from backoffice.errors import NoSuchPage, Refused
from backoffice.formatting.instants import shown_day
from backoffice.pages.subscriptions.events import moments
from backoffice.pages.subscriptions.flags import flagged
from backoffice.pages.subscriptions.next_steps import day_of, planned_moments, sentences
from backoffice.pages.subscriptions.reading import NAME, SUBSCRIPTIONS, Detail, address, resource
from backoffice.pages.visit import Visit, Visiting
from backoffice.words import Words
from payops_kernel.http.paths import PathId

HISTORY, CURSOR = "history", "cursor"
PAYMENTS_A_PAGE = 50

Rows = Sequence[Mapping[str, Any]]

router = APIRouter()


@router.get("/subscriptions/{subscription_id}")
async def subscription(subscription_id: PathId, visit: Visiting) -> Response:
    """The subscription's page, or its content alone; it follows its subscription."""
    declared = visit.pages.details.get(NAME)
    if declared is None:
        raise NoSuchPage("No page has this address.")
    picture = await visit.gateway.get(resource(subscription_id, "/picture"))
    detail: Detail = picture["subscription"]
    listed = await _payments(visit, detail)
    rows = _as_they_stand(listed["items"], picture["payments"])
    words, now, path = visit.words, datetime.now(UTC), address(visit, subscription_id)
    told = Told(
        sentences=sentences(detail, words),
        planned=planned_moments(detail, words),
        days=timeline(moments(detail, words), visit.zone, now, words),
        beside={HISTORY: {"subscription": {"payments": rows}}},
        row_actions={HISTORY: [_open(visit, row["transaction_id"]) for row in rows]},
        pagers=_pagers(visit, listed),
    )
    return visit.page(
        "pages/subscription.html",
        SUBSCRIPTIONS,
        crumb=subscription_id,
        path=visit.address(),
        head=_head(detail, words),
        view=DetailView(declared, detail, told, words),
        actions=_actions(visit, declared.actions, path, detail),
        exceptions=[*_away(picture["partial"], words), *flagged(detail, words)],
    )


async def _payments(visit: Visit, detail: Detail) -> Mapping[str, Any]:
    """Its newest payments, as the detail has them; of more than that a page of their list."""
    newest, cursor = detail["payments"], visit.request.query_params.get(CURSOR)
    if cursor is None and len(newest) == detail["payments_count"]:
        return {"items": newest}
    path, asked = resource(detail["subscription_id"], "/payments"), {"limit": PAYMENTS_A_PAGE}
    try:
        found = await visit.gateway.get(path, asked | ({CURSOR: cursor} if cursor else {}))
    except Refused as refused:
        if cursor is None or "cursor" not in refused.refusal:
            raise
        found = await visit.gateway.get(path, asked)
    return dict(found)


def _as_they_stand(rows: Rows, payments: Rows) -> list[dict[str, Any]]:
    """Its payments, with what transactions knows of them now where that has answered."""
    known = {each["transaction_id"]: each for each in payments}
    found = []
    for row in rows:
        now = known.get(row["transaction_id"], {})
        refunded = now.get("total_refunded_minor", row["refunded_minor"])
        stands = {"status": now.get("status", row["status"]), "refunded_minor": refunded or None}
        found.append({**row, **stands})
    return found


def _open(visit: Visit, transaction_id: str) -> list[ActionLink]:
    path = way_to(visit.pages, "transaction", transaction_id)
    said = visit.words("Payment")
    return [ActionLink(f"open-{transaction_id}", said, "arrow-right", path)] if path else []


def _pagers(visit: Visit, listed: Mapping[str, Any]) -> dict[str, Pager]:
    if "total" not in listed or not listed["items"]:
        return {}

    def page(cursor: str | None) -> str | None:
        return None if cursor is None else f"{visit.address(cursor=cursor)}#section-{HISTORY}"

    return {
        HISTORY: Pager(
            listed["from"], listed["to"], listed["total"], listed["total_is_capped"],
            page(listed["previous"]), page(listed["next"]),
        )
    }  # fmt: skip


def _actions(visit: Visit, ids: Sequence[str], path: str, detail: Detail) -> list[ActionLink]:
    """What can be done: either cancelling, or undoing a cancellation."""
    cancelled = detail["cancellation"] is not None and detail["ended_at"] is None
    left_out = "cancel-subscription" if cancelled else "undo-cancellation"
    wanted = [each for each in ids if each != left_out]
    return Doer(visit.words, visit.pages, visit.may).links(wanted, path, detail)


def _away(partial: Rows, words: Words) -> list[Exceptional]:
    return [
        Exceptional(
            words("%(service)s does not answer.", service=each["service"].capitalize()),
            words("Payments are shown as the subscription knows them."),
        )
        for each in partial
    ]


def _head(detail: Detail, words: Words) -> Head:
    cancellation = detail["cancellation"] if detail["ended_at"] is None else None
    note = ""
    if cancellation is not None:
        day = shown_day(day_of(cancellation["effective_on"]), words.language)
        note = words("Cancels on %(day)s", day=day)
    return Head(
        id=detail["subscription_id"],
        at=detail["created_at"],
        amount_minor=detail["amount_minor"],
        currency=detail["currency"],
        kind=NAME,
        status=detail["status"],
        follows="subscriptions",
        subject=detail["subscription_id"],
        version=detail["version"],
        note=note,
    )

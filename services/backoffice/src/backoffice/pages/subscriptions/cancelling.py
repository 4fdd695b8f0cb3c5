"""``/subscriptions/{subscription_id}/cancellation`` and ``…/undo``: have it end, at its renewal or
at once, with a reason; have it go on after all."""

from collections.abc import Awaitable, Mapping
from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.errors import ServiceAway
from backoffice.formatting.instants import shown_day
from backoffice.pages.dialogs import Asked, Decision, decided, slot_of
from backoffice.pages.subscriptions.next_steps import ANSWER, day_of, is_before
from backoffice.pages.subscriptions.reading import SUBSCRIPTIONS, Detail, address, resource
from backoffice.pages.visit import Visit, Visiting
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.paths import PathId

RENEWAL, NOW = "renewal", "now"

router = APIRouter()


@router.get("/subscriptions/{subscription_id}/cancellation")
async def ask_cancellation(subscription_id: PathId, visit: Visiting) -> Response:
    """The form that has it end; at its renewal, unless somebody chooses otherwise."""
    return await _cancelling(visit, subscription_id, RENEWAL, Asked.fresh())


@router.post("/subscriptions/{subscription_id}/cancellation")
async def cancel(subscription_id: PathId, visit: Visiting) -> Response:
    """Have it end; a second press of the same form does nothing more."""
    at = NOW if (await visit.form()).get("at") == NOW else RENEWAL

    def send(reason: str, key: str) -> Awaitable[object]:
        body = {"at": at, "reason": reason}
        return visit.gateway.post(resource(subscription_id, "/cancellation"), body, key=key)

    words = visit.words
    return await decided(
        visit,
        Decision(
            subscription_id,
            address(visit, subscription_id),
            words("The subscription is cancelled.")
            if at == NOW
            else words("The subscription ends at its renewal."),
            send,
            partial(_cancelling, visit, subscription_id, at),
        ),
    )


@router.get("/subscriptions/{subscription_id}/undo")
async def ask_undo(subscription_id: PathId, visit: Visiting) -> Response:
    """The form that has it go on."""
    return await _undoing(visit, subscription_id, Asked.fresh())


@router.post("/subscriptions/{subscription_id}/undo")
async def undo(subscription_id: PathId, visit: Visiting) -> Response:
    """Have it go on; a second press of the same form does nothing more."""

    def send(_reason: str, key: str) -> Awaitable[object]:
        return visit.gateway.delete(resource(subscription_id, "/cancellation"), key=key)

    return await decided(
        visit,
        Decision(
            subscription_id,
            address(visit, subscription_id),
            visit.words("The subscription goes on."),
            send,
            partial(_undoing, visit, subscription_id),
            needs_reason=False,
        ),
    )


async def _cancelling(visit: Visit, subscription_id: str, at: str, asked: Asked) -> Response:
    detail = await _read(visit, subscription_id, asked)
    possible = detail["cancelling"] if detail else {}
    renewal = possible.get("at_renewal", {"allowed": True, "effective_on": None, "why_not": None})
    return visit.page(
        "pages/cancellation.html",
        SUBSCRIPTIONS,
        crumb=subscription_id,
        path=address(visit, subscription_id),
        subscription=detail,
        possible=possible,
        renewal=renewal,
        at=at if renewal["allowed"] else NOW,
        follows=_follows(detail, visit) if detail else {},
        **asked.values(),
        slot=slot_of(visit),
    )


async def _undoing(visit: Visit, subscription_id: str, asked: Asked) -> Response:
    detail = await _read(visit, subscription_id, asked)
    return visit.page(
        "pages/undo-cancellation.html",
        SUBSCRIPTIONS,
        crumb=subscription_id,
        path=address(visit, subscription_id),
        subscription=detail,
        possible=detail["cancelling"]["undo"] if detail else None,
        **asked.values(),
        slot=slot_of(visit),
    )


async def _read(visit: Visit, subscription_id: str, asked: Asked) -> Detail:
    """As it stands now; nothing where that cannot be read to a form that is shown again."""
    visit.require(UserRole.OPERATOR)
    try:
        found: Detail = await visit.gateway.get(resource(subscription_id))
    except ServiceAway:
        if asked.notice is None:
            raise
        return {}
    return found


def _follows(detail: Detail, visit: Visit) -> Mapping[str, list[str]]:
    """What each way of cancelling does to what is open."""
    words, retry_at = visit.words, detail["retry_at"]
    renewal = detail["cancelling"]["at_renewal"]["effective_on"]
    requested = any(each["what"] == ANSWER for each in detail["whats_next"])
    open_ = [words("A payment is requested already and may still be taken.")] if requested else []
    said: dict[str, list[Any]] = {RENEWAL: [*open_], NOW: [*open_]}
    if retry_at is not None:
        dropped = words("What is owed is not tried again.")
        said[NOW].append(dropped)
        until = renewal is not None and is_before(retry_at, renewal, detail)
        kept = words("What is owed already is tried again until then.")
        said[RENEWAL].append(kept if until else dropped)
    if renewal is not None:
        day = shown_day(day_of(renewal), words.language)
        ends = words(
            "It ends on %(day)s, before that day's payment. Until then this can be undone.", day=day
        )
        said[RENEWAL].append(ends)
    said[NOW].append(words("It ends now, and cannot be taken up again."))
    return said

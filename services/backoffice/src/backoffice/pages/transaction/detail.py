"""``/transactions/{transaction_id}``: everything about one payment."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.components.actions import SUBSCRIPTION, ActionLink, Doer
from backoffice.components.detail import DetailView, Head, Told
from backoffice.components.timeline import timeline
from backoffice.errors import NoSuchPage
from backoffice.pages.checkout_rules.decision import decided
from backoffice.pages.transaction.exceptions import exceptions
from backoffice.pages.transaction.history import moments
from backoffice.pages.transaction.next_steps import planned_moments, sentences
from backoffice.pages.transaction.page import TRANSACTIONS
from backoffice.pages.transaction.reading import Detail, address, read_whole
from backoffice.pages.visit import Visit, Visiting
from payops_contracts.pages import DetailPage
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.paths import PathId, encoded_id

CREDIT_NOTES = "credit-notes"

router = APIRouter()


@router.get("/transactions/{transaction_id}")
async def transaction(transaction_id: PathId, visit: Visiting) -> Response:
    """The payment's page, or its content alone."""
    declared = visit.pages.details.get("transaction")
    if declared is None:
        raise NoSuchPage("No page has this address.")
    whole = await read_whole(visit.gateway, transaction_id, declared)
    detail = whole.detail
    return visit.page(
        "pages/transaction.html",
        TRANSACTIONS,
        crumb=transaction_id,
        path=address(transaction_id),
        head=_head(detail),
        view=_view(declared, detail, whole.beside, visit),
        actions=page_actions(declared, detail, visit, whole.alone),
        exceptions=exceptions(detail, visit.words),
        decision=decided(whole.decision, visit.words),
        decision_away=whole.decision_away,
    )


def _head(detail: Detail) -> Head:
    overview, payment = detail["overview"], detail["payment"]
    return Head(
        id=overview["transaction_id"],
        at=overview["created_at"],
        amount_minor=payment["amount_minor"],
        currency=payment["currency"],
        kind="transaction",
        status=overview["status"],
        follows="transactions",
        subject=overview["transaction_id"],
        version=detail["version"],
    )


def page_actions(
    declared: DetailPage, detail: Detail, visit: Visit, alone: bool
) -> list[ActionLink]:
    """What can be done with the payment, by this person; ``alone``: no subscription is known."""
    path = address(detail["overview"]["transaction_id"])
    links = _doer(visit).links(declared.actions, path, detail)
    issued = any(document["refund_id"] is None for document in detail["documents"])
    links = [_not_issued(link, issued, visit) if link.id == "invoice" else link for link in links]
    return [_unknown(link, visit) if link.id == SUBSCRIPTION and alone else link for link in links]


def _view(declared: DetailPage, detail: Detail, beside: dict[str, Any], visit: Visit) -> DetailView:
    words, now = visit.words, datetime.now(UTC)
    told = Told(
        sentences=sentences(detail, words),
        planned=planned_moments(detail, words),
        days=timeline(moments(detail, words), visit.zone, now, words),
        beside=beside,
        row_actions={CREDIT_NOTES: _credit_notes(beside.get(CREDIT_NOTES), detail, visit)},
    )
    return DetailView(declared, detail, told, words)


def _credit_notes(notes: Any, detail: Detail, visit: Visit) -> Sequence[Sequence[ActionLink]]:
    """A download beside each credit note."""
    if not isinstance(notes, Mapping):
        return ()
    transaction_id = detail["overview"]["transaction_id"]
    links = []
    for row in notes["items"]:
        path = address(transaction_id, f"/credit-notes/{encoded_id(row['refund_id'])}")
        link = ActionLink(f"note-{row['refund_id']}", visit.words("Download"), "file-down", path)
        links.append([_not_issued(link, row["number"] is not None, visit)])
    return links


def _not_issued(link: ActionLink, issued: bool, visit: Visit) -> ActionLink:
    """A viewer gets what was issued; an operator's download issues it."""
    if link.href is None or issued or visit.may(UserRole.OPERATOR):
        return link
    reason = visit.words("It is not issued yet; an operator issues it.")
    return replace(link, href=None, reason=reason)


def _unknown(link: ActionLink, visit: Visit) -> ActionLink:
    """Going to a subscription that there is not."""
    if link.href is None:
        return link
    return replace(link, href=None, reason=visit.words("No such subscription is known here."))


def _doer(visit: Visit) -> Doer:
    return Doer(visit.words, visit.pages, visit.may)

"""``/debit-attempts/{debit_id}``: one attempt to debit a member, with its moves."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.components.detail import DetailView, Head, Told
from backoffice.components.timeline import timeline
from backoffice.components.ways import way_to
from backoffice.errors import NoSuchPage
from backoffice.pages.charges.history import moments
from backoffice.pages.page import Page, Section
from backoffice.pages.visit import Visiting
from backoffice.words import word
from payops_kernel.http.paths import PathId, encoded_id

DEBIT_HISTORY = Page(
    "debit-attempts",
    "/debit-attempts",
    word("Debit History"),
    icon="history",
    section=Section.USER_PAYMENTS,
    key="d",
)
NAME = "debit-attempt"

router = APIRouter()


@router.get("/debit-attempts/{debit_id}")
async def debit_attempt(debit_id: PathId, visit: Visiting) -> Response:
    """The attempt's page, or its content alone; it follows its charge."""
    declared = visit.pages.details.get(NAME)
    if declared is None:
        raise NoSuchPage("No page has this address.")
    detail = await visit.gateway.get(f"/v1/debit-attempts/{encoded_id(debit_id)}")
    words, now = visit.words, datetime.now(UTC)
    days = timeline(moments(detail["moves"], detail, words), visit.zone, now, words)
    return visit.page(
        "pages/detail.html",
        DEBIT_HISTORY,
        crumb=debit_id,
        path=way_to(visit.pages, NAME, debit_id),
        head=_head(detail),
        view=DetailView(declared, detail, Told(days=days), words),
        actions=(),
        exceptions=(),
    )


def _head(detail: Mapping[str, Any]) -> Head:
    attempt = detail["attempt"]
    return Head(
        id=attempt["debit_id"],
        at=attempt["submitted_at"],
        amount_minor=detail["amount_minor"],
        currency=detail["currency"],
        kind="attempt",
        status=attempt["status"],
        follows="charges",
        subject=detail["charge_id"],
    )

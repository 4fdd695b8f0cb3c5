"""``/debit-exceptions/{exception_id}``: what a person has to settle, and what happened before."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.components.actions import Doer
from backoffice.components.detail import DetailView, Head, Told
from backoffice.components.timeline import timeline
from backoffice.components.ways import way_to
from backoffice.errors import NoSuchPage
from backoffice.pages.charges.exceptions import told
from backoffice.pages.charges.history import moments
from backoffice.pages.page import Page, Section
from backoffice.pages.visit import Visiting
from backoffice.words import word
from payops_kernel.http.paths import PathId, encoded_id

DEBIT_EXCEPTIONS = Page(
    "debit-exceptions",
    "/debit-exceptions",
    word("Debit exceptions"),
    icon="triangle-alert",
    section=Section.USER_PAYMENTS,
    key="x",
)
NAME = "debit-exception"

router = APIRouter()


@router.get("/debit-exceptions/{exception_id}")
async def debit_exception(exception_id: PathId, visit: Visiting) -> Response:
    """The exception's page, or its content alone; it follows its charge."""
    declared = visit.pages.details.get(NAME)
    if declared is None:
        raise NoSuchPage("No page has this address.")
    detail = await visit.gateway.get(f"/v1/debit-exceptions/{encoded_id(exception_id)}")
    words, now = visit.words, datetime.now(UTC)
    path = way_to(visit.pages, NAME, exception_id) or ""
    days = timeline(moments(detail["moves"], detail, words), visit.zone, now, words)
    links = Doer(words, visit.pages, visit.may).links(declared.actions, path, detail)
    waits = detail["resolved_at"] is None
    return visit.page(
        "pages/detail.html",
        DEBIT_EXCEPTIONS,
        crumb=exception_id,
        path=path,
        head=_head(detail),
        view=DetailView(declared, detail, Told(days=days), words),
        actions=[link for link in links if waits and detail["actions"][_asked(link.id)]["allowed"]],
        exceptions=[told(detail, detail["currency"], words)] if waits else (),
    )


def _asked(link_id: str) -> str:
    return link_id.replace("-", "_")


def _head(detail: Mapping[str, Any]) -> Head:
    return Head(
        id=detail["exception_id"],
        at=detail["opened_at"],
        amount_minor=detail["amount_minor"],
        currency=detail["currency"],
        kind="debit_exception",
        status=detail["state"],
        follows="charges",
        subject=detail["charge_id"],
        version=detail["version"],
    )

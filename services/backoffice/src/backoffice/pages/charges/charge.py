"""``/charges/{charge_id}``: everything about one charge."""

import asyncio
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
from backoffice.pages.beside import read_beside
from backoffice.pages.charges.exceptions import exceptions
from backoffice.pages.charges.history import moments
from backoffice.pages.charges.next_steps import planned_moments, sentences
from backoffice.pages.page import Page, Section
from backoffice.pages.visit import Visiting
from backoffice.words import word
from payops_kernel.http.paths import PathId, encoded_id

CHARGES = Page(
    "charges",
    "/charges",
    word("User Charges"),
    icon="receipt-text",
    section=Section.USER_PAYMENTS,
    key="c",
)
NAME = "charge"

router = APIRouter()


@router.get("/charges/{charge_id}")
async def charge(charge_id: PathId, visit: Visiting) -> Response:
    """The charge's page, or its content alone."""
    declared = visit.pages.details.get(NAME)
    if declared is None:
        raise NoSuchPage("No page has this address.")
    detail, beside = await asyncio.gather(
        visit.gateway.get(f"/v1/charges/{encoded_id(charge_id)}"),
        read_beside(visit.gateway, declared, charge_id),
    )
    words, now = visit.words, datetime.now(UTC)
    told = Told(
        sentences=sentences(detail, words),
        planned=planned_moments(detail, words),
        days=timeline(moments(detail["history"], detail["money"], words), visit.zone, now, words),
        beside=beside,
    )
    return visit.page(
        "pages/detail.html",
        CHARGES,
        crumb=charge_id,
        path=way_to(visit.pages, NAME, charge_id),
        head=_head(detail),
        view=DetailView(declared, detail, told, words),
        actions=(),
        exceptions=exceptions(detail, Doer(words, visit.pages, visit.may)),
    )


def _head(detail: Mapping[str, Any]) -> Head:
    overview, money = detail["overview"], detail["money"]
    return Head(
        id=overview["charge_id"],
        at=overview["created_at"],
        amount_minor=money["amount_minor"],
        currency=money["currency"],
        kind="charge",
        status=overview["status"],
        follows="charges",
        subject=overview["charge_id"],
        version=detail["version"],
    )

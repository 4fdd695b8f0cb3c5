"""``/debit-batches/{batch_code}``: everything about one batch."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.components.actions import Doer
from backoffice.components.detail import DetailView, Head, Pager, Told
from backoffice.components.timeline import timeline
from backoffice.components.ways import way_to
from backoffice.errors import NoSuchPage, Refused, ServiceAway
from backoffice.pages.batches.sentences import said_of_totals, sentences
from backoffice.pages.batches.timeline import moments
from backoffice.pages.page import Page, Section
from backoffice.pages.visit import Visit, Visiting
from backoffice.words import word
from payops_kernel.http.paths import PathId, encoded_id

DEBIT_BATCHES = Page(
    "debit-batches",
    "/debit-batches",
    word("Debit Batches"),
    icon="package",
    section=Section.USER_PAYMENTS,
    key="b",
)
NAME, CHARGES, EXCEPTIONS = "debit-batch", "charges", "/v1/debit-exceptions"
CURSOR = "cursor"
CHARGES_A_PAGE = 50

Detail = Mapping[str, Any]

router = APIRouter()


def resource(batch_code: str, below: str = "") -> str:
    """Where the gateway has a batch, and what lies below it."""
    return f"/v1/debit-batches/{encoded_id(batch_code)}{below}"


@router.get("/debit-batches/{batch_code}")
async def debit_batch(batch_code: PathId, visit: Visiting) -> Response:
    """The batch's page, or its content alone; it follows its batch."""
    declared = visit.pages.details.get(NAME)
    if declared is None:
        raise NoSuchPage("No page has this address.")
    detail, charges, open_ = await asyncio.gather(
        visit.gateway.get(resource(batch_code)),
        _charges(visit, batch_code),
        _open(visit, batch_code),
    )
    words, now = visit.words, datetime.now(UTC)
    told = Told(
        sentences=sentences(detail, words),
        days=timeline(moments(detail, words), visit.zone, now, words),
        beside={CHARGES: charges},
        pagers=_pagers(visit, charges),
    )
    shown, path = said_of_totals(detail, words), way_to(visit.pages, NAME, batch_code) or ""
    return visit.page(
        "pages/debit-batch.html",
        DEBIT_BATCHES,
        crumb=batch_code,
        path=visit.address(),
        head=_head(detail),
        view=DetailView(declared, shown, told, words),
        actions=Doer(words, visit.pages, visit.may).links(declared.actions, path, detail),
        exceptions=(),
        open_exceptions=open_,
        exceptions_at=_exceptions_at(visit, batch_code),
    )


async def _charges(visit: Visit, batch_code: str) -> Any:
    """A page of its charges; the service that is away as a text."""
    path, asked = resource(batch_code, "/charges"), {"limit": CHARGES_A_PAGE}
    cursor = visit.request.query_params.get(CURSOR)
    try:
        try:
            return await visit.gateway.get(path, asked | ({CURSOR: cursor} if cursor else {}))
        except Refused as refused:
            if cursor is None or "cursor" not in refused.refusal:
                raise
            return await visit.gateway.get(path, asked)
    except ServiceAway as away:
        return away.service


async def _open(visit: Visit, batch_code: str) -> Any:
    """What a person has to settle about its debits; nothing when that cannot be read now."""
    asked = {"batch_code": batch_code, "state": "OPEN", "limit": 1}
    try:
        return await visit.gateway.get(EXCEPTIONS, asked)
    except (ServiceAway, Refused):
        return {"items": [], "total": 0, "total_is_capped": False}


def _exceptions_at(visit: Visit, batch_code: str) -> str | None:
    """The list of its open exceptions; None where no list can show them."""
    declared = visit.pages.lists.get("debit-exceptions")
    if declared is None or "batch_code" not in declared.filters:
        return None
    return f"{declared.path}?{urlencode({'batch_code': batch_code, 'state': 'OPEN'})}"


def _pagers(visit: Visit, charges: Any) -> dict[str, Pager]:
    if isinstance(charges, str) or not charges["items"]:
        return {}

    def page(cursor: str | None) -> str | None:
        return None if cursor is None else f"{visit.address(cursor=cursor)}#section-{CHARGES}"

    return {
        CHARGES: Pager(
            charges["from"], charges["to"], charges["total"], charges["total_is_capped"],
            page(charges["previous"]), page(charges["next"]),
        )
    }  # fmt: skip


def _head(detail: Detail) -> Head:
    held = detail["submitted"] or detail["sealed"] or detail["drafted"]
    return Head(
        id=detail["batch_code"],
        at=detail["created_at"],
        amount_minor=held["total_minor"],
        currency=detail["currency"],
        kind="batch",
        status=detail["status"],
        follows="debit-batches",
        subject=detail["batch_code"],
        version=detail["version"],
    )

"""The latest batches of a currency, drawn: what they hold, and how much succeeded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.components.ways import way_to
from backoffice.errors import Refused, ServiceAway
from backoffice.pages.batches.batch import DEBIT_BATCHES, NAME
from backoffice.pages.visit import Visit, Visiting
from payops_contracts.debit_batches import BatchStatus

READ, DRAWN_MAX = 50, 6
"""How many of the latest batches are looked at, and of a currency drawn."""
SEEN_MIN = 1.5
"""Percent of the place that a bar takes at least, so that what is not none is seen."""
CHOSEN = "latest"
"""The parameter that names the currency."""

Row = Mapping[str, Any]
router = APIRouter()


@dataclass(frozen=True, slots=True)
class Drawn:
    """One batch: its two parts against the largest batch, and its rate; widths in percent."""

    code: str
    href: str | None
    unpaid_minor: int
    limit_minor: int
    unpaid: float
    limit: float
    rate: str | None
    rate_width: float
    resolved: str | None


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest batches of one currency, and which other currencies there are."""

    currency: str
    currencies: Sequence[str]
    batches: Sequence[Drawn]


@router.get("/parts/latest-batches")
async def latest_batches(visit: Visiting) -> Response:
    """The charts, read again when a batch changes."""
    values = await beside(visit)
    return visit.part("pages/debit-batches.html", DEBIT_BATCHES, "latest_batches", **values)


async def beside(visit: Visit) -> Mapping[str, Any]:
    """What the list's page shows above its rows; nothing while there are no batches."""
    try:
        answer = await visit.gateway.get("/v1/debit-batches", {"limit": READ})
    except (ServiceAway, Refused):
        return {"latest": None}
    rows = [row for row in answer["items"] if row["status"] != BatchStatus.CANCELLED]
    return {"latest": _latest(visit, rows) if rows else None}


def _latest(visit: Visit, rows: Sequence[Row]) -> Latest:
    currencies = list(dict.fromkeys(row["currency"] for row in rows))
    asked = visit.request.query_params.get(CHOSEN, "")
    currency = asked if asked in currencies else currencies[0]
    own = [row for row in rows if row["currency"] == currency][:DRAWN_MAX]
    most = max(row["total_minor"] for row in own)
    return Latest(currency, currencies, [_drawn(visit, row, most) for row in own])


def _drawn(visit: Visit, row: Row, most: int) -> Drawn:
    unpaid, limit = row["unpaid_minor"], row["spending_limit_minor"]
    points = row["success_points"]
    return Drawn(
        code=row["batch_code"],
        href=way_to(visit.pages, NAME, row["batch_code"]),
        unpaid_minor=unpaid,
        limit_minor=limit,
        unpaid=_width(unpaid, most),
        limit=_width(limit, most),
        rate=row["success_rate"],
        rate_width=0 if points is None else _width(points, 10_000),
        resolved=row["resolved"],
    )


def _width(part: int, whole: int) -> float:
    return max(round(100 * part / whole, 2), SEEN_MIN) if part and whole else 0

"""Retries that are planned, by day: above the debit history, whose rows its days lead to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.errors import Refused, ServiceAway
from backoffice.pages.charges.attempt import DEBIT_HISTORY
from backoffice.pages.visit import Visit, Visiting
from backoffice.words import word
from payops_contracts.money import format_money

TEMPLATE = "pages/debit-history.html"
SHOWN_MAX = 14
"""Days with retries that the strip has room for."""
RELATIVE = {0: word("Today"), 1: word("Tomorrow")}

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Upcoming:
    """The retries of one day, or of all days before today."""

    day: date | None
    """None of what waits since earlier days."""
    named: str
    """What the day is called beside its date."""
    count: int
    amounts: Sequence[str]
    """A sum each currency."""
    href: str


@router.get("/parts/upcoming-retries")
async def strip(visit: Visiting) -> Response:
    """The strip alone, read again while somebody looks."""
    return visit.part(TEMPLATE, DEBIT_HISTORY, "upcoming", above=await _read(visit))


async def beside(visit: Visit) -> Mapping[str, Sequence[Upcoming]]:
    """What the page shows beside its list."""
    return {"above": await _read(visit)}


async def _read(visit: Visit) -> Sequence[Upcoming]:
    """The next days with retries; none while the service does not say."""
    try:
        found = await visit.gateway.get("/v1/debit-attempts/upcoming")
    except (ServiceAway, Refused):
        return ()
    today = date.fromisoformat(found["today"])
    days = [(date.fromisoformat(each["day"]), each["sums"]) for each in found["days"]]
    late = [each for day, sums in days if day < today for each in sums]
    yesterday = today - timedelta(days=1)
    shown = [_upcoming(None, "", late, f"next_retry_to={yesterday}", visit)] if late else []
    for day, sums in [each for each in days if each[0] >= today][:SHOWN_MAX]:
        name = RELATIVE.get((day - today).days)
        asked = f"next_retry_from={day}&next_retry_to={day}"
        shown.append(_upcoming(day, visit.words(name) if name else "", sums, asked, visit))
    return shown


def _upcoming(
    day: date | None, named: str, sums: Sequence[Mapping[str, Any]], asked: str, visit: Visit
) -> Upcoming:
    totals: dict[str, int] = {}
    for each in sums:
        totals[each["currency"]] = totals.get(each["currency"], 0) + each["amount_minor"]
    amounts = [format_money(minor, code, visit.language) for code, minor in totals.items()]
    count = sum(each["count"] for each in sums)
    return Upcoming(day, named, count, amounts, f"{DEBIT_HISTORY.path}?{asked}&sort=next_retry_at")

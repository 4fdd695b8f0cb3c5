"""What a person chooses: language, zone, theme, density, shortcuts; kept by the gateway."""

from dataclasses import replace
from functools import cache
from time import time
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.pages.choices import RESOURCE, kept_preferences
from backoffice.pages.page import Page
from backoffice.pages.visit import Visiting
from backoffice.words import Words, word

PAGE = Page("preferences", "/preferences", word("Preferences"))

routes = APIRouter()


@cache
def zones() -> list[str]:
    """Every zone that can be chosen, continents together."""
    unusual = ("Etc/", "posix/", "right/", "SystemV/", "US/")
    named = (name for name in available_timezones() if "/" in name)
    return ["UTC", *sorted(name for name in named if not name.startswith(unusual))]


@routes.get(PAGE.path)
async def preferences(visit: Visiting) -> Response:
    """All choices on one page."""
    return visit.page("pages/preferences.html", PAGE, zones=zones())


@routes.post(PAGE.path)
async def choose(visit: Visiting) -> Response:
    """Keep what was chosen beside all else that is kept, and show the page again.

    What this browser remembers may be older than that: without the gateway nothing is written.
    """
    fields = await visit.form()
    session = visit.signed_in()
    chosen = (await kept_preferences(visit.gateway)).changed(fields)
    await visit.gateway.put(RESOURCE, chosen.as_chosen())
    said = Words(chosen.language or visit.language)(word("Preferences saved"))
    response = visit.see_other(_came_from(visit))
    kept = replace(session, preferences=chosen, chosen_at=time(), toast={"text": said})
    visit.site.cookies.write(response, kept)
    return response


def _came_from(visit: Visiting) -> str:
    said = visit.request.headers.get("hx-current-url") or visit.request.headers.get("referer", "")
    parts = urlsplit(said)
    if parts.netloc != visit.request.headers.get("host"):
        return PAGE.path
    return parts.path + (f"?{parts.query}" if parts.query else "")

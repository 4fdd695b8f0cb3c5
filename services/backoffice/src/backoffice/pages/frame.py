"""The frame around all pages: sign-in, sign-out, preferences, keys, and the page to begin at."""

from fastapi import APIRouter
from starlette.responses import Response

from backoffice.pages import preferences, sign_in
from backoffice.pages.page import DASHBOARD, Area, Page
from backoffice.pages.visit import Visiting
from backoffice.words import word

KEYS = Page("keys", "/keys", word("Keyboard"))

routes = APIRouter()
routes.include_router(sign_in.routes)
routes.include_router(preferences.routes)


@routes.get(DASHBOARD.path)
async def dashboard(visit: Visiting) -> Response:
    """Where one begins: every page there is."""
    return visit.page("pages/dashboard.html", DASHBOARD)


@routes.get(KEYS.path)
async def keys(visit: Visiting) -> Response:
    """Every key, in the dialog or as a page."""
    return visit.page("pages/keys.html", KEYS)


FRAME = Area(pages=(DASHBOARD,), routes=routes, scripts=("frame.js",))

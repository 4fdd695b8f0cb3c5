"""Settlement: the list of billing cycles, a page for each, and their closing."""

from fastapi import APIRouter

from backoffice.pages.cycles import cycle, deciding
from backoffice.pages.lists import list_routes
from backoffice.pages.page import Area

routes = APIRouter()
routes.include_router(list_routes(cycle.CYCLES))
for part in (cycle, deciding):
    routes.include_router(part.router)

CYCLES_AREA = Area(pages=(cycle.CYCLES,), routes=routes)
"""The list before the pages of one cycle, whose routes would take ``export`` for a code."""

"""Debit batches: the list with its latest ones drawn, a page for each, and how one is made."""

from fastapi import APIRouter

from backoffice.pages.batches import batch, creating, deciding, latest
from backoffice.pages.batches.batch import DEBIT_BATCHES
from backoffice.pages.lists import list_routes
from backoffice.pages.page import Area

routes = APIRouter()
routes.include_router(list_routes(DEBIT_BATCHES, "pages/debit-batches.html", latest.beside))
for part in (latest, creating, batch, deciding):
    routes.include_router(part.router)

BATCHES_AREA = Area(pages=(DEBIT_BATCHES,), routes=routes)
"""The list and what makes a batch before the page of one, which would take ``new`` for a code."""

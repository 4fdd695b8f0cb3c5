"""What members owe: the list of charges, the history of their debits, and a page for each."""

from fastapi import APIRouter

from backoffice.pages.charges import attempt, charge
from backoffice.pages.lists import list_routes
from backoffice.pages.page import Area

routes = APIRouter()
for page in (charge.CHARGES, attempt.DEBIT_HISTORY):
    routes.include_router(list_routes(page))
for part in (charge, attempt):
    routes.include_router(part.router)

CHARGES_AREA = Area(pages=(charge.CHARGES, attempt.DEBIT_HISTORY), routes=routes)
"""The lists before the pages of one thing, whose routes would take ``export`` for an id."""

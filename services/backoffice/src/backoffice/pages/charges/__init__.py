"""What members owe: the list of charges, the history of their debits, and a page for each."""

from fastapi import APIRouter

from backoffice.pages.charges import attempt, charge, debit_exceptions, settling, upcoming
from backoffice.pages.lists import list_routes
from backoffice.pages.page import Area

routes = APIRouter()
LISTS = (charge.CHARGES, attempt.DEBIT_HISTORY, debit_exceptions.DEBIT_EXCEPTIONS)
routes.include_router(list_routes(attempt.DEBIT_HISTORY, upcoming.TEMPLATE, upcoming.beside))
for page in (charge.CHARGES, debit_exceptions.DEBIT_EXCEPTIONS):
    routes.include_router(list_routes(page))
for part in (upcoming, charge, attempt, debit_exceptions, settling):
    routes.include_router(part.router)

CHARGES_AREA = Area(pages=LISTS, routes=routes)
"""The lists before the pages of one thing, whose routes would take ``export`` for an id."""

"""``/transactions``: the list of payments, and what can be done with many of them."""

from fastapi import APIRouter

from backoffice.pages.lists import list_routes
from backoffice.pages.page import Area
from backoffice.pages.transaction.page import TRANSACTIONS

routes = APIRouter()
routes.include_router(list_routes(TRANSACTIONS))

TRANSACTIONS_AREA = Area(pages=(TRANSACTIONS,), routes=routes)
"""Before the pages of one payment, whose routes would take ``export`` for an id."""

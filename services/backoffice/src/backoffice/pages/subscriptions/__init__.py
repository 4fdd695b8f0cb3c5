"""Subscriptions: the list, a page for each, and their cancellation."""

from fastapi import APIRouter

from backoffice.pages.lists import list_routes
from backoffice.pages.page import Area
from backoffice.pages.subscriptions import cancelling, subscription
from backoffice.pages.subscriptions.reading import SUBSCRIPTIONS

routes = APIRouter()
routes.include_router(list_routes(SUBSCRIPTIONS))
for part in (subscription, cancelling):
    routes.include_router(part.router)

SUBSCRIPTIONS_AREA = Area(pages=(SUBSCRIPTIONS,), routes=routes)
"""The list before the pages of one thing, whose routes would take ``export`` for an id."""

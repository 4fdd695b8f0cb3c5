"""Everything about one payment: its page, refunds, mails to its customer, its documents."""

from fastapi import APIRouter

from backoffice.pages.page import Area
from backoffice.pages.transaction import detail, documents, notification, refund

routes = APIRouter()
for part in (detail, refund, notification, documents):
    routes.include_router(part.router)

TRANSACTION_AREA = Area(routes=routes, scripts=("fill-in.js",))

"""Retry policies: how long after a failed debit the next one follows, looked at and changed."""

from fastapi import APIRouter

from backoffice.pages.page import Area
from backoffice.pages.policies import activating, changing, policies

routes = APIRouter()
for part in (policies, changing, activating):
    routes.include_router(part.router)

POLICIES_AREA = Area(pages=(policies.RETRY_POLICIES,), routes=routes)

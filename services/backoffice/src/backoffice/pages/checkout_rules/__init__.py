"""Adaptive checkout: the rules in their order, a page for each, and the provider catalogue."""

from fastapi import APIRouter

from backoffice.pages.checkout_rules import (
    activation,
    catalogue,
    catalogue_changes,
    ordering,
    overview,
    removal,
    restoring,
    rule,
)
from backoffice.pages.checkout_rules.reading import ADAPTIVE_CHECKOUT
from backoffice.pages.page import Area

routes = APIRouter()
PARTS = (
    overview, ordering, activation, removal, restoring, rule, catalogue, catalogue_changes,
)  # fmt: skip
for part in PARTS:
    routes.include_router(part.router)

CHECKOUT_RULES_AREA = Area(pages=(ADAPTIVE_CHECKOUT, catalogue.CATALOGUE), routes=routes)

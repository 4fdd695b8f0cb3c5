"""Simulations of checkout rules: other rules replayed on payments of the past."""

from fastapi import APIRouter

from backoffice.pages.checkout_simulation import result, starting, trying
from backoffice.pages.checkout_simulation.places import SIMULATE, SIMULATION, TRY
from backoffice.pages.page import Area

routes = APIRouter()
for part in (starting, result, trying):
    routes.include_router(part.router)

CHECKOUT_SIMULATION_AREA = Area(pages=(SIMULATE, SIMULATION, TRY), routes=routes)

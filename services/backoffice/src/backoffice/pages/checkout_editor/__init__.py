"""The editor of a checkout rule: written, checked and tried on payments without writing JSON."""

from fastapi import APIRouter

from backoffice.pages.checkout_editor import checking, editing
from backoffice.pages.checkout_editor.places import CHANGE_RULE, NEW_RULE
from backoffice.pages.page import Area

routes = APIRouter()
for part in (checking, editing):
    routes.include_router(part.router)

CHECKOUT_EDITOR_AREA = Area(pages=(NEW_RULE, CHANGE_RULE), routes=routes)

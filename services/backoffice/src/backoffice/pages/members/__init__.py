"""Members: who is paid up, who owes what, and who is blocked."""

from fastapi import APIRouter

from backoffice.pages.lists import list_routes
from backoffice.pages.members import block, member
from backoffice.pages.page import Area

routes = APIRouter()
routes.include_router(list_routes(member.MEMBERS))
for part in (member, block):
    routes.include_router(part.router)

MEMBERS_AREA = Area(pages=(member.MEMBERS,), routes=routes)
"""The list before the pages of one member, whose routes would take ``export`` for a number."""

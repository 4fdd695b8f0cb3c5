"""Dead letters and the audit log."""

from fastapi import APIRouter

from backoffice.pages.lists import list_routes
from backoffice.pages.operations import dead_letters
from backoffice.pages.page import Area, Page, Section
from backoffice.words import word
from payops_kernel.auth.principals import UserRole

AUDIT_LOG = Page(
    "audit-log",
    "/audit-log",
    word("Audit log"),
    icon="scroll-text",
    section=Section.OPERATIONS,
    key="o",
    role=UserRole.OPERATOR,
)

routes = APIRouter()
routes.include_router(list_routes(dead_letters.DEAD_LETTERS))
routes.include_router(dead_letters.routes)
routes.include_router(list_routes(AUDIT_LOG))

OPERATIONS_AREA = Area(pages=(dead_letters.DEAD_LETTERS, AUDIT_LOG), routes=routes)

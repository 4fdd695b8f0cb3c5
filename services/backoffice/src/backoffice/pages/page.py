"""A page is a declaration plus its routes; an area is the pages that belong together."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from fastapi import APIRouter

from backoffice.words import word
from payops_kernel.auth.principals import UserRole


class Section(StrEnum):
    """The groups of the navigation, in their order; the first has no title."""

    MAIN = ""
    USER_PAYMENTS = word("User Payment Management")
    OPERATIONS = word("Operations")


@dataclass(frozen=True, slots=True)
class Page:
    """One page, or every page of one kind of record.

    ``title`` is a :func:`~backoffice.words.word`. With a ``section`` it stands in the navigation,
    under its Lucide ``icon``; with a ``key`` one gets there by G and that letter. ``parent`` is
    the page before it in the breadcrumbs; the Dashboard begins them all. Who does not reach as
    far as ``role`` neither sees it in the navigation nor gets it.
    """

    name: str
    path: str
    title: str
    icon: str = "circle"
    section: Section | None = None
    key: str = ""
    parent: "Page | None" = None
    role: UserRole = UserRole.VIEWER


@dataclass(frozen=True, slots=True)
class Area:
    """What one package of ``pages/`` brings along.

    ``scripts`` are modules below ``assets/js/`` that every page loads; ``topbar`` are templates
    that stand in the bar above every page, between breadcrumbs and user menu.
    """

    pages: Sequence[Page] = ()
    routes: APIRouter = field(default_factory=APIRouter)
    scripts: Sequence[str] = ()
    topbar: Sequence[str] = ()


DASHBOARD = Page("dashboard", "/", word("Dashboard"), icon="house", section=Section.MAIN, key="h")


def trail(page: Page) -> list[Page]:
    """The pages from the Dashboard to this one."""
    above: list[Page] = []
    at: Page | None = page
    while at is not None:
        above.insert(0, at)
        at = at.parent
    return above if above[0] is DASHBOARD else [DASHBOARD, *above]

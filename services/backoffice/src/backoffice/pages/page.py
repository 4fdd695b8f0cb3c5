"""A page is a declaration plus its routes; an area is the pages that belong together."""

from collections.abc import Iterable, Iterator, Sequence
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


@dataclass(frozen=True, slots=True)
class Navigation:
    """Every registered page that is gone to by the sidebar."""

    pages: Sequence[Page]

    def sections(self, may: Iterable[UserRole]) -> Iterator[tuple[Section, list[Page]]]:
        """The sections that have something for these roles, in their order."""
        roles = frozenset(may)
        for section in Section:
            found = [p for p in self.pages if p.section is section and p.role in roles]
            if found:
                yield section, found

    def keys(self, may: Iterable[UserRole]) -> list[Page]:
        """The pages that a key leads to."""
        roles = frozenset(may)
        return [page for page in self.pages if page.key and page.role in roles]

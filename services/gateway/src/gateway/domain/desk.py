"""A user's desk: how pages look to them, and the views of lists that they saved."""

from dataclasses import dataclass, field
from enum import StrEnum

from gateway.errors import SavedViewNameTaken, SavedViewNotFound, SavedViewsFull

SAVED_VIEWS_MAX = 200
"""Saved views of one user, over all pages."""


class Language(StrEnum):
    """What pages can be read in."""

    ENGLISH = "en"
    ITALIAN = "it"


class Theme(StrEnum):
    """The colours of pages; ``system`` follows the user's machine."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Density(StrEnum):
    """How high the rows of tables are."""

    COMFORTABLE = "comfortable"
    COMPACT = "compact"


@dataclass(frozen=True, slots=True)
class Preferences:
    """How pages look to one user."""

    language: Language | None = None
    """None until it was chosen: the browser's."""
    zone: str | None = None
    """An IANA zone; None until it was chosen: the reporting zone."""
    theme: Theme = Theme.SYSTEM
    density: Density = Density.COMFORTABLE
    shortcuts: bool = True


@dataclass(frozen=True, slots=True)
class SavedView:
    """A list as somebody wants to see it again."""

    id: str
    page: str
    """The list, as pages name it: ``transactions``."""
    name: str
    query: str
    """Filters and sort, as the address has them behind the question mark."""


@dataclass(slots=True)
class Desk:
    """All that one user keeps."""

    owner: str
    """The token's subject."""
    preferences: Preferences = field(default_factory=Preferences)
    views: dict[str, SavedView] = field(default_factory=dict)
    """By id, in the order in which they were saved."""

    def view(self, view_id: str) -> SavedView:
        """The view with this id; raises ``SavedViewNotFound``."""
        found = self.views.get(view_id)
        if found is None:
            raise SavedViewNotFound(f"You have no saved view '{view_id}'.")
        return found

    def keep(self, view: SavedView) -> None:
        """Add a view, or put it in the place of the one with its id.

        Raises ``SavedViewNameTaken`` or ``SavedViewsFull``.
        """
        others = [each for each in self.views.values() if each.id != view.id]
        if any(_named(each) == _named(view) for each in others):
            raise SavedViewNameTaken(
                f"The page {view.page} has a view of yours named '{view.name}': take another name."
            )
        if len(others) >= SAVED_VIEWS_MAX:
            raise SavedViewsFull(
                f"You have {SAVED_VIEWS_MAX} saved views, which is as many as are kept: "
                "remove one first."
            )
        self.views[view.id] = view

    def remove(self, view_id: str) -> SavedView:
        """Take a view away; raises ``SavedViewNotFound``."""
        removed = self.view(view_id)
        del self.views[view_id]
        return removed


def _named(view: SavedView) -> tuple[str, str]:
    return view.page, view.name.casefold()

"""The sidebar, as the configuration says: the pages that there are, and that somebody may see."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from backoffice.components.icons import known_icon
from backoffice.words import Words
from payops_contracts.pages import Pages, in_language
from payops_kernel.auth.principals import UserRole


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the sidebar, in the visitor's language."""

    title: str
    path: str
    icon: str
    key: str


@dataclass(frozen=True, slots=True)
class Group:
    """Lines under one head; an empty one is not shown."""

    title: str
    lines: list[Line]


def groups(
    pages: Pages, there: Collection[str], words: Words, may: Callable[[UserRole], bool]
) -> Iterator[Group]:
    """The groups that have something. ``there`` are the addresses of pages that are built in."""
    reached = {*there, *(each.path for each in pages.dashboards.values())}
    for group in pages.navigation.values():
        lines = [
            Line(
                in_language(entry.label, words.language, words),
                entry.path,
                known_icon(entry.icon),
                entry.key or "",
            )
            for entry in group.entries.values()
            if entry.path in reached and may(UserRole(entry.role))
        ]
        if lines:
            title = in_language(group.label, words.language, words) if group.label else ""
            yield Group(title, lines)

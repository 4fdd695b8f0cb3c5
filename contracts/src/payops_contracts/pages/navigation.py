"""The sidebar: groups of entries, each a way to a page."""

from typing import Annotated

from pydantic import Field

from payops_contracts.pages.parts import Entries, Entry, Icon, Label, PagePath, Role


class NavigationEntry(Entry):
    """A line of the sidebar."""

    label: Label
    icon: Icon
    path: PagePath
    role: Role = Role.VIEWER
    """Who sees it."""
    key: Annotated[str, Field(pattern="^[a-z]$")] | None = None
    """The letter that goes there after ``G``."""


class NavigationGroup(Entry):
    """Lines of the sidebar under one head; without a label they have no head."""

    label: Label | None = None
    entries: Entries[NavigationEntry] = {}

"""Detail pages: everything about one thing, in sections, with panels beside them."""

from enum import StrEnum

from payops_contracts.pages.parts import (
    Entries,
    Entry,
    FieldPath,
    Id,
    Label,
    PagePath,
    ResourcePath,
    Role,
    Shown,
)


class SectionKind(StrEnum):
    """What a section is."""

    FIELDS = "fields"
    """Labels and values."""
    TABLE = "table"
    """Rows of the answer, or of a list of their own."""
    HISTORY = "history"
    """What happened, newest first."""
    NEXT = "next"
    """What happens next, in words."""


class Section(Entry):
    """A section of the page, or a panel beside its sections."""

    title: Label
    kind: SectionKind = SectionKind.FIELDS
    rows: FieldPath | None = None
    """Of a table or a history: where its rows lie in the answer."""
    resource: ResourcePath | None = None
    """Of a table whose rows are not in the page's answer: where they are read."""
    fields: Entries[Shown] = {}
    """Of fields: paths in the answer. Of a table or a history: columns, paths in a row."""
    actions: list[Id] = []
    """Actions with a row of a table."""
    empty: Label | None = None
    """Said in place of fields without values, or a table without rows, which else is left out."""


class DetailPage(Entry):
    """A page about one thing."""

    title: Label
    """``{field}`` is replaced by a value of the answer, written with its path."""
    path: PagePath
    resource: ResourcePath
    role: Role = Role.VIEWER
    parent: Id
    """The list that it is reached from, for the breadcrumbs."""
    status: FieldPath | None = None
    """Where the state lies whose chip stands beside the title: a field of a section."""
    currency: FieldPath | None = None
    """Where the currency of money lies that a row of its tables does not name itself."""
    actions: list[Id] = []
    sections: Entries[Section] = {}
    panels: Entries[Section] = {}
    """In the right column."""

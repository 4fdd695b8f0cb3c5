"""List pages: a table over one list of the gateway's."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from payops_contracts.pages.parts import (
    SORT,
    Entries,
    Entry,
    FieldPath,
    Id,
    Label,
    PagePath,
    Part,
    ResourcePath,
    Role,
    Shown,
    Values,
    Vocabulary,
)


class Column(Shown):
    """A column of a list."""

    shown: bool = True
    """By default; else by the user's choice."""
    sort: FieldPath | None = None
    """The field of ``sort`` that orders by it."""
    beside: Id | None = None
    """Of a chip: the column whose value, where there is one, stands beside it after its label."""


class FilterKind(StrEnum):
    """How a filter is asked for, and which parameters of the list it fills."""

    CHOICE = "choice"
    """Any of several values: ``<id>``, repeated."""
    DAYS = "days"
    """From one day to another, both included: ``<id>_from`` and ``<id>_to``."""
    AMOUNT = "amount"
    """Least and most in a currency: ``<id>_from``, ``<id>_to`` and ``currency``."""
    TEXT = "text"
    """What is typed: ``<id>``."""
    IDS = "ids"
    """Rows by their ids, such as a pasted list: ``<id>``, repeated, up to 50."""


class Filter(Entry):
    """A filter of a list; its id is the parameter's name."""

    label: Label
    kind: FilterKind
    words: Vocabulary | None = None
    """Of a choice: its values, and what they are called."""
    values: Annotated[dict[str, Label], Field(min_length=1, max_length=50)] | None = None
    """Of a choice without a vocabulary: its values, and what they are called."""
    typed: bool = False
    """Of a choice: whether a value may be typed that is not among the known ones."""
    ahead: bool = False
    """Of days: whether they are to come, as those of what is planned are."""
    pinned: bool = False
    """Always in sight; others are added by "+ Filter"."""

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        sources = (self.words is not None) + (self.values is not None)
        if self.kind is FilterKind.CHOICE and sources != 1:
            raise ValueError("a choice says exactly one of words and values")
        if self.kind is not FilterKind.CHOICE and (sources or self.typed):
            raise ValueError("words, values and typed are for a choice")
        if self.ahead and self.kind is not FilterKind.DAYS:
            raise ValueError("ahead is for days")
        return self

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters of the list that it fills."""
        match self.kind:
            case FilterKind.DAYS:
                return (f"{self.id}_from", f"{self.id}_to")
            case FilterKind.AMOUNT:
                return (f"{self.id}_from", f"{self.id}_to", "currency")
            case FilterKind.CHOICE | FilterKind.TEXT | FilterKind.IDS:
                return (self.id,)


class Tab(Entry):
    """A tab above the table: values of the tabs' filter; none of them is all rows."""

    label: Label
    values: Values = []


class Tabs(Part):
    """Tabs with counts, by one filter."""

    by: Id
    """The filter that they set."""
    entries: Entries[Tab] = {}


class ExportFormat(StrEnum):
    """A file that a list can be downloaded as."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


class ListPage(Entry):
    """A page with a table, fed by one list of the gateway's."""

    title: Label
    subtitle: Label | None = None
    path: PagePath
    resource: ResourcePath
    role: Role = Role.VIEWER
    row: FieldPath
    """What names a row: the link to its detail is on this column."""
    detail: Id | None = None
    """The detail page that its rows open."""
    detail_id: FieldPath | None = None
    """Where a row says which thing it opens; left out, its own id."""
    follows: ResourcePath | None = None
    """The list of the things whose changes its rows follow; left out, its own resource."""
    subject: FieldPath | None = None
    """Where a row says which of them it follows; left out, its own id."""
    search: Label | None = None
    """The placeholder of the search field; a list without it has none."""
    sort: Annotated[str, Field(pattern=SORT)] | None = None
    """How it is sorted at first, ``-`` before what descends; left out, as the list itself does."""
    export: list[ExportFormat] = []
    columns: Entries[Column] = {}
    filters: Entries[Filter] = {}
    tabs: Tabs | None = None
    row_actions: list[Id] = []
    """Actions with one row, the first ones on it and the others in its menu."""
    bulk_actions: list[Id] = []
    """Actions with the rows that are selected."""
    empty_title: Label | None = None
    """That there is nothing at all: "No dead letters"."""
    empty: Label | None = None
    """What will appear here, and the first step, said while there is nothing."""
    first_step: Id | None = None
    """The list where the first step is done: the way to it stands below."""

    @property
    def linked(self) -> str:
        """Where a row says what it opens: the link is on this column."""
        return self.detail_id or self.row

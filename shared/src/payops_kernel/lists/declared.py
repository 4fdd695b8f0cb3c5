"""A list, declared once: what it can be asked, what its rows have, and where they lie."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import BaseModel, create_model

from payops_kernel.auth.principals import UserRole
from payops_kernel.errors import NotFound
from payops_kernel.exports.columns import Column, Document, ExportResource, Kind, Read
from payops_kernel.exports.reading import RowQuery
from payops_kernel.http.lists import ListResource, Sort
from payops_kernel.lists.filters import Filters
from payops_kernel.lists.views import view_of
from payops_kernel.mongo import IndexWay, View
from payops_kernel.zones import Zone

LABEL_SUFFIX = "_label"
"""How the name of a code's words ends in the rows of an answer."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What a list counts and sums beside its pages."""

    by: str
    """The filter, and stored field, whose values are counted apart."""
    values: tuple[str, ...]
    money: str | None = None
    """Minor units that are summed by the row's ``currency``; None: nothing is."""


@dataclass(frozen=True)
class DeclaredList(ListResource):
    """A list of a collection's rows: pages, exports, the view, and rows of bulk actions."""

    title: str
    """As people name it: sheets bear it."""
    about: str
    """What the OpenAPI document says of a page."""
    row: str
    """The OpenAPI name of a row."""
    collection: str
    filters: type[Filters]
    columns: tuple[Column, ...]
    missing: Callable[[str], NotFound]
    """The refusal for an id that there is not."""
    role: UserRole = UserRole.VIEWER
    """Who may see it."""
    ways: tuple[IndexWay, ...] = ()
    """The indexes that the list chooses among; none leaves the choice to mongod."""
    totals: Totals | None = None
    """What ``GET /v1/totals/<name>`` answers; None for a list without it."""

    def __post_init__(self) -> None:
        self.filters.check()

    @cached_property
    def export(self) -> ExportResource:
        """What files of it consist of."""
        exported = tuple(column for column in self.columns if column.exported)
        return ExportResource(self.name, self.title, exported)

    @cached_property
    def fields(self) -> dict[str, int]:
        """The stored fields that a page needs, as a projection."""
        shown = {field for column in self._shown for field in column.fields}
        ordered = {field.path for field in self.sorts.values()}
        return dict.fromkeys(sorted(shown | ordered), 1)

    @cached_property
    def row_model(self) -> type[BaseModel]:
        """A row of an answer, for the OpenAPI document."""
        fields: dict[str, Any] = {}
        for column in self._shown:
            fields[column.name] = (column.shown, ...)
            if column.words:
                fields[column.name + LABEL_SUFFIX] = (str, ...)
        model: type[BaseModel] = create_model(self.row, __doc__="One row of the list.", **fields)
        return model

    def present(self, stored: Document) -> dict[str, Any]:
        """A row of an answer out of a stored one: the columns, then the words of their codes."""
        row = {name: read(stored) for name, read in self._readers}
        for label, name, words in self._labels:
            row[label] = words.get(row[name], row[name])
        return row

    def view(self, name: str) -> View:
        """The columns for people and BI tools, as a read-only MongoDB view."""
        return view_of(name, self.collection, self.columns)

    def rows(self, asked: Filters, sort: Sort, zone: Zone) -> RowQuery:
        """The rows that the list shows for its filters, in an order; raises ``Invalid``."""
        query = self.query(asked.condition(zone), sort.keys[0].field.path)
        return RowQuery(self.collection, query, sort)

    def selected(self, ids: Sequence[str], sort: Sort) -> RowQuery:
        """The rows with these ids, as far as there are any."""
        leading = self.order(None).keys[0].field.path
        known = self.query({"_id": {"$in": sorted(set(ids))}}, leading)
        # One batch: every further one would look up all ids again.
        return RowQuery(self.collection, known, sort, batch_rows=len(ids))

    def query(self, asked: Document, sorted_by: str, index: str | None = None) -> Document:
        """Conditions for rows in the order of a stored field, found by an index or by any."""
        least = {field.path: field.least for field in self.sorts.values()}.get(sorted_by)
        query: Document = {} if least is None else {sorted_by: {"$gte": least}}
        for way in self.ways:
            first = set(way.bounded_by) - {way.in_order_within}
            if way.index == index or (index is None and not first.isdisjoint(asked)):
                query |= way.every
        return query | asked

    @property
    def _shown(self) -> list[Column]:
        return [column for column in self.columns if column.shown is not None]

    @cached_property
    def _readers(self) -> list[tuple[str, Read]]:
        return [
            (column.name, _listed(column.read) if column.kind is Kind.LIST else column.read)
            for column in self._shown
        ]

    @cached_property
    def _labels(self) -> list[tuple[str, str, Mapping[str, str]]]:
        # Keys that are texts and nothing more: a code is found in half the time.
        return [
            (column.name + LABEL_SUFFIX, column.name, {str(k): v for k, v in column.words.items()})
            for column in self._shown
            if column.words
        ]


def _listed(read: Read) -> Read:
    return lambda row: read(row) or []

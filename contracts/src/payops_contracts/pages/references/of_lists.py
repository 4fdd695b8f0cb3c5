"""What a list page names."""

from collections.abc import Iterator

from payops_contracts.pages.actions import BuiltIn
from payops_contracts.pages.api import GatewayApi, Read
from payops_contracts.pages.configuration import Pages
from payops_contracts.pages.lines import KeyPath
from payops_contracts.pages.lists import FilterKind, ListPage, Tabs
from payops_contracts.pages.references.finding import lies, named, opens, read, shown
from payops_contracts.pages.wrong import Wrong

IN_BULK = frozenset({BuiltIn.REFUND, BuiltIn.INVOICE, BuiltIn.CREATE_BATCH})
"""What can be done with many rows at once."""


def wrong_in_list(page: ListPage, pages: Pages, api: GatewayApi) -> Iterator[Wrong]:
    """Its resource with rows and parameters, its detail, its actions."""
    at = ("lists", page.id)
    found, wrong = read(page.resource, page.role, api, (*at, "resource"))
    yield from wrong
    if found is not None:
        yield from _rows(page, pages, found, at)
        yield from _parameters(page, found, at)
    if page.tabs is not None:
        yield from _tabs(page.tabs, page, at)
    if page.detail is not None:
        yield from named(page.detail, pages.details, (*at, "detail"), "detail page", ("details",))
    if page.follows is not None:
        _, wrong = read(page.follows, page.role, api, (*at, "follows"))
        yield from wrong
    if page.first_step is not None:
        yield from named(page.first_step, pages.lists, (*at, "first_step"), "list", ("lists",))
    yield from _actions(page, pages, at)


def _rows(page: ListPage, pages: Pages, found: Read, at: KeyPath) -> Iterator[Wrong]:
    if found.row is None:
        yield Wrong((*at, "resource"), f"{page.resource} is no list: it answers no items")
        return
    yield from lies(page.row, found.row, (*at, "row"))
    if page.subject is not None:
        yield from lies(page.subject, found.row, (*at, "subject"))
    if page.detail_id is not None:
        yield from lies(page.detail_id, found.row, (*at, "detail_id"))
    if page.linked not in {column.at for column in page.columns.values()}:
        says = f"no column shows '{page.linked}', so that no row has a link"
        yield Wrong((*at, "row"), says, (*at, "columns", page.linked))
    for column in page.columns.values():
        yield from shown(column, found.row, (*at, "columns", column.id))
        yield from opens(column, pages, (*at, "columns", column.id))
        if column.beside is not None:
            place = (*at, "columns", column.id, "beside")
            yield from named(column.beside, page.columns, place, "column")


def _parameters(page: ListPage, found: Read, at: KeyPath) -> Iterator[Wrong]:
    there = found.parameters
    for each in page.filters.values():
        for parameter in each.parameters:
            what = f"parameter of {page.resource}"
            yield from named(parameter, there, (*at, "filters", each.id), what)
    for setting, parameter in (("search", "q"), ("sort", "sort")):
        if getattr(page, setting) is not None and parameter not in there:
            says = f"{page.resource} has no '{parameter}'; say {setting} = false"
            yield Wrong((*at, setting), says)
    if page.tabs is not None and page.tabs.by in there:
        known_values = there[page.tabs.by].values
        for tab in page.tabs.entries.values():
            for value in tab.values if known_values else ():
                place = (*at, "tabs", "entries", tab.id, "values")
                yield from named(value, known_values, place, f"value of '{page.tabs.by}'")


def _tabs(tabs: Tabs, page: ListPage, at: KeyPath) -> Iterator[Wrong]:
    place = (*at, "tabs", "by")
    yield from named(tabs.by, page.filters, place, "filter", (*at, "filters"))
    by = page.filters.get(tabs.by)
    if by is not None and by.kind is not FilterKind.CHOICE:
        yield Wrong(place, f"tabs are by a choice; '{by.id}' is of the kind {by.kind}")


def _actions(page: ListPage, pages: Pages, at: KeyPath) -> Iterator[Wrong]:
    for place in ("row_actions", "bulk_actions"):
        for name in getattr(page, place):
            yield from named(name, pages.actions, (*at, place), "action", ("actions",))
            action = pages.actions.get(name)
            if action is None:
                continue
            if action.of is not None and action.of != page.detail:
                says = f"'{name}' is done with a {action.of}; these rows are another thing"
                yield Wrong((*at, place), says, ("actions", name, "of"))
            if place == "bulk_actions" and action.does not in IN_BULK:
                says = f"'{name}' is done with one row; put it into row_actions"
                yield Wrong((*at, place), says)

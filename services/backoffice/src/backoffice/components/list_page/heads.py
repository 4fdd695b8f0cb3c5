"""The head of a table: its columns, in the declared order, and the way to sort by them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from backoffice.components.list_page.asked import Asked
from backoffice.components.list_page.cells import FIGURES
from backoffice.components.list_page.showing import Showing
from payops_contracts.pages import Column, Kind, ListPage

CELL = Markup('class="cell cell-%s%s of-%s" data-label="%s"')


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column; ``aria_sort`` is empty where it cannot be sorted."""

    id: str
    label: str
    figure: bool
    cell: Markup
    """What every cell below it has: its classes, and its label for narrow screens."""
    names_row: bool
    """Whether its cells are the way to the row's page."""
    zone: str = ""
    """Of instants, in markup: whose clock they are read from."""
    hint: str = ""
    href: str = ""
    aria_sort: str = ""


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """A column that can be shown or not."""

    id: str
    label: str
    shown: bool


def chosen_columns(page: ListPage, kept: Collection[str]) -> list[Column]:
    """The columns that somebody chose, or the page's own; the one that names a row always."""
    known = page.columns.values()
    chosen = [each for each in known if each.id in kept]
    if not chosen:
        chosen = [each for each in known if each.shown]
    if not any(each.at == page.linked for each in chosen):
        chosen = [each for each in known if each in chosen or each.at == page.linked]
    return chosen


def column_choices(page: ListPage, shown: Sequence[Column], showing: Showing) -> list[ColumnChoice]:
    """All columns, for the menu."""
    ids = {each.id for each in shown}
    return [
        ColumnChoice(each.id, showing.label(each.label), each.id in ids)
        for each in page.columns.values()
    ]


def heads_of(columns: Sequence[Column], asked: Asked, showing: Showing) -> list[Head]:
    """The heads of the columns that are shown."""
    return [_head(column, asked, showing) for column in columns]


def _head(column: Column, asked: Asked, showing: Showing) -> Head:
    label = showing.label(column.label)
    zone = showing.shown.zone_head() if column.kind is Kind.INSTANT else ""
    hint = showing.label(column.hint) if column.hint else ""
    figure = column.kind in FIGURES
    cell = CELL % (column.kind.value, " figure" if figure else "", column.id, label)
    names_row = column.at == asked.page.linked
    if not column.sort:
        return Head(column.id, label, figure, cell, names_row, zone, hint)
    now = asked.sort or asked.page.sort or ""
    is_sorted = now.removeprefix("-") == column.sort
    descends = is_sorted and now.startswith("-")
    # The first press puts the newest, or the largest, on top.
    turned = column.sort if descends else f"-{column.sort}"
    order = ("descending" if descends else "ascending") if is_sorted else "none"
    href = asked.sorted_by(turned).address
    return Head(column.id, label, figure, cell, names_row, zone, hint, href, order)

"""The rows of a table: cells, the way to the detail; and what can be done with one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from backoffice.components.actions import ActionLink, Doer
from backoffice.components.list_page.cells import Cell, cell_of
from backoffice.components.list_page.showing import Showing
from backoffice.components.ways import way_to
from payops_contracts.pages import BuiltIn, Column, ListPage, value_at


@dataclass(frozen=True, slots=True)
class Row:
    """A row as the table shows it."""

    id: str
    href: str | None
    """Its detail page."""
    version: int | str
    """Raised with every change; live rows compare it."""
    subject: str
    """The thing whose changes it follows, where that is another one."""
    cells: Sequence[Cell]
    amount_minor: int | None
    currency: str
    """What a selection adds up."""


def row_of(
    page: ListPage, columns: Sequence[Column], answered: Mapping[str, Any], showing: Showing
) -> Row:
    """A row of the gateway's answer, with these columns."""
    row_id = str(value_at(answered, page.row))
    money = answered.get("amount_minor")
    return Row(
        id=row_id,
        href=detail_path(page, answered, showing),
        version=answered.get("version", ""),
        subject=str(value_at(answered, page.subject)) if page.subject else "",
        cells=[
            cell_of(column, answered, showing, page.columns.get(column.beside or ""))
            for column in columns
        ],
        amount_minor=money if isinstance(money, int) else None,
        currency=str(answered.get("currency") or ""),
    )


def detail_path(page: ListPage, answered: Mapping[str, Any], showing: Showing) -> str | None:
    """The address of a row's detail, its id percent-encoded; None without one."""
    opened = value_at(answered, page.linked)
    return None if opened is None else way_to(showing.pages, page.detail, str(opened))


def actions_of(page: ListPage, answered: Mapping[str, Any], showing: Showing) -> list[ActionLink]:
    """What can be done with a row, as its menu says it; nothing with one that has no detail."""
    href = detail_path(page, answered, showing)
    if href is None:
        return []
    doer = Doer(showing.words, showing.pages, showing.may)
    links = doer.links(page.row_actions, href, answered)
    return [_opening(link, href, showing) for link in links]


def _opening(link: ActionLink, href: str, showing: Showing) -> ActionLink:
    """Going to the detail is the row's own link."""
    opens = showing.pages.actions[link.id].does is BuiltIn.OPEN
    return replace(link, href=href, dialog=False) if opens else link

"""Records that a search found, as rows: where each stands, what it is, whose, how much, when."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from backoffice.components.list_page.cells import cell_of
from backoffice.components.list_page.rows import detail_path
from backoffice.components.list_page.showing import Showing
from backoffice.formatting.joined import DOT
from payops_contracts.pages import Kind, ListPage, value_at
from payops_kernel.http.paths import encoded_id

CUSTOMER = ("user_name", "user_email")
"""Fields of a row that name whose it is."""
WORDS_MAX = 2

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Hit:
    """A record; what it does not have is empty."""

    id: str
    href: str
    state: str
    """Its chip."""
    about: str
    """Whose it is, else what kind of thing."""
    amount: str
    at: str


@dataclass(frozen=True, slots=True)
class OwnPages:
    """A kind whose list is no declared one; ``title`` is a :func:`~backoffice.words.word`.

    Under ``path`` lie its list and, by id, each one's page; the others name fields of a row.
    """

    title: str
    path: str
    id: str
    name: str
    chip: str
    """The kind of its chip, whose state is in ``status``."""
    at: str
    everything: Mapping[str, str]
    """What its list is asked beside the text, so that none is left out."""


@dataclass(frozen=True, slots=True)
class HitGroup:
    """Records of one kind; ``away`` is the service that did not answer for it."""

    kind: str
    title: str
    hits: Sequence[Hit]
    total: int
    is_capped: bool
    more: str
    """The list that has them all; empty where it cannot search."""
    away: str
    mixes: bool
    """Whether it has several currencies: then each amount has its code, as in a list."""


def hit_group(
    group: Mapping[str, Any], text: str, showing: Showing, own: Mapping[str, OwnPages]
) -> HitGroup:
    """A group of the gateway's answer; its rows are shown as their list declares them, or as
    ``own`` says by kind."""
    kind = str(group["kind"])
    page = showing.pages.lists.get(kind) or own.get(kind)
    missing = group["missing"]
    has_search = isinstance(page, OwnPages) or (page is not None and page.search)
    searches = has_search and group["total"] > len(group["items"])
    asked = {"q": text, **(page.everything if isinstance(page, OwnPages) else {})}
    return HitGroup(
        kind,
        _title(page, showing) if page else kind,
        [_hit(row, page, showing) for row in group["items"]] if page else [],
        group["total"],
        group["total_is_capped"],
        f"{page.path}?{urlencode(asked)}" if page and searches else "",
        str(missing["service"]) if missing else "",
        len({row["currency"] for row in group["items"] if row.get("currency")}) > 1,
    )


def _title(page: ListPage | OwnPages, showing: Showing) -> str:
    return showing.words(page.title) if isinstance(page, OwnPages) else showing.label(page.title)


def _hit(row: Row, page: ListPage | OwnPages, showing: Showing) -> Hit:
    if not isinstance(page, OwnPages):
        return hit_of(row, page, showing)
    row_id, shown = str(row[page.id]), showing.shown
    return Hit(
        id=row_id,
        href=f"{page.path}/{encoded_id(row_id)}",
        state=shown.chip(page.chip, row["status"]),
        about=str(row[page.name]),
        amount="",
        at=shown.instant(row[page.at]),
    )


def hit_of(row: Row, page: ListPage, showing: Showing) -> Hit:
    """A row of a list as a hit. What has no page of its own leads to the list that shows it."""
    ids = (each.at for each in page.columns.values() if each.kind is Kind.ID)
    row_id = str(value_at(row, page.linked if page.detail else next(ids, page.row)))
    alone = f"{page.path}?{urlencode({'q': row_id})}"

    def first(kind: Kind) -> str:
        return next(_cells(row, page, kind, showing), "")

    customer = next((str(row[name]) for name in CUSTOMER if row.get(name)), "")
    words = [*_cells(row, page, Kind.TEXT, showing)][:WORDS_MAX]
    return Hit(
        id=row_id,
        href=detail_path(page, row, showing) or alone,
        state=first(Kind.CHIP),
        about=customer or DOT.join(words),
        amount=first(Kind.MONEY),
        at=first(Kind.INSTANT),
    )


def _cells(row: Row, page: ListPage, kind: Kind, showing: Showing) -> Iterator[str]:
    """What stands in the list's columns of a kind, where there is something."""
    for column in page.columns.values():
        if column.kind is kind and value_at(row, column.at) not in (None, ""):
            yield cell_of(column, row, showing).content

"""What stands in the cells of a table, by the kind of its column."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from backoffice.components.list_page.showing import Showing
from backoffice.components.ways import way_to
from backoffice.formatting.chips import KINDS
from backoffice.formatting.identifiers import SHOWN_IN_ROWS_MAX, shortened
from payops_contracts.pages import Kind, Vocabulary, value_at
from payops_contracts.pages import Shown as Declared

MISSING = "-"
CODED = frozenset({Vocabulary.AUDIT_ACTION, Vocabulary.AUDIT_TARGET})
"""Words whose codes people need too: hovering says both."""
FIGURES = frozenset({Kind.MONEY, Kind.SUMS, Kind.NUMBER, Kind.PERCENT, Kind.RATE})
"""Kinds that stand at the right edge of their column."""

CODE = Markup('%s<span class="money-code"> %s</span>')
"""An amount whose currency's code is seen in tables that mix currencies."""
SYMBOL = Markup('%s<span class="money-symbol">%s</span>%s')
"""An amount that is written with a code for want of a symbol; there the other code stands."""
BESIDE = Markup('%s <span class="quiet">%s %s</span>')
"""A state, and what another column says of it."""
CODE_AS_SYMBOL = re.compile(r"([A-Z]{3}\s|\s[A-Z]{3})")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """One value as a page shows it: a text, or markup in which what came from outside is escaped.

    ``whole`` is an id uncut, for hovering and the copy button; ``href`` the page of another thing
    that it names; ``code`` what a word stands for.
    """

    kind: Kind
    content: str
    whole: str = ""
    code: str = ""
    href: str | None = None


def cell_of(column: Declared, row: Row, showing: Showing, beside: Declared | None = None) -> Cell:
    """The cell of a column in a row of the gateway's answer; what ``beside`` has stands in it."""
    value = value_at(row, column.at)
    if value is None or value in ("", []):
        return Cell(column.kind, MISSING)
    if column.kind is Kind.ID:
        said = str(value)
        href = way_to(showing.pages, column.opens, said)
        return Cell(column.kind, shortened(said, SHOWN_IN_ROWS_MAX), said, href=href)
    content = _BY_KIND.get(column.kind, _text)(column, row, value, showing)
    if beside is not None and (more := cell_of(beside, row, showing)).content != MISSING:
        content = BESIDE % (content, showing.label(beside.label), more.content)
    code = str(value) if column.words in CODED and content != value else ""
    return Cell(column.kind, content, code=code)


def _text(column: Declared, _row: Row, value: Any, showing: Showing) -> str:
    return showing.word_of(column.words, str(value))


def _chip(column: Declared, _row: Row, value: Any, showing: Showing) -> str:
    kind = column.words.rpartition("_")[0] if column.words else ""
    if kind not in KINDS:
        return showing.word_of(column.words, str(value))
    return showing.shown.chip(kind, str(value))


def _instant(_column: Declared, _row: Row, value: Any, showing: Showing) -> str:
    return showing.shown.instant(value)


def _age(_column: Declared, _row: Row, value: Any, showing: Showing) -> str:
    return showing.shown.age(value)


def _day(_column: Declared, _row: Row, value: Any, showing: Showing) -> str:
    return showing.shown.day(str(value)[:10])


def _days(_column: Declared, _row: Row, value: Any, showing: Showing) -> str:
    return ", ".join(showing.shown.day(str(each)) for each in value)


def _money(column: Declared, row: Row, value: Any, showing: Showing) -> str:
    currency = value_at(row, column.currency_at)
    figure = showing.shown.money(int(value), currency)
    parts = CODE_AS_SYMBOL.split(figure)
    return CODE % (SYMBOL % tuple(parts) if len(parts) > 1 else figure, currency or "")


def _sums(_column: Declared, _row: Row, value: Any, showing: Showing) -> str:
    return showing.shown.sums(value)


def _number(_column: Declared, _row: Row, value: Any, showing: Showing) -> str:
    return showing.shown.count(int(value))


def _percent(_column: Declared, _row: Row, value: Any, showing: Showing) -> str:
    return showing.shown.percent(int(value))


def _rate(_column: Declared, _row: Row, value: Any, showing: Showing) -> str:
    return showing.shown.rate(str(value))


def _out_of(_column: Declared, _row: Row, value: Any, showing: Showing) -> str:
    return showing.shown.out_of(str(value))


def _list(column: Declared, _row: Row, value: Any, showing: Showing) -> str:
    return ", ".join(showing.word_of(column.words, str(each)) for each in value)


def _yes_no(_column: Declared, _row: Row, value: Any, showing: Showing) -> str:
    return showing.words("Yes") if value else showing.words("No")


_BY_KIND: Mapping[Kind, Callable[[Declared, Row, Any, Showing], str]] = {
    Kind.CHIP: _chip,
    Kind.INSTANT: _instant,
    Kind.AGE: _age,
    Kind.DAY: _day,
    Kind.DAYS: _days,
    Kind.MONEY: _money,
    Kind.SUMS: _sums,
    Kind.NUMBER: _number,
    Kind.PERCENT: _percent,
    Kind.RATE: _rate,
    Kind.OUT_OF: _out_of,
    Kind.LIST: _list,
    Kind.YES_NO: _yes_no,
}

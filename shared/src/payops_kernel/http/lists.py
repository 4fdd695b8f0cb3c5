"""Keyset lists: every row once, however deep, while writes go on; no skip, no offset.

A store turns a :class:`PageRequest` into a find and the found rows into a :class:`Page`:

    plan = plan_find(page, filter)
    rows = await collection.find(plan.filter, sort=plan.sort, limit=plan.limit).to_list(None)

or lets :func:`payops_kernel.lists.reads.page_of` do it, with the count. Everything here works on
dicts and knows no driver.
The order always ends in ``_id``, so that rows with equal values have one order. Nulls come first
when ascending, as MongoDB sorts them, and a missing field is a null.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from payops_kernel.errors import Invalid
from payops_kernel.exports.columns import at
from payops_kernel.http.cursors import Cursor, CursorCodec, Value, scope_of

LIMIT_DEFAULT = 50
LIMIT_MAX = 200
SORT_KEYS_MAX = 3
COUNT_CAP = 10_000

Document = dict[str, Any]
Filter = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SortField:
    """A document's field that a list may be ordered by (dotted path)."""

    path: str
    nullable: bool = False
    """Whether it may be null or missing; a field that never is gives tighter index bounds."""
    least: Any = None
    """What the value of a row is at least. A placeholder for a row that is not known yet has no
    value: this bound leaves it out, at no cost."""


@dataclass(frozen=True, slots=True)
class SortKey:
    """A field and its direction: 1 ascending, -1 descending."""

    field: SortField
    direction: int


_ID = SortField("_id")


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of rows. ``text`` is how a query says it: ``-created_at``, ``-amount,method``."""

    text: str
    keys: tuple[SortKey, ...]
    """What the rows are ordered by, ``_id`` last."""

    @classmethod
    def parse(cls, text: str, allowed: Mapping[str, SortField]) -> Self:
        """The order that ``text`` names; raises ``Invalid`` with what is allowed."""
        keys: list[SortKey] = []
        for word in text.split(","):
            field = allowed.get(word.removeprefix("-"))
            if field is None or len(keys) == SORT_KEYS_MAX or any(k.field == field for k in keys):
                raise _bad_sort(text, allowed)
            keys.append(SortKey(field, -1 if word.startswith("-") else 1))
        if keys[-1].field != _ID:
            keys.append(SortKey(_ID, keys[-1].direction))
        return cls(text, tuple(keys))

    def mongo(self, *, backward: bool = False) -> list[tuple[str, int]]:
        """The order as a driver takes it; ``backward`` turns all of it round."""
        turn = -1 if backward else 1
        return [(key.field.path, key.direction * turn) for key in self.keys]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page of which list, with everything checked."""

    sort: Sort
    limit: int
    scope: str
    cursor: Cursor | None
    codec: CursorCodec

    @property
    def backward(self) -> bool:
        """Whether the page lies before its cursor."""
        return self.cursor is not None and self.cursor.backward


@dataclass(frozen=True, slots=True)
class FindPlan:
    """A find: filter, order and limit (one row more than the page, to see if there are more)."""

    filter: Document
    sort: list[tuple[str, int]]
    limit: int


@dataclass(frozen=True, slots=True)
class Page:
    """Rows with their neighbourhood. ``first``/``last`` number them from 1 (0 when empty)."""

    items: list[Document]
    next: str | None
    previous: str | None
    first: int
    last: int
    total: int = 0
    total_is_capped: bool = False

    def body(self, shown: Callable[[Document], Any]) -> dict[str, Any]:
        """The answer's body; ``shown`` makes a row of it out of a stored one."""
        return {
            "items": [shown(item) for item in self.items],
            "next": self.next,
            "previous": self.previous,
            "from": self.first,
            "to": self.last,
            "total": self.total,
            "total_is_capped": self.total_is_capped,
        }


@dataclass(frozen=True, slots=True)
class ListResource:
    """A list that a service offers: its name, what it can be ordered by, and how by default."""

    name: str
    sorts: Mapping[str, SortField]
    default_sort: str

    def order(self, sort: str | None) -> Sort:
        """The order that a query names, or the default; raises ``Invalid``."""
        return Sort.parse(sort or self.default_sort, self.sorts)

    def open(
        self,
        codec: CursorCodec,
        *,
        filters: Mapping[str, Any],
        limit: int = LIMIT_DEFAULT,
        sort: str | None = None,
        cursor: str | None = None,
    ) -> PageRequest:
        """The page that a query asks for. ``filters`` is what the caller asked, as plain values.

        Raises ``Invalid`` (order, limit) or ``CursorRefused``.
        """
        if not 1 <= limit <= LIMIT_MAX:
            raise Invalid(f"limit must be from 1 to {LIMIT_MAX}.")
        order = self.order(sort)
        scope = scope_of(self.name, filters, order.text)
        place = codec.decode(cursor, scope) if cursor else None
        return PageRequest(order, limit, scope, place, codec)


def plan_find(page: PageRequest, base: Filter) -> FindPlan:
    """The find for a page of the rows that match ``base``."""
    parts = [dict(base)] if base else []
    if page.cursor is not None:
        parts.append(beyond(page.sort, page.cursor.values, backward=page.cursor.backward))
    merged: Document = {"$and": parts} if len(parts) > 1 else (parts[0] if parts else {})
    return FindPlan(merged, page.sort.mongo(backward=page.backward), page.limit + 1)


def beyond(sort: Sort, values: tuple[Value, ...], *, backward: bool) -> Document:
    """The filter for rows strictly after (or before) the row with these sort values."""
    turn = -1 if backward else 1
    branches: list[Document] = []
    equal: Document = {}
    for key, value in zip(sort.keys, values, strict=True):
        for further in _further(key.field, value, key.direction * turn):
            branches.append({**equal, **further})
        equal = {**equal, key.field.path: value}
    either: Document = branches[0] if len(branches) == 1 else {"$or": branches}
    lead = sort.keys[0]
    bound = _bound(lead.field, values[0], lead.direction * turn)
    # The leading bound is implied by the branches; it lets the planner start an index scan there.
    return {"$and": [bound, either]} if bound and len(branches) > 1 else either


def _further(field: SortField, value: Value, direction: int) -> list[Document]:
    path = field.path
    if direction > 0:
        return [{path: {"$ne": None}} if value is None else {path: {"$gt": value}}]
    if value is None:
        return []
    # Comparison stays inside one type: nulls, which come after all else here, are named apart.
    return [{path: {"$lt": value}}, *([{path: None}] if field.nullable else [])]


def _bound(field: SortField, value: Value, direction: int) -> Document | None:
    if direction > 0:
        return None if value is None else {field.path: {"$gte": value}}
    if value is None:
        return {field.path: None}
    return None if field.nullable else {field.path: {"$lte": value}}


def close_page(page: PageRequest, found: list[Document]) -> Page:
    """The page out of the rows that its :class:`FindPlan` found (total not yet known)."""
    more = len(found) > page.limit
    rows = found[: page.limit]
    start = page.cursor.number + 1 if page.cursor else 1
    if page.backward and page.cursor is not None:
        rows.reverse()
        # Rows that came or went meanwhile shift the count; the beginning is a fixed point.
        start = max(1, page.cursor.number - len(rows)) if more else 1
    if not rows:
        return Page([], None, None, 0, 0)
    last = start + len(rows) - 1
    has_next = page.backward or more
    has_previous = more if page.backward else page.cursor is not None
    return Page(
        items=rows,
        next=_cursor_at(page, rows[-1], last, backward=False) if has_next else None,
        previous=_cursor_at(page, rows[0], start, backward=True) if has_previous else None,
        first=start,
        last=last,
    )


def with_total(page: Page, counted: int | None, cap: int = COUNT_CAP) -> Page:
    """The page with its total. ``counted`` is a count that stopped at ``cap`` + 1.

    None when nobody counted: then the total is what the page itself proves.
    """
    if counted is None:
        return replace(
            page, total=page.last + (page.next is not None), total_is_capped=page.next is not None
        )
    capped = counted > cap
    total = max(min(counted, cap), page.last)
    return replace(page, total=total, total_is_capped=capped)


def _cursor_at(page: PageRequest, row: Document, number: int, *, backward: bool) -> str:
    values = tuple(at(key.field.path)(row) for key in page.sort.keys)
    return page.codec.encode(Cursor(page.scope, backward, values, number))


def _bad_sort(text: str, allowed: Mapping[str, SortField]) -> Invalid:
    words = ", ".join(sorted(allowed))
    detail = f"use up to {SORT_KEYS_MAX} of {words}, each once, with - before it for descending"
    return Invalid(
        f"sort '{text[:60]}' is not an order of this list: {detail}.",
        errors=[{"pointer": "/query/sort", "code": "unknown_sort", "detail": detail}],
    )

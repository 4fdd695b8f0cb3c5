"""What an address asks of a list: the one object that everything on its page is made of.

Rows, tabs, chips, sums, exports and bulk actions all come from it, so none can show another filter
than the others. Amounts stand in addresses as people type them, ``12.50`` beside a currency; the
gateway gets minor units.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, Self
from urllib.parse import urlencode

from backoffice.components.list_page.pasted import ids_in
from backoffice.words import word
from payops_contracts.money import parse_money
from payops_contracts.pages import Filter, FilterKind, ListPage

SEARCH, SORT, CURSOR, CURRENCY = "q", "sort", "cursor", "currency"
VALUES_MAX = 50
"""How many values the gateway takes of one filter."""
SEARCH_CHARACTERS_MAX = 200
"""What is longer is found by its beginning, as everything is."""

Values = tuple[str, ...]
Conditions = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """The filters, search, order and place that an address names; never an empty value."""

    page: ListPage
    values: Mapping[str, Values] = field(default_factory=dict)
    """By parameter of the address, ``q`` among them, in the declared order."""
    sort: str | None = None
    """None for the order that the page begins with."""
    cursor: str | None = None

    @classmethod
    def of(cls, page: ListPage, pairs: Iterable[tuple[str, str]]) -> Self:
        """What the pairs of a query string ask; parameters that no filter has are left out."""
        given: dict[str, list[str]] = {}
        for name, value in pairs:
            if value.strip():
                given.setdefault(name, []).append(value.strip())
        sort, cursor = given.get(SORT, [None])[0], given.get(CURSOR, [None])[0]
        values = {name: tuple(dict.fromkeys(given[name])) for name in _names(page) if name in given}
        known = {column.sort for column in page.columns.values() if column.sort}
        if sort == page.sort or (sort or "").removeprefix("-") not in known:
            sort = None
        return cls(page, _with_pasted_ids(page, values), sort, cursor)

    @cached_property
    def wrong(self) -> dict[str, str]:
        """What cannot be asked, by parameter: an English sentence each."""
        found: dict[str, str] = {}
        for each in self.page.filters.values():
            if each.kind is FilterKind.DAYS:
                found |= self._wrong_days(each)
            elif each.kind is FilterKind.AMOUNT:
                found |= self._wrong_amounts(each)
        return found

    @cached_property
    def conditions(self) -> Conditions:
        """As the gateway's filter object: texts, lists of texts, minor units. Raises nothing when
        there is nothing :attr:`wrong`.
        """
        asked: Conditions = {}
        for each in self.page.filters.values():
            for name in each.parameters:
                if name in self.values:
                    asked[name] = self._condition(each, name)
        if SEARCH in self.values:
            asked[SEARCH] = self.values[SEARCH][0][:SEARCH_CHARACTERS_MAX].strip()
        return asked

    @property
    def choice(self) -> dict[str, Any]:
        """Every row of it, as the body of a bulk action says so."""
        return {"filter": self.conditions} if self.conditions else {"all": True}

    def query(self, **more: str | int | None) -> list[tuple[str, str]]:
        """The parameters of the gateway's list, with an order and what else is named."""
        extra = {SORT: self.sort or self.page.sort} | more
        named = [(name, str(value)) for name, value in extra.items() if value is not None]
        return self._filter_pairs() + named

    def totals_query(self) -> list[tuple[str, str]]:
        """The parameters of the list's totals: the filters alone."""
        return self._filter_pairs()

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """What the address says of filters and search, always in the same order."""
        return [(name, value) for name, values in self.values.items() for value in values]

    @property
    def search(self) -> str:
        """The query string without its place in the list: what people share and keep."""
        return urlencode(self.pairs + ([(SORT, self.sort)] if self.sort else []))

    @property
    def address(self) -> str:
        """The page's address for it."""
        place = urlencode({CURSOR: self.cursor}) if self.cursor else ""
        query = "&".join(filter(None, (self.search, place)))
        return self.page.path + (f"?{query}" if query else "")

    @property
    def filtered(self) -> bool:
        """Whether it asks for less than every row."""
        return bool(self.values)

    def is_active(self, each: Filter) -> bool:
        """Whether a filter is set."""
        return any(name in self.values for name in each.parameters)

    def without(self, each: Filter) -> Self:
        """The first page without a filter."""
        return self._with(dict.fromkeys(each.parameters, ()))

    def with_values(self, name: str, values: Sequence[str]) -> Self:
        """The first page with these values of a parameter, none for any."""
        return self._with({name: tuple(values)})

    def cleared(self, kept: str = "") -> Self:
        """The first page of every row, in the same order; ``kept`` names what stays asked."""
        values = {name: each for name, each in self.values.items() if name == kept}
        return replace(self, values=values, cursor=None)

    def sorted_by(self, sort: str) -> Self:
        """The first page in another order."""
        return replace(self, sort=None if sort == self.page.sort else sort, cursor=None)

    def at(self, cursor: str | None) -> Self:
        """Another page of the same list."""
        return replace(self, cursor=cursor)

    def among(self, ids: Iterable[str]) -> Self | None:
        """Of these rows those that it leaves; None when that is none, or cannot be asked."""
        by_ids = _by_ids(self.page)
        if by_ids is None:
            return None
        named = self.values.get(by_ids.id)
        left = [each for each in dict.fromkeys(ids) if named is None or each in named]
        return self.with_values(by_ids.id, left[:VALUES_MAX]) if left else None

    def _filter_pairs(self) -> list[tuple[str, str]]:
        return [
            (name, str(value))
            for name, condition in self.conditions.items()
            for value in (condition if isinstance(condition, list) else [condition])
        ]

    def _with(self, changed: Mapping[str, Values]) -> Self:
        merged = {**self.values, **changed}
        values = {name: merged[name] for name in _names(self.page) if merged.get(name)}
        return replace(self, values=values, cursor=None)

    def _condition(self, each: Filter, name: str) -> Any:
        values = self.values[name]
        match each.kind:
            case FilterKind.DAYS:
                return values[0]
            case FilterKind.AMOUNT if name != CURRENCY:
                return parse_money(_plain(values[0]), self.values[CURRENCY][0])
            case _:
                return list(values[:VALUES_MAX])

    def _wrong_days(self, each: Filter) -> dict[str, str]:
        bounds: dict[str, date] = {}
        for name in each.parameters:
            text = self.values.get(name, ("",))[0]
            if not text or "T" in text:  # an instant: the gateway reads it
                continue
            try:
                bounds[name] = date.fromisoformat(text)
            except ValueError:
                return {name: word("This is not a date.")}
        start, end = each.parameters
        if len(bounds) == 2 and bounds[start] > bounds[end]:
            return {end: word("The end is before the beginning.")}
        return {}

    def _wrong_amounts(self, each: Filter) -> dict[str, str]:
        start, end, _ = each.parameters
        typed = {name: self.values[name][0] for name in (start, end) if name in self.values}
        if not typed:
            return {}
        if CURRENCY not in self.values:
            return {CURRENCY: word("Choose the currency of the amount.")}
        minor: dict[str, int] = {}
        for name, text in typed.items():
            try:
                minor[name] = parse_money(_plain(text), self.values[CURRENCY][0])
            except ValueError:
                return {name: word("This is not an amount in this currency, such as 12.50.")}
            if minor[name] < 0:
                return {name: word("An amount is not below zero.")}
        if len(minor) == 2 and minor[start] > minor[end]:
            return {end: word("The most is below the least.")}
        return {}


def _names(page: ListPage) -> list[str]:
    filters = [name for each in page.filters.values() for name in each.parameters]
    return ([SEARCH] if page.search else []) + list(dict.fromkeys(filters))


def _by_ids(page: ListPage) -> Filter | None:
    """The filter that finds rows by their ids, where the list has one."""
    return next((each for each in page.filters.values() if each.kind is FilterKind.IDS), None)


def _with_pasted_ids(page: ListPage, values: dict[str, Values]) -> dict[str, Values]:
    """Several ids in the search field are meant one by one, where the list can find them so."""
    by_ids = _by_ids(page)
    if by_ids is None:
        return values
    pasted = [each for text in values.get(by_ids.id, ()) for each in ids_in(text) or [text]]
    typed = ids_in(values[SEARCH][0]) if SEARCH in values else []
    ids = tuple(dict.fromkeys((*pasted, *typed)))
    if not ids:
        return values
    kept = {name: each for name, each in values.items() if name != SEARCH or not typed}
    return kept | {by_ids.id: ids}


def _plain(text: str) -> str:
    """``12,50`` as ``12.50``: a comma is a decimal one, for thousands are not written here."""
    return text.replace(",", ".") if text.count(",") == 1 and "." not in text else text

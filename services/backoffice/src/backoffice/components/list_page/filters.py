"""The filters of a list: their fields, and the chips of those that are set."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from backoffice.components.list_page.asked import CURRENCY, Asked
from backoffice.components.list_page.showing import Showing
from backoffice.formatting.instants import shown_day, zone_name
from backoffice.words import word
from payops_contracts.money import CURRENCY_DECIMALS
from payops_contracts.pages import Filter, FilterKind

NAMED_MAX = 3
"""Values that a chip names; it counts the rest."""
CURRENCIES_FIRST = ("EUR", "USD", "GBP", "CHF", "JPY")


@dataclass(frozen=True, slots=True)
class Option:
    """A value that can be chosen."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Field:
    """An input of a filter: its parameter, what it has, and what is wrong with that."""

    name: str
    label: str
    value: str
    error: str


@dataclass(frozen=True, slots=True)
class Preset:
    """Days at one press: from and to, as the fields take them."""

    label: str
    start: str
    end: str
    href: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class FilterView:
    """A filter in the panel."""

    id: str
    label: str
    kind: FilterKind
    active: bool
    said: str
    """What it is set to, in words; empty when it is not set."""
    without: str
    """The address without it."""
    options: Sequence[Option] = ()
    fields: Sequence[Field] = ()
    presets: Sequence[Preset] = ()
    typed: bool = False
    hint: str = ""

    @property
    def wrong(self) -> bool:
        """Whether one of its fields is not understood."""
        return any(field.error for field in self.fields)


def filter_views(asked: Asked, showing: Showing, today: date, currency: str) -> list[FilterView]:
    """All filters. ``today`` is a day of the reporting zone; ``currency`` the one most used."""
    return [_view(each, asked, showing, today, currency) for each in asked.page.filters.values()]


def _view(each: Filter, asked: Asked, showing: Showing, today: date, currency: str) -> FilterView:
    options: list[Option] = []
    presets: list[Preset] = []
    hint = ""
    if each.kind is FilterKind.CHOICE:
        options = _options(each, asked, showing)
    elif each.kind is FilterKind.AMOUNT:
        options = _currencies(asked, currency)
    elif each.kind is FilterKind.DAYS:
        presets = _presets(each, asked, showing, today)
        hint = showing.words(
            "Days in %(zone)s", zone=zone_name(showing.reporting, showing.language)
        )
    return FilterView(
        id=each.id,
        label=showing.label(each.label),
        kind=each.kind,
        active=asked.is_active(each),
        said=said_of(each, asked, showing),
        without=asked.without(each).address,
        options=options,
        fields=_fields(each, asked, showing),
        presets=presets,
        typed=each.typed,
        hint=hint,
    )


def said_of(each: Filter, asked: Asked, showing: Showing) -> str:
    """What a filter is set to, in words: ``Web, Mobile app``, ``1 Nov 2026 - 27 Nov 2026``."""
    values = {name: asked.values[name] for name in each.parameters if name in asked.values}
    if not values:
        return ""
    match each.kind:
        case FilterKind.DAYS:
            return _said_days(each, asked, showing)
        case FilterKind.AMOUNT:
            return _said_amounts(each, asked, showing)
        case FilterKind.CHOICE:
            return _named([_word(each, value, showing) for value in values[each.id]], showing)
        case FilterKind.TEXT | FilterKind.IDS:
            return _named(list(values[each.id]), showing)


def _word(each: Filter, value: str, showing: Showing) -> str:
    if each.values is not None:
        return showing.label(each.values[value]) if value in each.values else value
    return showing.word_of(each.words, value)


def _named(words: list[str], showing: Showing) -> str:
    if len(words) <= NAMED_MAX:
        return ", ".join(words)
    more = len(words) - 2
    return ", ".join(words[:2]) + " " + showing.words("and %(count)s more", count=more)


def _said_days(each: Filter, asked: Asked, showing: Showing) -> str:
    start, end = (asked.values.get(name, ("",))[0] for name in each.parameters)
    if start == end:
        return _day(start, showing)
    if start and end:
        return f"{_begun(start, end, showing)} \N{EN DASH} {_day(end, showing)}"
    if start:
        return showing.words("from %(day)s", day=_day(start, showing))
    return showing.words("until %(day)s", day=_day(end, showing))


def _begun(start: str, end: str, showing: Showing) -> str:
    """The first day without the month and year that the last one has too."""
    try:
        first, last = date.fromisoformat(start), date.fromisoformat(end)
    except ValueError:
        return start
    if (first.year, first.month) == (last.year, last.month):
        return str(first.day)
    whole = shown_day(first, showing.language)
    return whole.removesuffix(f" {first.year}") if first.year == last.year else whole


def _day(text: str, showing: Showing) -> str:
    try:
        return shown_day(date.fromisoformat(text), showing.language)
    except ValueError:
        return text


def _said_amounts(each: Filter, asked: Asked, showing: Showing) -> str:
    low, high = (asked.values.get(name, ("",))[0] for name in each.parameters[:2])
    currency = ", ".join(asked.values.get(CURRENCY, ()))
    if low and high:
        return f"{low} \N{EN DASH} {high} {currency}".strip()
    if low:
        return showing.words("from %(day)s", day=f"{low} {currency}".strip())
    if high:
        return showing.words("until %(day)s", day=f"{high} {currency}".strip())
    return currency


def _options(each: Filter, asked: Asked, showing: Showing) -> list[Option]:
    chosen = asked.values.get(each.id, ())
    known = list(each.values if each.values is not None else each.words.labels)  # type: ignore[union-attr]
    unknown = [value for value in chosen if value not in known]
    return [
        Option(value, _word(each, value, showing), value in chosen) for value in (*known, *unknown)
    ]


def _currencies(asked: Asked, preset: str) -> list[Option]:
    chosen = asked.values.get(CURRENCY, (preset,))[0]
    first = dict.fromkeys((chosen, preset, *CURRENCIES_FIRST))
    codes = [*filter(None, first), *sorted(CURRENCY_DECIMALS.keys() - first.keys())]
    return [Option(code, code, code == chosen) for code in codes]


FIELD_LABELS = {
    FilterKind.DAYS: (word("From"), word("To")),
    FilterKind.AMOUNT: (word("Least"), word("Most"), word("Currency")),
}


def _fields(each: Filter, asked: Asked, showing: Showing) -> list[Field]:
    if each.kind is FilterKind.CHOICE:
        return []
    labels = FIELD_LABELS.get(each.kind)
    wrong = asked.wrong
    return [
        Field(
            name,
            showing.words(labels[at]) if labels else showing.label(each.label),
            ("\n" if each.kind is FilterKind.IDS else "").join(asked.values.get(name, ())),
            showing.words(wrong[name]) if name in wrong else "",
        )
        for at, name in enumerate(each.parameters)
    ]


def _presets(each: Filter, asked: Asked, showing: Showing, today: date) -> list[Preset]:
    yesterday, tomorrow = today - timedelta(days=1), today + timedelta(days=1)
    start_name, end_name = each.parameters
    ahead = (
        (showing.words("Today"), today, today),
        (showing.words("Tomorrow"), tomorrow, tomorrow),
        (showing.words("Next 7 days"), today, today + timedelta(days=6)),
        (showing.words("Next 30 days"), today, today + timedelta(days=29)),
    )
    behind = (
        (showing.words("Today"), today, today),
        (showing.words("Yesterday"), yesterday, yesterday),
        (showing.words("Last 7 days"), today - timedelta(days=6), today),
        (showing.words("Last 30 days"), today - timedelta(days=29), today),
        (showing.words("This month"), today.replace(day=1), today),
    )
    presets = []
    for label, first, last in ahead if each.ahead else behind:
        start, end = first.isoformat(), last.isoformat()
        there = asked.with_values(start_name, (start,)).with_values(end_name, (end,))
        presets.append(Preset(label, start, end, there.address, there.pairs == asked.pairs))
    return presets

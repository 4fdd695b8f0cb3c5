"""A page about one thing, fed by its declaration: sections and panels with the gateway's answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backoffice.components.actions import ActionLink
from backoffice.components.timeline import Day, Moment
from backoffice.formatting.chips import Family
from backoffice.words import Words
from payops_contracts.pages import DetailPage, Kind, Section, SectionKind, in_language, value_at

Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fact:
    """A label with its value; ``shown`` declares how it is shown, ``row`` is where it lies."""

    label: str
    hint: str
    shown: Any
    row: Answer


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a section's table."""

    label: str
    shown: Any
    is_figure: bool
    zoned: bool
    """Whether its head names the zone of its instants."""


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section with what it shows."""

    id: str
    title: str
    kind: SectionKind
    facts: Sequence[Fact] = ()
    columns: Sequence[Column] = ()
    rows: Sequence[Answer] = ()
    row_actions: Sequence[Sequence[ActionLink]] = ()
    """Beside each row, if the section has any."""
    empty: str = ""
    away: str = ""
    """The service that did not answer, when the rows come from one that is away."""
    planned: Sequence[Moment] = ()
    sentences: Sequence[str] = ()
    days: Sequence[Day] = ()
    pager: "Pager | None" = None
    """Of a table that is one page of many."""


@dataclass(frozen=True, slots=True)
class Pager:
    """Which rows are shown, and the ways to those before and behind."""

    first: int
    last: int
    total: int
    is_capped: bool
    previous: str | None
    next: str | None


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the sections: how much, in which state, which one and of when."""

    id: str
    at: str
    amount_minor: int
    currency: str
    kind: str
    """The kind of state, as chips call it."""
    status: str
    follows: str
    """The kind of thing whose changes the page follows."""
    subject: str
    """Which one of them."""
    version: int | None = None
    """The subject's, where the answer says it: an older change is no news."""
    note: str = ""
    """What a person should know of its state at once, such as when it ends."""


@dataclass(frozen=True, slots=True)
class Exceptional:
    """Something that a person has to settle: what it is, and what to do."""

    what: str
    mend: str
    family: Family = Family.CARE
    action: str | None = None
    """The id of the page's action that mends it."""
    links: Sequence[ActionLink] = ()
    """What else can be done about it."""


@dataclass(frozen=True, slots=True)
class Told:
    """What only the page's own code can say about its thing, beside what is declared."""

    sentences: Sequence[str] = ()
    planned: Sequence[Moment] = ()
    days: Sequence[Day] = ()
    beside: Mapping[str, Any] = field(default_factory=dict)
    """By the id of a section with a resource of its own: its answer, or the service that is away
    as a :class:`str`."""
    row_actions: Mapping[str, Sequence[Sequence[ActionLink]]] = field(default_factory=dict)
    pagers: Mapping[str, Pager] = field(default_factory=dict)
    """By the id of a section whose rows are one page of many."""


NOTHING: tuple[object, ...] = (None, "", [])
FIGURES = frozenset({Kind.MONEY, Kind.SUMS, Kind.NUMBER, Kind.PERCENT, Kind.RATE})


class DetailView:
    """What the templates of a detail page show."""

    def __init__(self, page: DetailPage, answer: Answer, told: Told, words: Words) -> None:
        self._words = words
        self._currency = value_at(answer, page.currency) if page.currency else None
        self._answer = answer
        self._told = told
        self.title = titled(page, answer, words)
        self.sections = self._views(page.sections.values())
        self.panels = self._views(page.panels.values())

    def _views(self, sections: Any) -> list[SectionView]:
        views = [self._view(section) for section in sections]
        return [view for view in views if not _left_out(view)]

    def _view(self, section: Section) -> SectionView:
        title = self._label(section.title)
        empty = self._label(section.empty) if section.empty else ""
        told = self._told
        match section.kind:
            case SectionKind.FIELDS:
                found, away = self._found(section)
                facts = [
                    Fact(self._label(each.label), self._label(each.hint), each, found)
                    for each in section.fields.values()
                    if not (each.optional and value_at(found, each.at) in NOTHING)
                ]
                said = any(value_at(found, each.shown.at) not in NOTHING for each in facts)
                facts = facts if said or not empty else []
                return SectionView(
                    section.id, title, section.kind, facts=facts, empty=empty, away=away
                )
            case SectionKind.TABLE:
                return self._table(section, title, empty)
            case SectionKind.NEXT:
                return SectionView(
                    section.id, title, section.kind,
                    planned=told.planned, sentences=told.sentences,
                )  # fmt: skip
            case SectionKind.HISTORY:
                return SectionView(section.id, title, section.kind, days=told.days, empty=empty)

    def _found(self, section: Section) -> tuple[Answer, str]:
        """Where a section's values lie, and the service that is away with them."""
        found = self._told.beside.get(section.id, {}) if section.resource else self._answer
        return ({}, found) if isinstance(found, str) else (found, "")

    def _table(self, section: Section, title: str, empty: str) -> SectionView:
        found, away = self._found(section)
        rows = value_at(found, section.rows or "items") or []
        # A column that none of the rows fills would be a column of dashes.
        return SectionView(
            section.id,
            title,
            section.kind,
            columns=[
                Column(
                    self._label(each.label), each, each.kind in FIGURES, each.kind is Kind.INSTANT
                )
                for each in section.fields.values()
                if any(value_at(row, each.at) not in NOTHING for row in rows)
            ],
            rows=[self._with_currency(row) for row in rows],
            row_actions=self._told.row_actions.get(section.id, ()),
            pager=self._told.pagers.get(section.id),
            empty=empty,
            away=away,
        )

    def _with_currency(self, row: Answer) -> Answer:
        """A part of a thing is in the thing's currency, whether it says so or not."""
        return {"currency": self._currency, **row}

    def _label(self, label: Any) -> str:
        return in_language(label, self._words.language, self._words) if label else ""


def titled(page: DetailPage, answer: Answer, words: Words) -> str:
    """The page's title, with values of the answer in the place of ``{field}``."""
    begin, *parts = in_language(page.title, words.language, words).split("{")
    title = begin
    for part in parts:
        name, _, rest = part.partition("}")
        title += f"{value_at(answer, name) or '-'}{rest}"
    return title


def _left_out(view: SectionView) -> bool:
    """A section with nothing to show, and without words for that, is not there."""
    holds = view.kind in {SectionKind.TABLE, SectionKind.FIELDS}
    return holds and not (view.rows or view.facts or view.empty or view.away)

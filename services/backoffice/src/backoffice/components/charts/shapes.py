"""The parts of a card, as a template takes them: words and addresses, nothing to be computed."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Segment:
    """One of few: a link, and what of it is the chart's own."""

    label: str
    href: str
    own: str
    current: bool


@dataclass(frozen=True, slots=True)
class Custom:
    """The form for days of one's own."""

    action: str
    kept: Sequence[tuple[str, str]]
    """What is asked of the page's other charts."""
    own: Sequence[tuple[str, str]]
    """What else is asked of this one."""
    first: str
    last: str
    current: bool


@dataclass(frozen=True, slots=True)
class Head:
    """A column; with a ``series`` number it is drawn."""

    label: str
    series: int | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A value in minor units or pieces, and in words; None is a gap."""

    value: int | None
    shown: str


@dataclass(frozen=True, slots=True)
class Row:
    """One day."""

    day: str
    label: str
    short: str
    cells: Sequence[Cell]
    unfinished: bool = False
    """Today: more may come."""


@dataclass(frozen=True, slots=True)
class Table:
    """What is drawn."""

    day_label: str
    decimals: int
    heads: Sequence[Head]
    rows: Sequence[Row]
    totals: Sequence[str]
    totals_label: str = ""
    """What they are; empty: sums of the days."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One part of a whole."""

    label: str
    colour: str
    """A class."""
    width: float
    """Percent of the place."""
    figures: Sequence[str]
    href: str | None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a chart is not there, and the way to try again."""

    sentence: str
    retry: str | None
    trace_id: str | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant of today by its clock, any other with its day; all of it in the hint."""

    iso: str
    shown: str
    utc: str
    """The same on UTC's clock."""
    hint: str


@dataclass(frozen=True, slots=True)
class Way:
    """One more link to rows."""

    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Card:
    """One chart as the template shows it."""

    id: str
    title: str
    about: str | None
    wide: bool
    windows: Sequence[Segment]
    custom: Custom
    other: Segment | None
    """The other measure that the chart can show."""
    range: str = ""
    figure: str = ""
    said: Sequence[str] = ()
    """Beside the figure: the days, the other measure's total, what it is compared with."""
    table: Table | None = None
    bars: Sequence[Bar] = ()
    bars_label: str = ""
    bars_heads: Sequence[str] = ()
    nothing: str = ""
    as_of: Moment | None = None
    verified: Moment | None = None
    rows_href: str | None = None
    rows_target: str = "_self"
    rows_label: str = ""
    more_ways: Sequence[Way] = ()
    failure: Failure | None = None

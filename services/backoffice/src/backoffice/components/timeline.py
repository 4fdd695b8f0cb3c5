"""What happened to one thing, newest first: days, moments, and minor ones folded away."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from backoffice.formatting.chips import UNKNOWN, Look
from backoffice.formatting.instants import shown_day
from backoffice.words import Words
from payops_kernel.zones import Zone

FOLDED_MIN = 2
"""Fewer minor moments in a row are shown: a line that unfolds one line saves nothing."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened, or that is planned, in words."""

    at: datetime
    what: str
    look: Look = UNKNOWN
    """Icon and colour of the state after it."""
    amount: str | None = None
    amount_note: str | None = None
    """What the amount is, where it is not what moved: ``reserved``."""
    more: Sequence[str] = ()
    """The state after it, who did it, why it changed nothing."""
    source: str = ""
    """The whole name of the system that told of it, where ``more`` has a word for it."""
    minor: bool = False
    """Whether it may be folded away: it changed nothing, or repeats what was known."""
    planned: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """Moments that are shown, or folded, together."""

    moments: Sequence[Moment]
    folded: bool


@dataclass(frozen=True, slots=True)
class Day:
    """The moments of one day, newest first."""

    name: str
    runs: Sequence[Run]


def timeline(moments: Iterable[Moment], zone: Zone, now: datetime, words: Words) -> list[Day]:
    """Days of ``zone``, named Today, Yesterday or by their date; within one as they were given."""
    by_day = groupby(moments, key=lambda moment: zone.date_of(moment.at))
    today = zone.date_of(now)
    return [Day(_day_name(day, today, words), list(_runs(group))) for day, group in by_day]


def _day_name(day: date, today: date, words: Words) -> str:
    if day == today:
        return words("Today")
    if day == today - timedelta(days=1):
        return words("Yesterday")
    return shown_day(day, words.language)


def _runs(moments: Iterable[Moment]) -> Iterator[Run]:
    for minor, group in groupby(moments, key=lambda moment: moment.minor):
        run = list(group)
        yield Run(run, minor and len(run) >= FOLDED_MIN)

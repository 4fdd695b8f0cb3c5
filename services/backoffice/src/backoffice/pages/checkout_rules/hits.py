"""How often a rule answered, by the hour: a picture, its table, and both in a sentence."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from backoffice.formatting.instants import read_instant
from backoffice.formatting.shares import shown_count
from backoffice.words import Words
from payops_kernel.zones import Zone

HEIGHT = 48
"""Of the picture, in its own units."""
STEP = 10
"""From one bar to the next."""


class Bar(NamedTuple):
    """One hour."""

    at: datetime
    hour: str
    """On the reader's clock."""
    hits: int
    x: int
    y: float
    height: float


class Hits(NamedTuple):
    """The hours of a day, the oldest first."""

    bars: Sequence[Bar]
    width: int
    height: int
    sentence: str


def hits_by_hour(answer: Sequence[Mapping[str, Any]], zone: Zone, words: Words) -> Hits:
    """Bars as high as their share of the busiest hour."""
    most = max((each["hits"] for each in answer), default=0)
    bars = [
        Bar(
            hour := read_instant(each["hour"]),
            f"{zone.local(hour):%H:%M}",
            each["hits"],
            at * STEP,
            HEIGHT - (height := round(HEIGHT * each["hits"] / most, 2) if most else 0.0),
            height,
        )
        for at, each in enumerate(answer)
    ]
    return Hits(bars, max(len(bars), 1) * STEP, HEIGHT, _sentence(bars, words))


def _sentence(bars: Sequence[Bar], words: Words) -> str:
    total = sum(bar.hits for bar in bars)
    if not total:
        return words("It answered no checkout in the last day.")
    busiest = max(bars, key=lambda bar: bar.hits)
    return words.many(
        "It answered %(shown)s checkout in the last day, most of them from %(hour)s.",
        "It answered %(shown)s checkouts in the last day, most of them from %(hour)s.",
        total,
        shown=shown_count(total, words.language),
        hour=busiest.hour,
    )

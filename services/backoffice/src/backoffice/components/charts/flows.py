"""Flows from one side to another as a picture: bars on both sides, a ribbon for each flow.

Its height is in pixels. Across, ribbons run from 0 to 100 and are stretched to the place that there
is; words are not.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from backoffice.components.charts.reader import OTHERS
from backoffice.words import Words
from payops_contracts.money import format_money

BARS_MAX = 8
"""Bars of a side, as many as there are colours: the smallest ones go together."""
BARS_HEIGHT = 240.0
"""Of all bars of a side together."""
HEAD = 40.0
"""Above each bar, for its name and its amount."""
SEEN_MIN = 1.0
"""A flow that is not none is seen."""


class Flow(NamedTuple):
    """Payments that went one way and would go another, or the same."""

    before: str
    after: str
    payments: int
    amount_minor: int

    @property
    def stays(self) -> bool:
        """Whether nothing would change for them."""
        return self.before == self.after


class Bar(NamedTuple):
    """One end of flows, on one side."""

    label: str
    figure: str
    y: float
    height: float
    colour: str
    """A class."""


class Ribbon(NamedTuple):
    """One flow."""

    path: str
    colour: str
    """A class."""
    title: str


@dataclass(frozen=True, slots=True)
class Flows:
    """The picture."""

    height: float
    before: Sequence[Bar]
    after: Sequence[Bar]
    ribbons: Sequence[Ribbon]


def drawn(flows: Sequence[Flow], currency: str, words: Words) -> Flows:
    """The picture of flows of one currency, by amount; empty for none that has one."""
    others = words(OTHERS)
    kept = [_kept(flows, side) for side in (0, 1)]
    together: Counter[tuple[str, str]] = Counter()
    for flow in flows:
        ends = [each if each in side else others for each, side in zip(flow[:2], kept, strict=True)]
        together[ends[0], ends[1]] += flow.amount_minor
    sums = {ends: amount for ends, amount in together.items() if amount}
    whole = sum(sums.values())
    names = [_by_size(sums, side, others) for side in (0, 1)]
    colours = {name: f"series-{at % BARS_MAX + 1}" for at, name in enumerate(_first_seen(names))}
    heights = {ends: max(BARS_HEIGHT * amount / whole, SEEN_MIN) for ends, amount in sums.items()}
    sides = [
        [_bar(name, side, sums, heights, colours[name], currency, words) for name in names[side]]
        for side in (0, 1)
    ]
    placed = [_stacked(side) for side in sides]
    return Flows(
        height=max((_end(side) for side in placed), default=0.0),
        before=placed[0],
        after=placed[1],
        ribbons=_ribbons(names, placed, heights, colours, sums, currency, words),
    )


def _kept(flows: Sequence[Flow], side: int) -> set[str]:
    """The names of a side that have a bar of their own."""
    sums: Counter[str] = Counter()
    for flow in flows:
        sums[flow[:2][side]] += flow.amount_minor
    most = BARS_MAX if len(sums) <= BARS_MAX else BARS_MAX - 1
    ranked = sorted(sums, key=lambda each: (-sums[each], each))
    return set(ranked[:most])


def _by_size(sums: dict[tuple[str, str], int], side: int, others: str) -> list[str]:
    """The names of a side, the largest first, what goes together last."""
    sizes: Counter[str] = Counter()
    for ends, amount in sums.items():
        sizes[ends[side]] += amount
    return sorted(sizes, key=lambda each: (each == others, -sizes[each], each))


def _first_seen(names: Sequence[Sequence[str]]) -> list[str]:
    return list(dict.fromkeys(each for side in names for each in side))


def _bar(
    name: str,
    side: int,
    sums: dict[tuple[str, str], int],
    heights: dict[tuple[str, str], float],
    colour: str,
    currency: str,
    words: Words,
) -> Bar:
    amount = sum(each for ends, each in sums.items() if ends[side] == name)
    height = sum(each for ends, each in heights.items() if ends[side] == name)
    return Bar(name, format_money(amount, currency, words.language), 0.0, height, colour)


def _stacked(bars: Sequence[Bar]) -> list[Bar]:
    """Each below the one before it, under its own head."""
    placed: list[Bar] = []
    for bar in bars:
        top = (_end(placed) if placed else 0.0) + HEAD
        placed.append(bar._replace(y=top))
    return placed


def _end(bars: Sequence[Bar]) -> float:
    return bars[-1].y + bars[-1].height if bars else 0.0


def _ribbons(
    names: Sequence[Sequence[str]],
    placed: Sequence[Sequence[Bar]],
    heights: dict[tuple[str, str], float],
    colours: dict[str, str],
    sums: dict[tuple[str, str], int],
    currency: str,
    words: Words,
) -> list[Ribbon]:
    """Every flow in the order of both sides, so that none crosses another at a bar."""
    tops = [{bar.label: bar.y for bar in side} for side in placed]
    ribbons = []
    for before in names[0]:
        for after in names[1]:
            height = heights.get((before, after))
            if height is None:
                continue
            start, end = tops[0][before], tops[1][after]
            tops[0][before] += height
            tops[1][after] += height
            amount = format_money(sums[before, after], currency, words.language)
            ribbons.append(
                Ribbon(
                    path=_path(start, end, height),
                    colour="flow-stays" if before == after else colours[before],
                    title=f"{before} → {after}: {amount}",
                )
            )
    return ribbons


def _path(start: float, end: float, height: float) -> str:
    low, high = f"{start:.1f}", f"{end:.1f}"
    under, over = f"{start + height:.1f}", f"{end + height:.1f}"
    return f"M0 {low}C50 {low} 50 {high} 100 {high}V{over}C50 {over} 50 {under} 0 {under}Z"

"""From the figures of all rounds to the rows of the table: every aim's figure, and its ratio."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.paired import Change, Verdict, change, per_cent
from bench.ratios import AIMS, Aim
from bench.results import cpu_key
from bench.table import number

TITLE_WIDTH = 66
TITLES = {
    "transactions.relay_paused": "transactions pipeline, relay paused",
    "transactions.relay_running": "transactions pipeline, relay running",
    "analytics.pipeline": "analytics pipeline",
    "relay.alone": "relay alone",
    "detail.capacity": "detail over HTTP",
}
"""Of figures that the aims know as part of a ratio only."""


@dataclass(frozen=True)
class Row:
    """One figure or ratio: the median of each side, and how it changed."""

    key: str
    title: str
    unit: str
    this: float
    other: float
    change: Change

    def as_json(self) -> dict[str, object]:
        """Changes in per cent; above zero is better."""
        return {
            "key": self.key,
            "title": self.title,
            "unit": self.unit,
            "this": round(self.this, 4),
            "other": round(self.other, 4),
            "pairs": self.change.pairs,
            "change_per_cent": round(per_cent(self.change.middle), 2),
            "from_per_cent": round(per_cent(self.change.low), 2),
            "to_per_cent": round(per_cent(self.change.high), 2),
            "verdict": self.change.verdict.value,
        }


def rows_of(rounds: Sequence[tuple[Mapping[str, float], Mapping[str, float]]]) -> list[Row]:
    """Of what both sides have; a round in which one side lacks it counts for nothing."""
    rows = (_row(aim, rounds) for aim in _compared())
    return [row for row in rows if row is not None]


def comparable_figures(figures: Mapping[str, float]) -> str:
    """A turn's figures in a line of progress."""
    wanted = {aim.figure: aim for aim in _compared()}
    return ", ".join(f"{key} {number(figures[key])}" for key in figures if key in wanted)


def _compared() -> Iterator[Aim]:
    compared = [aim for aim in AIMS if aim.compared]
    alone = {aim.figure for aim in compared if aim.divided_by is None}
    for aim in compared:
        if aim.figure in TITLES and aim.figure not in alone:
            alone.add(aim.figure)
            yield Aim(aim.figure, TITLES[aim.figure], aim.figure, unit="/s")
            yield _cpu_of(aim.figure, TITLES[aim.figure])
        yield aim
        if aim.divided_by is None:
            yield _cpu_of(aim.figure, aim.title)


def _cpu_of(figure: str, title: str) -> Aim:
    """What each thing costs: no wait is in it, the machine's pace is."""
    key = cpu_key(figure)
    return Aim(key, f"{title}: CPU of each, all processes", key, at_most=math.inf, unit="µs")


def _row(aim: Aim, rounds: Sequence[tuple[Mapping[str, float], Mapping[str, float]]]) -> Row | None:
    both = ((aim.of(this), aim.of(other)) for this, other in rounds)
    pairs = [(this, other) for this, other in both if this and other]
    changed = change(pairs, higher_is_better=aim.at_most is None)
    if changed is None:
        return None
    this, other = (median(values) for values in zip(*pairs, strict=True))
    return Row(aim.key, aim.title, aim.unit, this, other, changed)


def comparison_lines(report: Mapping[str, Any], rows: Sequence[Row]) -> Iterator[str]:
    """The table and what it amounts to."""
    this, other, rounds = report["this"], report["other"], report["rounds"]
    yield f"This checkout ({this}) against {other}, {rounds} pairs; above zero is better"
    yield ""
    yield f"{'':<{TITLE_WIDTH}} {'this':>9} {'other':>9}  {'change':>8}  spread"
    for row in rows:
        spread = f"{per_cent(row.change.low):+.1f} … {per_cent(row.change.high):+.1f} %"
        yield (
            f"{row.title[:TITLE_WIDTH]:<{TITLE_WIDTH}} {number(row.this):>9} "
            f"{number(row.other):>9}  {per_cent(row.change.middle):>+6.1f} %  {spread:<19} "
            f"{row.change.verdict}"
        )
    for side, why in report["not_measured"].items():
        yield f"{side}: not measured: {why}"
    yield ""
    verdicts = [row.change.verdict for row in rows]
    yield ", ".join(f"{verdicts.count(each)} {each}" for each in Verdict)

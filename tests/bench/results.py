"""Figures, how they relate, and what could not be measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median_low
from typing import Any

from bench.cpu import OTHERS


class NotMeasured(Exception):
    """Why a measurement has no result, as a sentence."""


@dataclass(frozen=True)
class Round:
    """One timed run: how many things in how many seconds, and the CPU seconds by process."""

    count: int
    seconds: float
    cpu: Mapping[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Things a second."""
        return self.count / self.seconds

    @property
    def disturbed(self) -> float:
        """How much of one core other processes took meanwhile; 0 to the number of cores."""
        return self.cpu.get(OTHERS, 0.0) / self.seconds

    @property
    def cpu_each_us(self) -> float:
        """CPU microseconds of all our processes for each thing."""
        ours = sum(seconds for name, seconds in self.cpu.items() if name != OTHERS)
        return 1_000_000 * ours / self.count


def cpu_key(figure: str) -> str:
    """The key of what each thing of a figure costs in CPU, in a comparison's turn."""
    return f"{figure}.cpu"


def middle(rounds: Sequence[Round]) -> Round:
    """The round with the median rate (of two the slower), so that its CPU belongs to it."""
    wanted = median_low(each.rate for each in rounds)
    return next(each for each in rounds if each.rate == wanted)


@dataclass(frozen=True)
class Figure:
    """One line of the table. ``key`` names it in JSON and in ratios."""

    key: str
    title: str
    value: float
    unit: str
    samples: tuple[float, ...] = ()
    """Every round's value when there were several; ``value`` is their median."""
    cpu_seconds: Mapping[str, float] = field(default_factory=dict)
    """By process, during the round that ``value`` belongs to."""
    note: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What else JSON should say."""

    @classmethod
    def of_rounds(
        cls, key: str, title: str, unit: str, rounds: Sequence[Round], note: str = ""
    ) -> Figure:
        """The median of several rounds."""
        chosen = middle(rounds)
        return cls(
            key=key,
            title=title,
            value=chosen.rate,
            unit=unit,
            samples=tuple(each.rate for each in rounds),
            cpu_seconds=dict(chosen.cpu),
            note=note,
            facts={
                "count": chosen.count,
                "seconds": round(chosen.seconds, 3),
                "cpu_each_us": round(chosen.cpu_each_us, 1),
                "others_took_cores": round(chosen.disturbed, 2),
            },
        )

    def with_facts(self, **facts: Any) -> Figure:
        """The same figure with more for JSON to say."""
        return replace(self, facts={**self.facts, **facts})


@dataclass
class Results:
    """Everything that one run found."""

    figures: dict[str, Figure] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)
    """Figure keys by the title of the measurement that found them, in order."""
    not_measured: dict[str, str] = field(default_factory=dict)
    """Sentences by the title of the measurement."""
    group: str = ""
    """The measurement that is under way."""
    paces: dict[str, float] = field(default_factory=dict)
    """The machine's pace around each measurement, by its title (:mod:`bench.pace`)."""

    def pace(self, group: str) -> float:
        """The machine's pace around a measurement as a share of the fastest; 1 when unknown."""
        return self.paces[group] / max(self.paces.values()) if group in self.paces else 1.0

    def add(self, figure: Figure) -> None:
        """Keep a figure of the measurement under way; the last one of a key counts."""
        self.figures[figure.key] = figure
        keys = self.groups.setdefault(self.group, [])
        if figure.key not in keys:
            keys.append(figure.key)

    def value(self, key: str) -> float | None:
        """A figure's value, None when it was not measured."""
        figure = self.figures.get(key)
        return None if figure is None else figure.value

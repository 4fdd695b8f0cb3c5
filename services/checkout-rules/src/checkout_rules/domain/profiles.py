"""For which values of one field a rule's conditions hold, as few values that stand for all.

Conditions change their answer only at the values that they name: for texts at those and between
"named" and "any other"; for numbers at each and between two neighbours. So a rule's conditions on a
field are tried once on a value out of each of these cells, and what they say of it they say of the
whole cell. The evaluator's masks and the checks' cells are both made of this.
"""

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from math import floor, inf
from typing import NamedTuple

from checkout_rules.domain.conditions import Test
from checkout_rules.domain.values import Exact, Kind, Number


class Profile(NamedTuple):
    """What one rule says of one field; a missing value and one of no kind never hold."""

    named: dict[str, bool]
    """Of each text that the conditions name."""
    other_text: bool
    """Of any other text."""
    false: bool
    true: bool
    points: tuple[Number, ...]
    """The numbers that the conditions name, ascending."""
    numbers: tuple[bool, ...]
    """Of the numbers below the first point, of that point, between it and the next, and so on: one
    more than twice as many as points."""


def profile_of(tests: Iterable[Test]) -> Profile:
    """The profile of a rule's tests on one field; all must hold."""
    all_tests = tuple(tests)

    def hold(value: Exact, kind: Kind) -> bool:
        return all(each.kind is kind and each.compares(value) for each in all_tests)

    operands = [(each.kind, value) for each in all_tests for value in each.operands]
    texts = {value for kind, value in operands if kind is Kind.TEXT and isinstance(value, str)}
    points = _ascending(
        value
        for kind, value in operands
        if kind is Kind.NUMBER and not isinstance(value, str | bool)
    )
    other = _longer_than_all(texts)
    return Profile(
        {text: hold(text, Kind.TEXT) for text in texts},
        hold(other, Kind.TEXT),
        hold(False, Kind.BOOL),
        hold(True, Kind.BOOL),
        points,
        tuple(hold(value, Kind.NUMBER) for value in _one_of_each(points)),
    )


def _ascending(numbers: Iterable[Number]) -> tuple[Number, ...]:
    return tuple(sorted(set(numbers)))


def _longer_than_all(texts: Iterable[str]) -> str:
    return "x" * (max(map(len, texts), default=0) + 1)


def _one_of_each(points: tuple[Number, ...]) -> Iterable[Exact]:
    """A number below all points, each point, and an exact one between any two."""
    yield -inf
    for point, following in pairwise(points):
        yield point
        whole = floor(point) + 1
        yield whole if whole < following else (Fraction(point) + Fraction(following)) / 2
    yield from points[-1:]
    if points:
        yield inf

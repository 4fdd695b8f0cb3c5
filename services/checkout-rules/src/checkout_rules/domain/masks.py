"""One field of a rule set, compiled: value → bit mask of the rules whose conditions on it hold.

Bit n is the n-th rule in the order in which rules are tried. A rule without a condition on the
field has its bit in every mask.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from itertools import repeat
from math import floor, isfinite
from typing import Any

from checkout_rules.domain.profiles import Profile
from checkout_rules.domain.values import Number

KNOWN_TEXTS_MAX = 4_096
"""Texts that no rule names and that are kept with their mask, a field."""


class TextMasks(dict[Any, int]):
    """Text → mask; None → the mask of a missing value; anything else that is looked up is worked
    out, and texts are kept up to a limit."""

    __slots__ = ("_named", "missing", "other")

    def __init__(self, named: Mapping[str, int], other: int, missing: int) -> None:
        super().__init__(named)
        self[None] = missing
        self.other, self.missing = other, missing
        self._named = len(named)

    def __missing__(self, value: object) -> int:
        if not isinstance(value, str):
            return self.missing
        if len(self) - self._named <= KNOWN_TEXTS_MAX:
            self[value] = self.other
        return self.other


class FieldMasks:
    """The masks of one field; ``free`` are the rules that have no condition on it."""

    __slots__ = ("_exact", "_points", "false", "free", "of_texts_only", "texts", "true", "whole",
                 "whole_bounds")  # fmt: skip

    def __init__(self, profiles: Mapping[int, Profile], free: int) -> None:
        """``profiles`` by the rule's number in the order of trying."""
        self.free = free
        self.texts = _text_masks(profiles, free)
        self.false = free | _bits(number for number, it in profiles.items() if it.false)
        self.true = free | _bits(number for number, it in profiles.items() if it.true)
        self._points = sorted({point for it in profiles.values() for point in it.points})
        self._exact = _number_masks(profiles, self._points, free)
        self.whole_bounds, self.whole = _whole_masks(self._points, self._exact)
        others = {self.false, self.true, *self._exact}
        self.of_texts_only = others == {free}

    def mask(self, value: object) -> int:
        """The mask for what a context has at the field; None for nothing."""
        if type(value) is int:
            return self.whole[bisect_right(self.whole_bounds, value)]
        if value is None:
            return self.free
        if isinstance(value, str):
            return self.texts.get(value, self.texts.other)
        if isinstance(value, bool):
            return self.true if value else self.false
        if isinstance(value, int):
            return self.whole[bisect_right(self.whole_bounds, value)]
        if isinstance(value, float) and isfinite(value):
            return self._exact[bisect_left(self._points, value) + bisect_right(self._points, value)]
        return self.free

    def masks(self, column: Sequence[Any]) -> list[int]:
        """The masks for many values, in their order."""
        if self.of_texts_only:
            try:
                return list(map(self.texts.__getitem__, column))
            except TypeError:  # a list or an object is no key
                return list(map(self.mask, column))
        if set(map(type, column)) == {int}:
            places = map(bisect_right, repeat(self.whole_bounds), column)
            return list(map(self.whole.__getitem__, places))
        return list(map(self.mask, column))


def _bits(numbers: Any) -> int:
    found = 0
    for number in numbers:
        found |= 1 << number
    return found


def _text_masks(profiles: Mapping[int, Profile], free: int) -> TextMasks:
    other = free | _bits(number for number, it in profiles.items() if it.other_text)
    named: dict[str, int] = {}
    for number, profile in profiles.items():
        bit = 1 << number
        for text, holds in profile.named.items():
            mask = named.get(text, other)
            named[text] = mask | bit if holds else mask & ~bit
    return TextMasks(named, other, free)


def _number_masks(
    profiles: Mapping[int, Profile], points: Sequence[Number], free: int
) -> list[int]:
    """Of the numbers below the first point, of it, between it and the next, and so on."""
    place = {point: at for at, point in enumerate(points)}
    toggles = [0] * (2 * len(points) + 1)
    for number, profile in profiles.items():
        bit, held = 1 << number, False
        for at, holds in enumerate(profile.numbers):
            if holds is not held:
                toggles[_start(at, profile.points, place)] ^= bit
                held = holds
    mask, found = free, []
    for toggle in toggles:
        mask ^= toggle
        found.append(mask)
    return found


def _start(at: int, own: Sequence[Number], place: Mapping[Number, int]) -> int:
    """Where a profile's cell begins among the cells of all points."""
    if at == 0:
        return 0
    point = 2 * place[own[(at - 1) // 2]] + 1
    return point if at % 2 else point + 1


def _whole_masks(points: Sequence[Number], exact: Sequence[int]) -> tuple[list[int], list[int]]:
    """The same for whole numbers alone, which need one look: bounds, and the mask from each on."""
    starts: dict[int, int] = {}
    for at, point in enumerate(points):
        if point == floor(point):
            starts[floor(point)] = exact[2 * at + 1]
        starts[floor(point) + 1] = exact[2 * at + 2]
    bounds, masks = [], [exact[0]]
    for start in sorted(starts):
        if starts[start] != masks[-1]:
            bounds.append(start)
            masks.append(starts[start])
    return bounds, masks

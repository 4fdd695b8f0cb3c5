"""Where rules hold, as boxes of cells: what the checks reason with.

All values of a field fall into cells in which no condition changes its answer (``profiles.py``),
and a rule holds in a box: on each field that it looks at, in some of the cells. One box within
another, two that meet, what some leave of one: all of it is arithmetic of bit masks.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import floor, isfinite
from typing import Any, NamedTuple, TypeAlias

from checkout_rules.domain.conditions import CURRENCY
from checkout_rules.domain.contexts import CHANNEL, TYPE, checked
from checkout_rules.domain.decisions import Tried
from checkout_rules.domain.errors import ContextNotValid
from checkout_rules.domain.profiles import Profile, profile_of
from checkout_rules.domain.rule_set import ActiveRule
from checkout_rules.domain.values import Number, Scalar, levels
from payops_contracts.descriptions import PaymentType
from payops_contracts.labels import CHANNEL as CHANNELS
from payops_contracts.money import CURRENCY_DECIMALS

Box: TypeAlias = dict[str, int]
"""Path → mask of cells; a path that is not in it may have any value."""

NOTHING, FALSE, TRUE, OTHER_TEXT = range(4)
"""The first cells of each field. ``NOTHING`` stands for all that no condition is about."""
FIRST = OTHER_TEXT + 1
MEETINGS_MAX = 10_000
"""Pairs of boxes that one subtraction looks at before it is left undecided."""
ALL_MEETINGS_MAX = 500_000
"""Pairs of boxes that all subtractions in one space look at: about half a second."""
CELLS_TRIED_MAX = 64
"""Cells of a field out of which a value for an example is looked for."""

_OTHER_TEXTS: dict[str, tuple[str, ...]] = {
    CURRENCY: ("EUR", "USD", *CURRENCY_DECIMALS),
    TYPE: tuple(PaymentType),
    CHANNEL: tuple(CHANNELS),
}
"""Texts that make sense at a path."""


class Undecided(Exception):
    """There were too many pieces to look at."""


class Field:
    """The cells of one path, in a mask: the first four, each named text, then the numbers."""

    def __init__(self, path: str, profiles: Iterable[Profile]) -> None:
        self._path = path
        known = list(profiles)
        self._texts = sorted({text for each in known for text in each.named})
        self._points = sorted({point for each in known for point in each.points})
        self._text_at = {text: FIRST + at for at, text in enumerate(self._texts)}
        self._numbers_at = FIRST + len(self._texts)
        self._point_at = {
            point: self._numbers_at + 2 * at + 1 for at, point in enumerate(self._points)
        }
        self._end = self._numbers_at + 2 * len(self._points) + 1
        self.everything = (1 << self._end) - 1

    def cells(self, profile: Profile) -> int:
        """Where a rule's conditions on the path hold."""
        found = (profile.false << FALSE) | (profile.true << TRUE)
        if profile.other_text:
            found |= (1 << OTHER_TEXT) | ((1 << self._numbers_at) - (1 << FIRST))
        for text, holds in profile.named.items():
            bit = 1 << self._text_at[text]
            found = found | bit if holds else found & ~bit
        starts = [self._numbers_at]
        for point in profile.points:
            starts += [self._point_at[point], self._point_at[point] + 1]
        for holds, start, end in zip(
            profile.numbers, starts, [*starts[1:], self._end], strict=True
        ):
            found |= ((1 << end) - (1 << start)) * holds
        return found

    def values(self, mask: int) -> Iterator[Scalar | None]:
        """A value out of each cell of a mask, ordinary ones first; None is "leave it out"."""
        texts = mask & ((1 << self._numbers_at) - (1 << FIRST))
        numbers = mask >> self._numbers_at << self._numbers_at
        wanted = [*_bits(texts), *_bits(numbers), OTHER_TEXT, TRUE, FALSE, NOTHING]
        for cell in [each for each in wanted if mask >> each & 1][:CELLS_TRIED_MAX]:
            if cell == NOTHING:
                yield None
            elif (value := self._value(cell)) is not None:
                yield value

    def _value(self, cell: int) -> Scalar | None:
        if cell in (FALSE, TRUE):
            return cell == TRUE
        if cell == OTHER_TEXT:
            usual = (each for each in _OTHER_TEXTS.get(self._path, ()) if each not in self._text_at)
            return str(next(usual, "x" * (1 + max(map(len, self._texts), default=0))))
        if cell < self._numbers_at:
            return self._texts[cell - FIRST]
        at, is_point = divmod(cell - self._numbers_at, 2)
        if is_point:
            return self._points[at]
        return _between(
            self._points[at - 1] if at else None,
            self._points[at] if at < len(self._points) else None,
        )


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _between(low: Number | None, high: Number | None) -> Number | None:
    """A number between two others, a whole one if there is one; None when there is none."""
    if low is None:
        return 0 if high is None else floor(high) - 1
    if high is None or floor(low) + 1 < high:
        return floor(low) + 1
    middle = low + (high - low) / 2
    return middle if isfinite(middle) and low < middle < high else None


class Boxed(NamedTuple):
    """A rule with the box in which it holds."""

    tried: Tried
    box: Box

    @property
    def rule(self) -> ActiveRule:
        """The rule itself."""
        return self.tried.rule


def in_each_others_way(box: Box) -> bool:
    """Whether one path of a box leads through another's value: both cannot have one."""
    paths = {levels(path) for path in box}
    return any(keys[:n] in paths for keys in paths for n in range(1, len(keys)))


class Space:
    """The fields of some rules and the boxes in which they hold."""

    def __init__(self, rules: Sequence[ActiveRule]) -> None:
        self._may_look = ALL_MEETINGS_MAX
        every = [(each, _profiles(each)) for each in rules]
        by_path: dict[str, list[Profile]] = {}
        for _rule, profiles in every:
            for path, profile in profiles.items():
                by_path.setdefault(path, []).append(profile)
        self._fields = {path: Field(path, found) for path, found in by_path.items()}
        self.boxed = [
            Boxed(
                Tried.of(rule),
                {path: self._fields[path].cells(profile) for path, profile in profiles.items()},
            )
            for rule, profiles in every
        ]

    def within(self, inner: Box, outer: Box) -> bool:
        """Whether every context of one box is in another."""
        return all(
            not inner.get(path, self._fields[path].everything) & ~mask
            for path, mask in outer.items()
        )

    def meet(self, one: Box, other: Box) -> bool:
        """Whether two boxes, each with something in it, have something in common."""
        return all(path not in one or one[path] & mask for path, mask in other.items())

    def both(self, one: Box, other: Box) -> Box:
        """What two boxes have in common."""
        return one | {path: mask & one.get(path, mask) for path, mask in other.items()}

    def left_of(self, box: Box, others: Sequence[Box]) -> Iterator[Box]:
        """Boxes that make up what others leave of one; raises ``Undecided`` when it takes long."""
        pieces, may_look = [(box, 0)], min(MEETINGS_MAX, self._may_look)
        while pieces:
            piece, at = pieces.pop()
            start = at
            while at < len(others) and not self.meet(piece, others[at]):
                at += 1
            may_look -= at - start + 1
            self._may_look -= at - start + 1
            if at == len(others):
                yield piece
                continue
            if may_look < 0:
                raise Undecided
            pieces += [(cut, at + 1) for cut in self._cut(piece, others[at])]

    def _cut(self, piece: Box, other: Box) -> Iterator[Box]:
        """The parts of a box that lie outside another one, apart from each other."""
        rest = dict(piece)
        for path, mask in other.items():
            own = rest.get(path, self._fields[path].everything)
            if own & ~mask:
                yield rest | {path: own & ~mask}
            rest[path] = own & mask

    def example(self, box: Box) -> dict[str, Any] | None:
        """A context in a box that a checkout could send; None when none was found."""
        context: dict[str, Any] = {}
        for path in sorted(box):
            for value in self._fields[path].values(box[path]):
                placed = _with(context, levels(path), value)
                if placed is not None and _may_be_sent(placed):
                    context = placed
                    break
            else:
                return None
        return context


def _profiles(rule: ActiveRule) -> dict[str, Profile]:
    by_path: dict[str, list[Any]] = {}
    for condition in rule.terms.conditions:
        for test in condition.tests:
            by_path.setdefault(test.path, []).append(test)
    return {path: profile_of(tests) for path, tests in by_path.items()}


def _with(
    context: Mapping[str, Any], keys: tuple[str, ...], value: Scalar | None
) -> dict[str, Any] | None:
    """A context with a value at a path too; None when another value is in the way."""
    if value is None:
        return dict(context)
    first, *others = keys
    if not others:
        return None if first in context else {**context, first: value}
    inner = context.get(first, {})
    if not isinstance(inner, Mapping):
        return None
    below = _with(inner, tuple(others), value)
    return None if below is None else {**context, first: below}


def _may_be_sent(context: Mapping[str, Any]) -> bool:
    try:
        checked(context)
    except ContextNotValid:
        return False
    return True

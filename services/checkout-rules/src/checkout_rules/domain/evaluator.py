"""Rules compiled: which rule answers a context, in microseconds.

Compiled once from a rule set version. For each field there is a mask of rules by value
(``masks.py``); the masks of a context's fields ANDed are the rules that hold, and the lowest bit is
the rule that answers. No text is evaluated: the operators are a closed set.
"""

from collections.abc import Iterable, Sequence
from itertools import repeat
from operator import and_, itemgetter
from typing import Any

from checkout_rules.domain.blocks import Block
from checkout_rules.domain.conditions import Test
from checkout_rules.domain.decisions import Answer, Asked, Decision, Tried
from checkout_rules.domain.masks import FieldMasks
from checkout_rules.domain.profiles import profile_of
from checkout_rules.domain.rule_set import ActiveRule, RuleSet
from checkout_rules.domain.values import Context, levels, read_at

CHUNK_ROWS = 2_000
"""Contexts of a batch that are looked at field by field together: few enough for near memory."""
KNOWN_MASKS_MAX = 65_536
"""Sets of rules that hold together and whose first rule is kept."""


class Evaluator:
    """One rule set, ready to answer. It never changes: another version is another evaluator."""

    def __init__(self, rule_set: RuleSet) -> None:
        self.rule_set = rule_set
        self.answers = tuple(_answer(each, rule_set) for each in rule_set.rules)
        """What each rule offers, in the order in which rules are tried."""
        self._lowest_of = _Lowest()
        self._every = (1 << len(rule_set.rules)) - 1
        self._fields = _compiled(rule_set)
        self.paths = tuple(self._fields)
        """Every path that a condition looks at."""
        flat = [path for path in self.paths if "/" not in path]
        deep = [path for path in self.paths if "/" in path]
        self._flat = tuple(flat)
        self._deep = tuple(levels(path) for path in deep)
        order = (*flat, *deep)
        self._asked = Asked(rule_set, tuple(map(Tried.of, rule_set.rules)), order)
        self._lookups = tuple(
            (it.texts.get, it.texts.other, it.mask) for it in (self._fields[path] for path in order)
        )

    def evaluate(self, context: Context) -> Decision:
        """Which rule answers, with the record of why. Anything that JSON has may be in a context:
        what cannot be compared does not hold."""
        values = [*map(context.get, self._flat)]
        for keys in self._deep:
            values.append(read_at(context, keys))
        mask = self._every
        for value, (of_text, other, of_any) in zip(values, self._lookups):  # noqa: B905 (slower)
            mask &= of_text(value, other) if type(value) is str else of_any(value)
        answer = self.answers[(mask & -mask).bit_length() - 1]
        return Decision(self._asked, answer, values)

    def evaluate_many(self, contexts: Iterable[Context]) -> list[Decision]:
        """The same for many, all by this one version."""
        return [self.evaluate(each) for each in contexts]

    def rule_numbers(self, contexts: Sequence[Context]) -> list[int]:
        """Which rule answers each context, as a number into ``answers``; without records."""
        found: list[int] = []
        for start in range(0, len(contexts), CHUNK_ROWS):
            chunk = contexts[start : start + CHUNK_ROWS]
            masks = [field.masks(_column(chunk, path)) for path, field in self._fields.items()]
            found += self._lowest(masks, len(chunk))
        return found

    def rule_numbers_of(self, block: Block) -> list[int]:
        """The same for contexts that are packed."""
        masks = []
        for path, field in self._fields.items():
            column = block.columns.get(path)
            if column is None:
                masks.append(list(repeat(field.free, block.rows)))
            else:
                table = [field.free, *field.masks(column.values[1:])]
                masks.append(list(map(table.__getitem__, column.codes)))
        return self._lowest(masks, block.rows)

    def _lowest(self, masks: list[list[int]], count: int) -> list[int]:
        held: Iterable[int] = repeat(self._every, count)
        for each in masks:
            held = map(and_, held, each)
        return list(map(self._lowest_of.__getitem__, held))


class _Lowest(dict[int, int]):
    """Mask → its lowest bit's number; kept up to a limit."""

    def __missing__(self, mask: int) -> int:
        lowest = (mask & -mask).bit_length() - 1
        if len(self) < KNOWN_MASKS_MAX:
            self[mask] = lowest
        return lowest


def _answer(rule: ActiveRule, rule_set: RuleSet) -> Answer:
    pairs = rule_set.catalogue.enabled(rule.terms.pairs)
    return Answer(rule, pairs, tuple(each for each in rule.terms.pairs if each not in pairs))


def _compiled(rule_set: RuleSet) -> dict[str, FieldMasks]:
    every = (1 << len(rule_set.rules)) - 1
    by_path: dict[str, dict[int, list[Test]]] = {}
    for number, rule in enumerate(rule_set.rules):
        for condition in rule.terms.conditions:
            for test in condition.tests:
                by_path.setdefault(test.path, {}).setdefault(number, []).append(test)
    fields: dict[str, FieldMasks] = {}
    for path, by_rule in by_path.items():
        free = every & ~sum(1 << number for number in by_rule)
        profiles = {number: profile_of(tests) for number, tests in by_rule.items()}
        fields[path] = FieldMasks(profiles, free)
    return fields


def _column(contexts: Sequence[Context], path: str) -> list[Any]:
    keys = levels(path)
    found: Iterable[Any] = contexts
    for key in keys:
        found = map(itemgetter(key), found)
    try:
        return list(found)
    except (KeyError, TypeError):  # somewhere nothing is at the path
        return [read_at(each, keys) for each in contexts]

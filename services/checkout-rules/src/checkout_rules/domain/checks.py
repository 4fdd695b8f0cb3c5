"""What is wrong or odd about rules before they are activated, each with an example.

Sound: what is called unreachable never answers, and an example is asked of the rules before it is
given. What cannot be decided in bounded work is not claimed.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, takewhile
from typing import Any, NamedTuple

from checkout_rules.domain.boxes import Box, Boxed, Space, Undecided, in_each_others_way
from checkout_rules.domain.catalogue import Ability, Catalogue, Pair
from checkout_rules.domain.contexts import TYPE
from checkout_rules.domain.rule_set import ActiveRule
from checkout_rules.domain.values import levels, read_at
from payops_contracts.checkout_rules import SEVERITY, RuleFinding, Severity
from payops_contracts.descriptions import PaymentType
from payops_contracts.ids import RuleId
from payops_contracts.subscriptions import Interval

INTERVAL = "subscription/interval"
"""Where a context says the unit of the recurrence that is to be agreed."""
FINDINGS_MAX = 200
EXAMPLES_TRIED_MAX = 50


class Finding(NamedTuple):
    """One thing that was found."""

    code: RuleFinding
    rules: tuple[RuleId, ...]
    """The rule that it is about, then those that make it so, in the order of trying."""
    example: dict[str, Any] | None = None
    """A context to which it happens; None where there can be none."""
    pairs: tuple[Pair, ...] = ()
    """The pairs that it is about."""

    @property
    def severity(self) -> Severity:
        """What it means for an activation."""
        return SEVERITY[self.code]


def check(
    rules: Iterable[ActiveRule], catalogue: Catalogue, about: RuleId | None = None
) -> tuple[Finding, ...]:
    """What is found about rules that would be active together, ``default`` among them.

    With ``about`` only what names that rule, and what falls to a default without pairs. At most
    ``FINDINGS_MAX``, errors first and overlaps last, else in the order of trying. Rules with one
    priority are said alone: which of them is tried first is not known.
    """
    found = (each for each in _found(rules, catalogue, about) if _concerns(each, about))
    return tuple(islice(found, FINDINGS_MAX))


def _found(
    rules: Iterable[ActiveRule], catalogue: Catalogue, about: RuleId | None = None
) -> Iterator[Finding]:
    given = sorted(rules, key=lambda each: (each.priority is None, each.priority, each.id))
    errors = [*_same_priority(given, about), *_wrong_pairs(given, catalogue)]
    yield from errors
    if not any(each.code is RuleFinding.PRIORITY_TAKEN for each in errors):
        yield from _Look(given, catalogue).findings(about)


def newly_found(
    before: Iterable[ActiveRule], after: Iterable[ActiveRule], catalogue: Catalogue
) -> tuple[Finding, ...]:
    """What is found about the rules that would be active, and was not about those that are.

    Of a rule that never answered it is nothing new that others keep it from that, nor that two
    rules overlap which were active both.
    """
    known = {_said(each) for each in _but_overlaps(before, catalogue)}
    new = (each for each in _but_overlaps(after, catalogue) if _said(each) not in known)
    return tuple(islice(new, FINDINGS_MAX))


def _but_overlaps(rules: Iterable[ActiveRule], catalogue: Catalogue) -> Iterator[Finding]:
    """They come last, and are many."""
    overlaps = {RuleFinding.OVERLAP, RuleFinding.EXCEPTION_FIRST}
    return takewhile(lambda each: each.code not in overlaps, _found(rules, catalogue))


def _said(found: Finding) -> tuple[RuleFinding, RuleId, tuple[Pair, ...]]:
    together = found.code is RuleFinding.SHADOWED_TOGETHER
    code = RuleFinding.SHADOWED if together else found.code
    return code, found.rules[0], found.pairs


def _concerns(found: Finding, about: RuleId | None) -> bool:
    falls = found.code is RuleFinding.DEFAULT_WITHOUT_PAIRS
    return about is None or about in found.rules or falls


def _same_priority(given: Sequence[ActiveRule], about: RuleId | None) -> Iterator[Finding]:
    tried: dict[int | None, RuleId] = {}
    for each in given:
        if each.priority in tried:
            found = (each.id, tried[each.priority])
            found = (found[1], found[0]) if found[1] == about else found
            yield Finding(RuleFinding.PRIORITY_TAKEN, found)
        tried.setdefault(each.priority, each.id)


def _wrong_pairs(given: Sequence[ActiveRule], catalogue: Catalogue) -> Iterator[Finding]:
    for each in given:
        unknown = tuple(pair for pair in each.terms.pairs if not catalogue.knows(pair))
        if unknown:
            yield Finding(RuleFinding.UNKNOWN_PAIR, (each.id,), pairs=unknown)
        if not each.terms.pairs:
            yield Finding(RuleFinding.NO_PAIRS, (each.id,))


class _Look:
    """Goes through rules in the order of trying."""

    def __init__(self, given: Sequence[ActiveRule], catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._space = Space(given)
        self._boxed = [each for each in self._space.boxed if not each.rule.is_default]
        self._default = next((each for each in given if each.is_default), None)

    def findings(self, about: RuleId | None) -> Iterator[Finding]:
        """Overlaps last, and those of one rule alone if it is named: there may be many."""
        before: list[Boxed] = []
        """Rules that can match, as far as is known."""
        uncovered: list[tuple[Boxed, int]] = []
        for each in self._boxed:
            if not all(each.box.values()) or in_each_others_way(each.box):
                yield Finding(RuleFinding.NEVER_MATCHES, (each.rule.id,))
                continue
            covered = self._covered(each, before)
            if covered is not None:
                yield covered
            else:
                uncovered.append((each, len(before)))
            yield from self._pairs(each)
            before.append(each)
        yield from self._fallen(before)
        for each, count in uncovered:
            earlier = before[:count]
            if about is not None and each.rule.id != about:
                earlier = [other for other in earlier if other.rule.id == about]
            yield from self._overlaps(each, earlier)

    def _covered(self, rule: Boxed, before: Sequence[Boxed]) -> Finding | None:
        for each in before:
            if self._space.within(rule.box, each.box):
                example = self._asked(rule.box, rule, each)
                return Finding(RuleFinding.SHADOWED, (rule.rule.id, each.rule.id), example)
        near = [each for each in before if self._space.meet(rule.box, each.box)]
        try:
            left = next(self._space.left_of(rule.box, [each.box for each in near]), None)
        except Undecided:
            return None
        if left is not None:
            return None
        ids = (rule.rule.id, *(each.rule.id for each in near))
        return Finding(RuleFinding.SHADOWED_TOGETHER, ids, self._asked(rule.box, rule))

    def _overlaps(self, rule: Boxed, before: Sequence[Boxed]) -> Iterator[Finding]:
        for each in before:
            if each.rule.terms.pairs == rule.rule.terms.pairs:
                continue
            if not self._space.meet(rule.box, each.box):
                continue
            example = self._asked(self._space.both(rule.box, each.box), rule, each)
            if example is None:
                continue
            inside = self._space.within(each.box, rule.box)
            code = RuleFinding.EXCEPTION_FIRST if inside else RuleFinding.OVERLAP
            yield Finding(code, (rule.rule.id, each.rule.id), example)

    def _pairs(self, rule: Boxed) -> Iterator[Finding]:
        pairs = rule.rule.terms.pairs
        known = self._catalogue.abilities
        disabled = tuple(each for each in pairs if each in known and not known[each].enabled)
        if disabled:
            left = self._catalogue.enabled(pairs)
            code = RuleFinding.PAIR_DISABLED if left else RuleFinding.NO_PAIR_LEFT
            example = self._asked(rule.box, rule)
            yield Finding(code, (rule.rule.id,), example, disabled)
        useless = tuple(
            each for each in pairs if each in known and self._is_useless(rule, known[each])
        )
        if useless:
            example = self._asked(rule.box, rule)
            yield Finding(RuleFinding.USELESS_PAIR, (rule.rule.id,), example, useless)

    def _is_useless(self, rule: Boxed, ability: Ability) -> bool:
        """Whether all that the rule lets through needs what the pair cannot do."""
        able = {PaymentType.DIRECT.value: True}
        able[PaymentType.SUBSCRIPTION.value] = bool(ability.intervals)
        able[PaymentType.PAY_BY_LINK.value] = ability.pay_by_link
        intervals = {each.value: each in ability.intervals for each in Interval}
        return not (self._lets(rule, TYPE, able) and self._lets(rule, INTERVAL, intervals))

    def _lets(self, rule: Boxed, path: str, able: dict[str, bool]) -> bool:
        """Whether a rule lets something through at a path that the pair can do.

        A value that nobody knows may be one: only where a rule names all that it lets through is
        something claimed.
        """
        tests = [
            test for _number, _condition, test, _words in rule.tried.tests if test.path == path
        ]
        if not tests:
            return True
        named = {value for test in tests for value in test.operands if isinstance(value, str)}
        unknown = named - able.keys() | {"x" + max([*named, *able], key=len)}
        may_be = [value for value, can in able.items() if can] + [*unknown]
        return any(all(test.holds(value) for test in tests) for value in may_be)

    def _fallen(self, before: Sequence[Boxed]) -> Iterator[Finding]:
        default = self._default
        if default is None or self._catalogue.enabled(default.terms.pairs):
            return
        tried = 0
        try:
            for left in self._space.left_of({}, [each.box for each in before]):
                example = self._space.example(left)
                if example is not None and not any(_holds(each, example) for each in before):
                    yield Finding(RuleFinding.DEFAULT_WITHOUT_PAIRS, (default.id,), example)
                    return
                tried += 1
                if tried == EXAMPLES_TRIED_MAX:
                    return
        except Undecided:
            return

    def _asked(self, box: Box, *rules: Boxed) -> dict[str, Any] | None:
        """A context of a box in which rules do hold."""
        example = self._space.example(box)
        if example is None or not all(_holds(each, example) for each in rules):
            return None
        return example


def _holds(rule: Boxed, context: dict[str, Any]) -> bool:
    values = {
        test.path: read_at(context, levels(test.path)) for _n, _c, test, _w in rule.tried.tests
    }
    return rule.tried.first_unmet(values) is None

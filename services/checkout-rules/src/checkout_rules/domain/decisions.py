"""What a context is answered, and why: the rule, and what kept each rule before it from answering.

A decision keeps the values that it was made of; its record is worked out when it is read.
"""

from typing import Any, NamedTuple

from checkout_rules.domain.catalogue import Pair
from checkout_rules.domain.conditions import Condition, Test
from checkout_rules.domain.rule_set import ActiveRule, RuleSet
from checkout_rules.domain.values import Scalar, Seen


class PassedOver(NamedTuple):
    """A rule that was tried and did not hold."""

    rule: ActiveRule
    number: int
    """Of the condition, from 0, in the rule's own order."""
    condition: Condition
    """The first of its conditions that did not hold."""
    path: str
    """Where the condition looked: a range of amounts looks at the currency first."""
    seen: Scalar | Seen
    """What was there, or why it could not be compared."""
    said: dict[str, Any]
    """What a record says of it whatever was seen: the rule, the condition, its words and terms."""


class Answer(NamedTuple):
    """What a rule offers by the catalogue that it was compiled with."""

    rule: ActiveRule
    pairs: tuple[Pair, ...]
    """The rule's enabled pairs, in its order; none is an answer too."""
    left_out: tuple[Pair, ...]
    """Pairs of the rule that are disabled, or not in the catalogue any more."""


class Tried(NamedTuple):
    """A rule with its tests one by one, as a record goes through them."""

    rule: ActiveRule
    tests: tuple[tuple[int, Condition, Test, dict[str, Any]], ...]
    """Each with its condition, that one's number and what is said of it, in the rule's own order.

    Made once a version: a record of many rules is mostly this."""

    @classmethod
    def of(cls, rule: ActiveRule) -> "Tried":
        """Of a rule."""
        return cls(
            rule,
            tuple(
                (number, condition, test, _said(rule, number, condition, test))
                for number, condition in enumerate(rule.terms.conditions)
                for test in condition.tests
            ),
        )

    def first_unmet(self, values: dict[str, object]) -> PassedOver | None:
        """What keeps the rule from answering; None when all its conditions hold.

        ``values`` has what is at each path, None for nothing.
        """
        for number, condition, test, said in self.tests:
            seen = test.unmet_by(values[test.path])
            if seen is not None:
                return PassedOver(self.rule, number, condition, test.path, seen, said)
        return None


def _said(rule: ActiveRule, number: int, condition: Condition, test: Test) -> dict[str, Any]:
    return {
        "rule_id": rule.id,
        "name": rule.terms.name,
        "version": rule.version,
        "condition": number,
        "words": condition.words(),
        "terms": condition.written(),
        "path": test.path,
    }


class Asked(NamedTuple):
    """What decisions of one evaluator have in common."""

    rule_set: RuleSet
    tried: tuple[Tried, ...]
    """Every rule, in the order of trying."""
    paths: tuple[str, ...]
    """Where a decision's values come from, in their order."""


class Decision:
    """One evaluation, with what it was made of."""

    __slots__ = ("_asked", "_values", "answer")

    def __init__(self, asked: Asked, answer: Answer, values: list[object]) -> None:
        """``values`` are what the context has at ``asked.paths``."""
        self.answer = answer
        self._asked = asked
        self._values = values

    @property
    def rule_set(self) -> RuleSet:
        """The version of the rules, and of the catalogue, that was compiled."""
        return self._asked.rule_set

    @property
    def rule(self) -> ActiveRule:
        """The rule that answers, in the version that does."""
        return self.answer.rule

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """The pairs that a checkout may offer, in order."""
        return self.answer.pairs

    @property
    def no_pair_enabled(self) -> bool:
        """Whether the rule holds and offers nothing, for none of its pairs is enabled."""
        return not self.answer.pairs

    @property
    def passed_over(self) -> tuple[PassedOver, ...]:
        """The rules before the one that answers, each with what did not hold."""
        values = dict(zip(self._asked.paths, self._values, strict=True))
        before = []
        for each in self._asked.tried:
            unmet = each.first_unmet(values)
            if unmet is None:
                break
            before.append(unmet)
        return tuple(before)

"""All active rules as one thing: what is tried, in which order, and what each offers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from checkout_rules.domain.catalogue import Catalogue, Pair
from checkout_rules.domain.conditions import AmountRange, Condition, Custom, MatchList
from checkout_rules.domain.errors import DefaultStays, PriorityTaken, TooManyRules
from payops_contracts.checkout_rule_labels import CONDITION_SENTENCE
from payops_contracts.checkout_rules import ACTIVE_RULES_MAX, DEFAULT_RULE
from payops_contracts.ids import RuleId


class Terms(NamedTuple):
    """What one version of a rule says: all its conditions must hold, then its pairs are offered."""

    name: str
    pairs: tuple[Pair, ...]
    """In the order in which they are offered."""
    amount: AmountRange | None = None
    match_lists: tuple[MatchList, ...] = ()
    customs: tuple[Custom, ...] = ()

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """All of them, in the rule's own order: amount, match lists, custom conditions."""
        amount = () if self.amount is None else (self.amount,)
        return (*amount, *self.match_lists, *self.customs)

    def words(self) -> tuple[str, ...]:
        """Its conditions, a sentence each; one that says so when there are none."""
        said = tuple(each.words() for each in self.conditions)
        return said or (CONDITION_SENTENCE["no_conditions"],)


class ActiveRule(NamedTuple):
    """A version of a rule that is tried; ``priority`` is None for ``default`` alone."""

    id: RuleId
    version: int
    priority: int | None
    terms: Terms

    @property
    def is_default(self) -> bool:
        """Whether it answers when no other does."""
        return self.id == DEFAULT_RULE


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The active rules in the order in which they are tried, ``default`` last.

    ``version`` rises with each change of any of them, and decisions name it.
    """

    version: int
    rules: tuple[ActiveRule, ...]
    catalogue: Catalogue

    @classmethod
    def of(cls, version: int, rules: Iterable[ActiveRule], catalogue: Catalogue) -> "RuleSet":
        """The lowest priority number first, however they are given.

        Raises ``PriorityTaken`` for two rules of one priority, ``DefaultStays`` without the one
        ``default`` or when it has conditions, ``TooManyRules`` over the limit.
        """
        given = list(rules)
        defaults = [each for each in given if each.is_default]
        if len(defaults) != 1 or defaults[0].terms.conditions:
            raise DefaultStays("There is one default rule, and it has no conditions.")
        if len(given) > ACTIVE_RULES_MAX:
            raise TooManyRules(f"At most {ACTIVE_RULES_MAX} rules are active at a time.")
        tried: dict[int, ActiveRule] = {}
        for each in given:
            if each.is_default:
                continue
            if each.priority is None:
                raise ValueError(f"{each.id} has no priority")
            if each.priority in tried:
                raise PriorityTaken.by(tried[each.priority].id, each.priority)
            tried[each.priority] = each
        ordered = (tried[priority] for priority in sorted(tried))
        return cls(version, (*ordered, defaults[0]), catalogue)

    def with_rule(self, rule: ActiveRule) -> "RuleSet":
        """As it would be with this rule in place of its version that is active, if there is one."""
        others = (each for each in self.rules if each.id != rule.id)
        return RuleSet.of(self.version + 1, (*others, rule), self.catalogue)

    def without(self, rule_id: RuleId) -> "RuleSet":
        """As it would be without a rule; raises ``DefaultStays`` for ``default``."""
        others = (each for each in self.rules if each.id != rule_id)
        return RuleSet.of(self.version + 1, others, self.catalogue)

    def moved(self, priorities: Mapping[RuleId, int]) -> list[ActiveRule]:
        """Its rules with other priorities, as far as these name them."""
        return [
            each._replace(priority=priorities.get(each.id, each.priority)) for each in self.rules
        ]

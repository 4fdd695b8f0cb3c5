"""Rules, rule sets and contexts for tests: every value may be named."""

from collections.abc import Iterable
from typing import Any

from checkout_rules.domain.catalogue import Ability, Catalogue, Pair, built_in
from checkout_rules.domain.conditions import AmountRange, Custom, MatchList
from checkout_rules.domain.evaluator import Evaluator
from checkout_rules.domain.rule_set import ActiveRule, RuleSet, Terms
from checkout_rules.domain.values import Scalar
from payops_contracts.checkout_rules import DEFAULT_RULE, RuleOperator
from payops_contracts.ids import RuleId

ADYEN = Pair("adyen", "credit-cards")
NEXI = Pair("nexi", "credit-cards")
STRIPE = Pair("stripe", "credit-cards")
FLOWPAY = Pair("flowpay", "wire-transfer")
SCALAPAY = Pair("scalapay", "scalapay")
CATALOGUE = built_in()


def custom(path: str, operator: str, value: Scalar | tuple[Scalar, ...]) -> Custom:
    """A custom condition, its operator by its name."""
    return Custom(path, RuleOperator(operator), value)


def one_of(key: str, *values: Scalar) -> MatchList:
    """A match list."""
    return MatchList(key, values)


def a_rule(
    name: str,
    priority: int,
    *conditions: Custom | MatchList,
    amount: AmountRange | None = None,
    pairs: Iterable[Pair] = (ADYEN,),
    version: int = 1,
) -> ActiveRule:
    """An active rule; its id is its name."""
    terms = Terms(
        name,
        tuple(pairs),
        amount,
        tuple(each for each in conditions if isinstance(each, MatchList)),
        tuple(each for each in conditions if isinstance(each, Custom)),
    )
    return ActiveRule(RuleId(name), version, priority, terms)


def the_default(pairs: Iterable[Pair] = CATALOGUE.all_pairs) -> ActiveRule:
    """The rule that answers when no other does."""
    return ActiveRule(DEFAULT_RULE, 1, None, Terms("Default", tuple(pairs)))


def a_rule_set(
    *rules: ActiveRule,
    default: ActiveRule | None = None,
    catalogue: Catalogue = CATALOGUE,
    version: int = 1,
) -> RuleSet:
    """Rules with a default."""
    return RuleSet.of(version, (*rules, default or the_default()), catalogue)


def an_evaluator(*rules: ActiveRule, **more: Any) -> Evaluator:
    """The same, compiled."""
    return Evaluator(a_rule_set(*rules, **more))


def answering(evaluator: Evaluator, **context: Any) -> str:
    """The id of the rule that answers a context."""
    return evaluator.evaluate(context).rule.id


def with_disabled(*pairs: Pair) -> Catalogue:
    """The built-in catalogue with some pairs disabled."""
    abilities = {
        pair: ability._replace(enabled=False) if pair in pairs else ability
        for pair, ability in CATALOGUE.abilities.items()
    }
    return Catalogue(2, abilities)


ABLE = Ability(intervals=frozenset(), pay_by_link=False)
"""A pair with refunds, and with neither subscriptions nor payment links."""

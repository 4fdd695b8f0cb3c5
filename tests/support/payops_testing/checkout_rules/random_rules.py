"""Random rules and contexts, made to meet: few fields, few values, and all that is nearly equal."""

from random import Random
from typing import Any

from checkout_rules.domain.catalogue import Pair
from checkout_rules.domain.conditions import AmountRange, Custom, MatchList
from checkout_rules.domain.rule_set import ActiveRule, RuleSet, Terms
from checkout_rules.domain.values import Scalar
from payops_contracts.checkout_rules import RuleOperator
from payops_contracts.ids import RuleId
from payops_testing.checkout_rules.builders import CATALOGUE, a_rule_set

CURRENCIES = ("EUR", "USD", "JPY")
AMOUNTS = (0, 1, 4999, 5000, 5001, 9999, 10_000, 10_001)
TEXTS = ("web", "app", "pos", "Web", "", "10", "true", "1", "über")
NUMBERS: tuple[int | float, ...] = (
    0, 1, 1.0, -1, 9, 9.5, 10, 10.0, 15, 0.1, 0.1 + 0.2, 0.3, -0.0, 2**53 - 1, 1e15,
)  # fmt: skip
BOOLS = (True, False)
ODD: tuple[Any, ...] = (
    None, [], ["web"], {}, {"deeper": 1}, float("nan"), float("inf"), -float("inf"), 10**400, 2**53,
)  # fmt: skip
PATHS = ("channel", "product_category", "user_type", "basket/quantity", "basket/total", "vip")
ORDER = tuple(each for each in RuleOperator if "than" in each)


def a_random_rule_set(random: Random, rules_max: int = 9) -> RuleSet:
    """Some rules in any order of their priorities, with a default."""
    count = random.randint(1, rules_max)
    priorities = random.sample(range(1, 100), count)
    return a_rule_set(*(random_rule(random, f"r{n}", priorities[n]) for n in range(count)))


def a_tight_rule_set(random: Random) -> RuleSet:
    """Many rules about two fields alone, so that they cover one another."""
    rules = []
    for number in range(1, 13):
        conditions = [Custom("basket/quantity", random.choice(ORDER), random.choice((9, 9.5, 10)))]
        if random.random() < 0.5:
            operator = random.choice((RuleOperator.EQUALS, RuleOperator.NOT_EQUALS))
            conditions.append(Custom("channel", operator, random.choice(("web", "app"))))
        pairs = tuple(random.sample(CATALOGUE.all_pairs, 1))
        terms = Terms(f"r{number}", pairs, None, (), tuple(conditions))
        rules.append(ActiveRule(RuleId(f"r{number}"), 1, number, terms))
    return a_rule_set(*rules)


def random_rule(random: Random, name: str, priority: int) -> ActiveRule:
    """A rule of no to five conditions."""
    amount = random_range(random) if random.random() < 0.4 else None
    keys = random.sample(PATHS, random.choice((0, 0, 1, 1, 2)))
    matches = tuple(MatchList(key, random_values(random)) for key in keys)
    customs = tuple(random_custom(random) for _ in range(random.choice((0, 1, 1, 2))))
    pairs: tuple[Pair, ...] = tuple(random.sample(CATALOGUE.all_pairs, random.randint(1, 3)))
    terms = Terms(name, pairs, amount, matches, customs)
    return ActiveRule(RuleId(name), random.randint(1, 9), priority, terms)


def random_range(random: Random) -> AmountRange:
    """A range with one bound or both."""
    low, high = sorted(random.choices(AMOUNTS, k=2))
    bounds = random.choice(((low, high), (low, None), (None, high)))
    return AmountRange(random.choice(CURRENCIES), *bounds)


def random_values(random: Random) -> tuple[Scalar, ...]:
    """Some values of one kind."""
    kind: tuple[Scalar, ...] = random.choice((TEXTS, TEXTS, NUMBERS, BOOLS))
    return tuple(random.choices(kind, k=random.randint(1, 4)))


def random_custom(random: Random) -> Custom:
    """Any operator with a value that it takes."""
    path = random.choice((*PATHS, "amount_minor", "currency"))
    operator = random.choice(tuple(RuleOperator))
    if operator in ORDER:
        return Custom(path, operator, random.choice(NUMBERS))
    values = random_values(random)
    several = operator in {RuleOperator.IN, RuleOperator.NOT_IN}
    return Custom(path, operator, values if several else values[0])


def a_random_context(random: Random) -> dict[str, Any]:
    """A context in which anything may be missing, null, odd or of another type."""
    context: dict[str, Any] = {}
    if random.random() < 0.9:
        context["amount_minor"] = _any(random, AMOUNTS)
    if random.random() < 0.9:
        context["currency"] = _any(random, CURRENCIES)
    for path in PATHS:
        if random.random() < 0.75:
            _put(context, path, _any(random, random.choice((TEXTS, TEXTS, NUMBERS, BOOLS))))
    return context


def a_context_near(random: Random, rule: ActiveRule) -> dict[str, Any]:
    """A random one with values that a rule names, or that lie beside them."""
    context = a_random_context(random)
    for condition in rule.terms.conditions:
        if isinstance(condition, AmountRange):
            bounds = (condition.min_minor, condition.max_minor)
            context["currency"] = condition.currency
            context["amount_minor"] = _near(random, tuple(it for it in bounds if it is not None))
        elif isinstance(condition, MatchList):
            _put(context, condition.key, random.choice(condition.values))
        else:
            value = condition.value
            _put(
                context,
                condition.path,
                _near(random, value if isinstance(value, tuple) else (value,)),
            )
    return context


def _near(random: Random, values: tuple[Scalar, ...]) -> Scalar:
    value = random.choice(values)
    if isinstance(value, str | bool):
        return value
    return value + random.choice((-1, 0, 0, 0, 0.5, 1))


def an_ordinary_context(random: Random) -> dict[str, Any]:
    """One that a checkout could send: no odd value."""
    context: dict[str, Any] = {
        "amount_minor": random.choice(AMOUNTS), "currency": random.choice(CURRENCIES),
    }  # fmt: skip
    for path in PATHS:
        if random.random() < 0.75:
            _put(context, path, random.choice(random.choice((TEXTS, NUMBERS, BOOLS))))
    return context


def _any(random: Random, usual: tuple[Any, ...]) -> Any:
    return random.choice(ODD if random.random() < 0.08 else usual)


def _put(context: dict[str, Any], path: str, value: Any) -> None:
    above, _slash, last = path.rpartition("/")
    if not above:
        context[last] = value
        return
    inner = context.setdefault(above, {})
    if isinstance(inner, dict):
        inner[last] = value

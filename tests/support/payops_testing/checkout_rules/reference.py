"""A slow and obvious evaluator: one rule after another, one condition after another.

It shares no code with the one that is tested but the plain shapes of rules.
"""

from math import isfinite
from typing import Any, NamedTuple

from checkout_rules.domain.conditions import AmountRange, Condition, Custom, MatchList
from checkout_rules.domain.rule_set import ActiveRule


class Failed(NamedTuple):
    """Why a rule did not answer: the number of its condition, where it looked, what was there."""

    rule_id: str
    number: int
    path: str
    seen: Any


def reference_answer(
    rules: tuple[ActiveRule, ...], context: dict[str, Any]
) -> tuple[str, list[Failed]]:
    """The id of the rule that answers, and what failed of each before it."""
    failed: list[Failed] = []
    for rule in rules:
        why = why_not(rule, context)
        if why is None:
            return rule.id, failed
        failed.append(why)
    raise AssertionError("the default rule did not answer")


def why_not(rule: ActiveRule, context: dict[str, Any]) -> Failed | None:
    """The first condition of a rule that does not hold; None when all do."""
    for number, condition in enumerate(rule.terms.conditions):
        found = fails(condition, context)
        if found is not None:
            return Failed(rule.id, number, *found)
    return None


def fails(condition: Condition, context: dict[str, Any]) -> tuple[str, Any] | None:
    """Where a condition does not hold, and the value or "missing" or "wrong_type"."""
    if isinstance(condition, AmountRange):
        return _amount_fails(condition, context)
    if isinstance(condition, MatchList):
        condition = Custom(condition.key, "in", condition.values)  # type: ignore[arg-type]
    value = look(context, condition.path)
    if value is None:
        return condition.path, "missing"
    operand = condition.value
    example = operand[0] if isinstance(operand, tuple) else operand
    if kind(value) != kind(example):
        return condition.path, "wrong_type"
    return None if holds(value, str(condition.operator), operand) else (condition.path, value)


def _amount_fails(condition: AmountRange, context: dict[str, Any]) -> tuple[str, Any] | None:
    currency, amount = look(context, "currency"), look(context, "amount_minor")
    if currency is None:
        return "currency", "missing"
    if kind(currency) != "text":
        return "currency", "wrong_type"
    if currency != condition.currency:
        return "currency", currency
    if amount is None:
        return "amount_minor", "missing"
    if kind(amount) != "number":
        return "amount_minor", "wrong_type"
    too_low = condition.min_minor is not None and amount < condition.min_minor
    too_high = condition.max_minor is not None and amount > condition.max_minor
    return ("amount_minor", amount) if too_low or too_high else None


def look(context: Any, path: str) -> Any:
    """What is at a path; None for nothing."""
    for key in path.split("/"):
        if not isinstance(context, dict) or key not in context:
            return None
        context = context[key]
    return context


def kind(value: Any) -> str:
    """What a value can be compared with."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str):
        return "text"
    if isinstance(value, int) or (isinstance(value, float) and isfinite(value)):
        return "number"
    return "nothing"


def holds(value: Any, operator: str, operand: Any) -> bool:
    """The eight operators, for values of one kind."""
    if operator == "equals":
        return bool(value == operand)
    if operator == "not_equals":
        return bool(value != operand)
    if operator == "in":
        return any(value == each for each in operand)
    if operator == "not_in":
        return all(value != each for each in operand)
    if operator == "greater_than":
        return bool(value > operand)
    if operator == "greater_or_equal_than":
        return bool(value >= operand)
    if operator == "less_than":
        return bool(value < operand)
    if operator == "less_or_equal_than":
        return bool(value <= operand)
    raise AssertionError(operator)

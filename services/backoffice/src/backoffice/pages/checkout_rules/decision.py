"""What rules decided at a checkout: which one answered, and why none before it did."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from backoffice.formatting.rule_terms import conditions, pair_name, said_values
from backoffice.pages.checkout_rules.reading import address
from backoffice.words import Words
from payops_contracts.checkout_rule_labels import SEEN
from payops_contracts.money import format_money

Decision = Mapping[str, Any]
"""A ``DecisionOut`` with its records, kept for a payment or not."""


class RuleNamed(NamedTuple):
    """A rule in one of its versions, and the way to it."""

    name: str
    version: int
    href: str


class PassedOver(NamedTuple):
    """A rule that was tried before."""

    rule: RuleNamed
    condition: str
    """The first that did not hold."""
    seen: str
    """What the checkout had there, or why that could not be compared."""


class Decided(NamedTuple):
    """A decision in words."""

    at: str
    """Empty for one that is not kept."""
    rule: RuleNamed
    pairs: list[str]
    """In the order in which they were offered; none is an answer too."""
    left_out: list[str]
    """Pairs of the rule that were disabled."""
    passed_over: list[PassedOver]
    """In the order in which they were tried."""


def decided(decision: Decision | None, words: Words) -> Decided | None:
    """What ``components/checkout_decision.html`` shows; None where no decision is known."""
    if decision is None:
        return None
    return Decided(
        at=decision.get("decided_at", ""),
        rule=_named(decision["rule"]),
        pairs=[pair_name(each, words) for each in decision["pairs"]],
        left_out=[pair_name(each, words) for each in decision["left_out"]],
        passed_over=[
            PassedOver(_named(each), conditions(each["terms"], words)[0], _seen(each, words))
            for each in decision["passed_over"]
        ],
    )


def _named(rule: Mapping[str, Any]) -> RuleNamed:
    return RuleNamed(rule["name"], rule["version"], address(rule["rule_id"]))


def _seen(each: Mapping[str, Any], words: Words) -> str:
    reason, amount = SEEN.get(each["seen"]), each["terms"].get("amount")
    if reason is not None:
        return words(reason)
    if amount is not None and each["path"] == "amount_minor":
        return format_money(each["value"], amount["currency"], words.language)
    return said_values(each["value"])

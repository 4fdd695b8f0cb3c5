"""The rule set as it would be: the active one with some rules changed, added or left out."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from checkout_rules.domain.rule_set import ActiveRule, RuleSet, Terms
from payops_contracts.checkout_rules import DEFAULT_RULE
from payops_contracts.ids import RuleId


class Change(NamedTuple):
    """A rule as somebody would have it."""

    rule_id: RuleId | None
    """None for a new one."""
    priority: int | None
    """None for the one that it has, or the next free one after all others."""
    terms: Terms


class Wish(NamedTuple):
    """How a rule set would differ from the one that is active."""

    changes: Sequence[Change] = ()
    without: Collection[RuleId] = ()
    drafts: bool = False
    """Whether every rule's draft is taken."""


def drafted(active: RuleSet, wish: Wish, drafts: Iterable[ActiveRule] = ()) -> RuleSet:
    """The rule set of a wish; ``drafts`` are rules as they would be if their drafts were active.

    A change of a rule is taken rather than its draft. Raises what ``RuleSet.of`` raises.
    """
    waiting = {each.id: each for each in drafts}
    taken = {each.id: each for each in active.rules}
    if wish.drafts:
        taken |= waiting
    for rule_id in wish.without:
        taken.pop(rule_id, None)
    for number, each in enumerate(wish.changes, 1):
        rule_id = each.rule_id or RuleId(f"new-{number}")
        before = taken.get(rule_id) or waiting.get(rule_id)
        priority = each.priority
        if priority is None:
            priority = _last(taken.values()) + 1 if before is None else before.priority
        if rule_id == DEFAULT_RULE:
            priority = None
        version = 1 if before is None else before.version + 1
        taken[rule_id] = ActiveRule(rule_id, version, priority, each.terms)
    return RuleSet.of(active.version + 1, taken.values(), active.catalogue)


def _last(rules: Iterable[ActiveRule]) -> int:
    return max((each.priority or 0 for each in rules), default=0)

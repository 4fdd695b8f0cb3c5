"""Checks before an activation: the same for who writes a rule and for who activates one."""

import asyncio
from collections.abc import Sequence
from typing import Any

from checkout_rules.domain.checks import Finding, check
from checkout_rules.domain.rule_set import ActiveRule, RuleSet
from payops_contracts.checkout_rule_labels import FINDING_SENTENCE, RULE_FINDING
from payops_contracts.checkout_rule_labels import SEVERITY as SEVERITY_LABEL
from payops_contracts.checkout_rules import RuleFinding
from payops_contracts.ids import RuleId

NEW_RULE = RuleId("new")
"""Of a rule that is not saved yet; answers have no id for it."""


async def findings_with(rule_set: RuleSet, candidate: ActiveRule) -> tuple[Finding, ...]:
    """What is found about a rule if it answered beside the others; off the event loop."""
    rules = _with(rule_set, candidate)
    return await asyncio.to_thread(check, rules, rule_set.catalogue, candidate.id)


def findings_said(
    found: Sequence[Finding], rule_set: RuleSet, candidate: ActiveRule
) -> list[dict[str, Any]]:
    """A ``FindingOut`` each; pointers lead into the terms of the candidate."""
    names = {each.id: each.terms.name for each in _with(rule_set, candidate)}
    return [_said(each, names, candidate) for each in found]


def _with(rule_set: RuleSet, candidate: ActiveRule) -> list[ActiveRule]:
    return [*(each for each in rule_set.rules if each.id != candidate.id), candidate]


def _said(found: Finding, names: dict[RuleId, str], candidate: ActiveRule) -> dict[str, Any]:
    first, *others = (f'"{names[each]}"' for each in found.rules)
    sentence = FINDING_SENTENCE[found.code].format(
        rule=first,
        others=", ".join(others),
        pairs=", ".join(pair.words() for pair in found.pairs),
    )
    return {
        "code": found.code,
        "label": RULE_FINDING[found.code],
        "severity": found.severity,
        "severity_label": SEVERITY_LABEL[found.severity],
        "detail": sentence,
        "rules": [
            {"rule_id": None if each == NEW_RULE else each, "name": names[each]}
            for each in found.rules
        ],
        "pairs": [each._asdict() for each in found.pairs],
        "example": found.example,
        "pointer": _pointer(found, candidate),
    }


def _pointer(found: Finding, candidate: ActiveRule) -> str | None:
    """Which field of the candidate it is about; None when it is about another rule."""
    if found.rules[0] != candidate.id:
        return None
    if found.code is RuleFinding.PRIORITY_TAKEN:
        return "/priority"
    if found.pairs:
        return f"/terms/pairs/{candidate.terms.pairs.index(found.pairs[0])}"
    return "/terms"

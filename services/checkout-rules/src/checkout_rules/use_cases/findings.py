"""Checks before what answers is changed: the same for who writes a rule and who activates one."""

import asyncio
from collections.abc import Sequence
from typing import Any

from checkout_rules.domain.checks import Finding, check, newly_found
from checkout_rules.domain.errors import ChecksFailed, WarningsNotAccepted
from checkout_rules.domain.rule_set import ActiveRule, RuleSet
from payops_contracts.checkout_rule_labels import FINDING_SENTENCE, RULE_FINDING
from payops_contracts.checkout_rule_labels import SEVERITY as SEVERITY_LABEL
from payops_contracts.checkout_rules import RuleFinding, Severity
from payops_contracts.ids import RuleId

NEW_RULE = RuleId("new")
"""Of a rule that is not saved yet; answers have no id for it."""
Said = list[dict[str, Any]]
"""A ``FindingOut`` each."""


async def findings_with(rule_set: RuleSet, candidate: ActiveRule) -> Said:
    """What is found about a rule if it answered beside the others; off the event loop.

    Pointers lead into its terms.
    """
    rules = _with(rule_set, candidate)
    found = await asyncio.to_thread(check, rules, rule_set.catalogue, candidate.id)
    return _all_said(found, rules, candidate)


async def expect_nothing_new(
    rule_set: RuleSet, after: Sequence[ActiveRule], *, accept_warnings: bool
) -> None:
    """Raise what :func:`expect_accepted` does, for what is found only if these rules answered."""
    found = await asyncio.to_thread(newly_found, rule_set.rules, after, rule_set.catalogue)
    expect_accepted(_all_said(found, after), accept_warnings=accept_warnings)


def expect_accepted(said: Said, *, accept_warnings: bool) -> None:
    """Raise ``ChecksFailed`` for an error, or ``WarningsNotAccepted``."""
    for severity, refused in (
        (Severity.ERROR, ChecksFailed),
        (Severity.WARNING, WarningsNotAccepted),
    ):
        first = next((each["detail"] for each in said if each["severity"] is severity), None)
        if first is not None and not (accept_warnings and severity is Severity.WARNING):
            raise refused(first, findings=said)


def _all_said(
    found: Sequence[Finding], rules: Sequence[ActiveRule], candidate: ActiveRule | None = None
) -> Said:
    names = {each.id: each.terms.name for each in rules}
    return [_said(each, names, candidate) for each in found]


def _with(rule_set: RuleSet, candidate: ActiveRule) -> list[ActiveRule]:
    return [*(each for each in rule_set.rules if each.id != candidate.id), candidate]


def _said(found: Finding, names: dict[RuleId, str], candidate: ActiveRule | None) -> dict[str, Any]:
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


def _pointer(found: Finding, candidate: ActiveRule | None) -> str | None:
    """Which field of the candidate it is about; None when it is about another rule."""
    if candidate is None or found.rules[0] != candidate.id:
        return None
    if found.code is RuleFinding.PRIORITY_TAKEN:
        return "/priority"
    if found.pairs:
        return f"/terms/pairs/{candidate.terms.pairs.index(found.pairs[0])}"
    return "/terms"

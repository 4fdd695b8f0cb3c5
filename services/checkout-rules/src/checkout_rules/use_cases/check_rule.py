"""A rule is checked while somebody writes it, by what an activation asks."""

from typing import Any

from checkout_rules.domain.rule_set import ActiveRule, Terms
from checkout_rules.use_cases.findings import NEW_RULE, findings_with
from checkout_rules.use_cases.rulebook import Rulebook
from payops_contracts.checkout_rules import PRIORITY_MAX


class CheckRule:
    """The use case behind ``POST /v1/checkout-rules/checks``."""

    def __init__(self, book: Rulebook) -> None:
        self._book = book

    async def __call__(
        self, rule_id: str | None, terms: Terms, priority: int | None
    ) -> list[dict[str, Any]]:
        """A ``FindingOut`` each, as if the terms were active; raises ``RuleNotFound``."""
        rule_set = await self._book.reads.active()
        if rule_id is None:
            last = await self._book.reads.last_priority()
            wanted = priority or min(last + 1, PRIORITY_MAX)
            candidate = ActiveRule(NEW_RULE, 1, wanted, terms)
        else:
            rule = await self._book.rule(rule_id)
            place = rule.priority if rule.is_default else priority or rule.priority
            candidate = ActiveRule(rule.id, rule.latest.number + 1, place, terms)
        return await findings_with(rule_set, candidate)

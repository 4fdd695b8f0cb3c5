"""Rules are written: a new one, a version of one, an older version again. Nothing answers by it."""

from uuid import uuid4

from checkout_rules.domain.active_set import ACTIVE
from checkout_rules.domain.errors import NoPriorityLeft
from checkout_rules.domain.rule import Rule
from checkout_rules.domain.rule_set import Terms
from checkout_rules.use_cases.findings import expect_nothing_new
from checkout_rules.use_cases.rulebook import (
    Rulebook,
    doing_of,
    expect_approver,
    expect_step,
    rule_answer,
    state_of,
)
from payops_contracts.checkout_rules import PRIORITY_MAX, RuleStatus
from payops_contracts.ids import RuleId
from payops_kernel.ports import CommandAnswer, Work


class DraftRules:
    """The use cases behind ``POST /v1/checkout-rules``, ``PUT`` and ``…/restoration``."""

    def __init__(self, book: Rulebook) -> None:
        self._book = book

    async def create(self, work: Work, terms: Terms, priority: int | None) -> CommandAnswer:
        """201 with a new rule, a draft. Without a priority it is tried after every other."""
        rules = self._book.rules
        wanted = priority or await self._next_priority(work)
        rule_id = RuleId(f"rule-{uuid4().hex[:8]}")
        rule = Rule.created(rule_id, wanted, terms, doing_of(work))
        rule.rule_set_version = (await work.load(self._book.sets, ACTIVE)).version
        work.add(rules, rule.id, rule)
        work.audit("checkout-rule.create", "checkout-rule", rule.id, after=state_of(rule))
        return CommandAnswer(201, rule_answer(rule))

    async def save(
        self,
        work: Work,
        rule_id: str,
        seen: int,
        terms: Terms,
        priority: int | None,
        accept_warnings: bool,
    ) -> CommandAnswer:
        """200 with the rule, the terms kept as a draft; what answers keeps its terms.

        Another priority of a rule that answers needs an approver, for it is used at once. Raises
        ``RuleChanged`` unless ``seen`` is the rule's last step, ``WarningsNotAccepted`` for what is
        found with that priority alone, and why it cannot be saved so.
        """
        rule = await work.load(self._book.rules, rule_id)
        expect_step(rule, seen)
        active = await work.load(self._book.sets, ACTIVE)
        rule.rule_set_version = active.version
        before, doing = state_of(rule), doing_of(work)
        rule.save(terms, doing)
        if rule.version != seen:
            work.save(rule)
            work.audit(
                "checkout-rule.change", "checkout-rule", rule.id,
                before=before, after=state_of(rule),
            )  # fmt: skip
        if priority is not None and priority != rule.priority:
            moved_from = rule.priority
            rule.move(priority, doing)
            if rule.status is RuleStatus.ACTIVE:
                expect_approver(work, "Another priority of a rule that is active")
                active.take([rule], doing)
                rule_set = await work.read(self._book.reads.active)
                after = rule_set.moved({rule.id: priority})
                await expect_nothing_new(rule_set, after, accept_warnings=accept_warnings)
                self._book.save_set(work, active)
            work.save(rule)
            work.audit(
                "checkout-rule.move", "checkout-rule", rule.id,
                before={"priority": moved_from}, after={"priority": priority},
            )  # fmt: skip
        return CommandAnswer(200, rule_answer(rule))

    async def restore(self, work: Work, rule_id: str, seen: int, number: int) -> CommandAnswer:
        """200 with the rule, an older version's terms kept again as a draft.

        Raises ``RuleChanged``, ``VersionUnknown``, ``TooManyVersions``.
        """
        rule = await work.load(self._book.rules, rule_id)
        expect_step(rule, seen)
        rule.rule_set_version = (await work.load(self._book.sets, ACTIVE)).version
        before = state_of(rule)
        rule.restore(number, doing_of(work))
        work.save(rule)
        work.audit(
            "checkout-rule.restore", "checkout-rule", rule.id,
            before=before, after=state_of(rule) | {"restored_from": number},
        )  # fmt: skip
        return CommandAnswer(200, rule_answer(rule))

    async def _next_priority(self, work: Work) -> int:
        last = await work.read(self._book.reads.last_priority)
        if last >= PRIORITY_MAX:
            raise NoPriorityLeft(f"{PRIORITY_MAX} is taken, and is the last one: name another.")
        return last + 1

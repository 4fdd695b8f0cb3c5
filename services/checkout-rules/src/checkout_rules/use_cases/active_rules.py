"""What answers is changed: rules activated, removed, tried in another order."""

from collections.abc import Mapping, Sequence
from typing import Any

from checkout_rules.domain.active_set import ACTIVE, ActiveSet
from checkout_rules.domain.errors import NotRemovable, RuleSetChanged
from checkout_rules.domain.rule import Rule, reordered
from checkout_rules.use_cases.findings import expect_accepted, expect_nothing_new, findings_with
from checkout_rules.use_cases.rulebook import (
    Rulebook,
    doing_of,
    expect_approver,
    expect_step,
    refusal,
    rule_answer,
    state_of,
)
from payops_contracts.checkout_rule_labels import RULE_EVENT, RULE_STATUS
from payops_contracts.checkout_rules import RuleStatus
from payops_contracts.ids import RuleId
from payops_contracts.operation_labels import AUDIT_ACTION
from payops_kernel.ports import CommandAnswer, Work


class ActiveRules:
    """The use cases behind ``…/activation``, ``DELETE``, ``…/ordering`` and ``…/bulk-delete``."""

    def __init__(self, book: Rulebook) -> None:
        self._book = book

    async def activate(
        self, work: Work, rule_id: str, seen: int, accept_warnings: bool
    ) -> CommandAnswer:
        """200 with the rule, whose last version answers from now on, and what was found.

        Raises ``RuleChanged``, ``ChecksFailed``, ``WarningsNotAccepted``, and why else not.
        """
        rule = await work.load(self._book.rules, rule_id)
        expect_step(rule, seen)
        active = await work.load(self._book.sets, ACTIVE)
        before, doing = state_of(rule), doing_of(work)
        rule.activate(doing)
        rule_set = await work.read(self._book.reads.active)
        findings = await findings_with(rule_set, rule.candidate)
        expect_accepted(findings, accept_warnings=accept_warnings)
        active.take([rule], doing)
        self._book.save_set(work, active)
        work.save(rule)
        work.audit(
            "checkout-rule.activate", "checkout-rule", rule.id,
            before=before, after=state_of(rule),
        )  # fmt: skip
        return CommandAnswer(200, rule_answer(rule) | {"findings": findings})

    async def remove(
        self, work: Work, rule_id: str, seen: int, accept_warnings: bool
    ) -> CommandAnswer:
        """200 with the rule, archived. One that answers needs an approver.

        Raises ``RuleChanged``, ``DefaultStays``, ``AlreadyArchived``, ``WarningsNotAccepted``.
        """
        rule = await work.load(self._book.rules, rule_id)
        expect_step(rule, seen)
        await self._archive(work, [rule], accept_warnings)
        return CommandAnswer(200, rule_answer(rule))

    async def remove_several(
        self,
        work: Work,
        rule_ids: Sequence[str],
        steps: Mapping[str, int],
        accept_warnings: bool,
    ) -> CommandAnswer:
        """200 with the rules, all archived, or none of them is.

        ``steps`` are the last ones that the caller saw, of as many rules as are to be compared.
        Raises ``NotRemovable`` with each that cannot be, ``RuleChanged``, ``WarningsNotAccepted``.
        """
        rules = [await work.load(self._book.rules, each) for each in dict.fromkeys(rule_ids)]
        for rule in rules:
            expect_step(rule, steps.get(rule.id, rule.version))
        refused = [
            {"rule_id": each.id, "why_not": why}
            for each in rules
            if (why := refusal(each.check_removable))
        ]
        if refused:
            raise NotRemovable(refused[0]["why_not"], rules=refused)
        await self._archive(work, rules, accept_warnings)
        return CommandAnswer(200, {"items": [rule_answer(each) for each in rules]})

    async def _archive(self, work: Work, rules: Sequence[Rule], accept_warnings: bool) -> None:
        active = await work.load(self._book.sets, ACTIVE)
        answering = [each for each in rules if each.status is RuleStatus.ACTIVE]
        if answering:
            expect_approver(work, "Removing a rule that is active")
            gone = {each.id for each in answering}
            rule_set = await work.read(self._book.reads.active)
            left = [each for each in rule_set.rules if each.id not in gone]
            await expect_nothing_new(rule_set, left, accept_warnings=accept_warnings)
        doing = doing_of(work)
        before = [state_of(each) for each in rules]
        for rule in rules:
            rule.rule_set_version = active.version
            rule.archive(doing)
        if answering:
            active.take(answering, doing)
            self._book.save_set(work, active)
        for rule, was in zip(rules, before, strict=True):
            work.save(rule)
            work.audit(
                "checkout-rule.archive", "checkout-rule", rule.id,
                before=was, after=state_of(rule),
            )  # fmt: skip

    async def order(
        self, work: Work, seen: int, wanted: Sequence[RuleId], accept_warnings: bool
    ) -> CommandAnswer:
        """200 with the new order; as few rules as possible are moved.

        ``seen`` is the rule set's version; raises ``RuleSetChanged`` for another one,
        ``OrderIncomplete``, and ``WarningsNotAccepted`` for what is found in this order alone.
        """
        active = await work.load(self._book.sets, ACTIVE)
        if active.version != seen:
            raise _overtaken(active)
        rule_set = await work.read(self._book.reads.active)
        doing, moved, priorities = doing_of(work), [], reordered(rule_set.rules, wanted)
        after = rule_set.moved(priorities)
        await expect_nothing_new(rule_set, after, accept_warnings=accept_warnings)
        for rule_id, priority in priorities.items():
            rule = await work.load(self._book.rules, rule_id)
            work.audit(
                "checkout-rule.move", "checkout-rule", rule.id,
                before={"priority": rule.priority}, after={"priority": priority},
            )  # fmt: skip
            rule.move(priority, doing)
            moved.append(rule)
        if moved:
            active.take(moved, doing)
            self._book.save_set(work, active)
        for rule in moved:
            work.save(rule)
        answer = {"version": active.version, "moved": [rule_answer(each) for each in moved]}
        return CommandAnswer(200, answer)

    async def removals(self, rule_ids: Sequence[str]) -> list[dict[str, Any]]:
        """What removing several rules would do to each; a ``RemovalOut`` each."""
        found = await self._book.rules.load_many(list(rule_ids), None)
        return [_removal(each, found.get(each), self._book) for each in dict.fromkeys(rule_ids)]


def _removal(rule_id: str, rule: Rule | None, book: Rulebook) -> dict[str, Any]:
    if rule is None:
        missing = str(book.rules.missing(rule_id))
        return {"rule_id": rule_id, "allowed": False, "why_not": missing}
    why = refusal(rule.check_removable)
    return {
        "rule_id": rule.id,
        "allowed": why is None,
        "why_not": why,
        "name": rule.latest.terms.name,
        "status": rule.status,
        "status_label": RULE_STATUS[rule.status],
        "priority": rule.priority,
        "step": rule.version,
    }


def _overtaken(active: ActiveSet) -> RuleSetChanged:
    """Who changed what answers, when, and how."""
    changed = active.changed
    if changed is None:
        said = f"The rules that answer have version {active.version}."
        return RuleSetChanged(said, rule_set_version=active.version)
    label = RULE_EVENT.get(changed.what) or AUDIT_ACTION[changed.what]
    return RuleSetChanged(
        f"{changed.by} changed what answers on {changed.at:%d %b %Y %H:%M:%S} UTC: {label.lower()} "
        f"({changed.about}). Look at it again; nothing of yours was saved.",
        changed={"event": changed.what, "label": label, "at": changed.at, "by": changed.by,
                 "about": changed.about},
        rule_set_version=active.version,
    )  # fmt: skip

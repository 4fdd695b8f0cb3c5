"""What a step of a rule says: its event, with the rule's state after it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from checkout_rules.domain.rule import Doing, Rule, Step
from checkout_rules.domain.writing import written
from payops_contracts.checkout_rules import RuleEvent
from payops_contracts.envelope import domain_event
from payops_contracts.topics import CHECKOUT_RULES
from payops_kernel.ports import OutgoingMessage, event_message

SOURCE = "/payops/checkout-rules"
SAID_AGAIN = "Said again after its database was restored from a backup."


def rule_messages(rule: Rule) -> Iterable[OutgoingMessage]:
    """The event about the last step."""
    return () if rule.step is None else (step_message(rule, rule.step),)


def step_message(rule: Rule, step: Step) -> OutgoingMessage:
    """The event of one step; the types end as the history's names do."""
    row = step.row
    doing = row.doing
    change = {
        "event": row.event,
        "occurred_at": doing.at,
        "status_before": step.status_before,
        "actor": doing.by,
        "reason": doing.reason,
        "version": row.version,
        "priority_before": row.priority_before,
    }
    return _message(rule, row.event.value.removeprefix("rule_"), change, doing)


def restated_message(rule: Rule, at: datetime, restoration: str) -> OutgoingMessage:
    """The state as it is, under a version that nobody has seen: nothing happened to it."""
    doing = Doing(SOURCE, at, SAID_AGAIN)
    change = {
        "event": f"restated:{restoration}",
        "occurred_at": at,
        "status_before": rule.status,
        "actor": doing.by,
        "reason": doing.reason,
        "version": rule.latest.number,
    }
    kind = RuleEvent.CHANGED.value.removeprefix("rule_")
    return _message(rule, kind, change, doing)


def _message(rule: Rule, kind: str, change: dict[str, Any], doing: Doing) -> OutgoingMessage:
    active = rule.active
    event = domain_event(
        event_type=f"payops.checkout-rule.{kind}.v1",
        source=SOURCE,
        subject=rule.id,
        version=rule.version,
        time=doing.at,
        data={
            "rule_id": rule.id,
            "status": rule.status,
            "priority": rule.priority,
            "version": rule.latest.number,
            "terms": written(rule.latest.terms),
            "active_version": rule.active_number,
            "active_terms": None if active is None else written(active.terms),
            "rule_set_version": rule.rule_set_version,
            "change": change | {"cause_source": SOURCE, "cause_id": f"{rule.id}:{rule.version}"},
        },
        traceparent=doing.traceparent,
    )
    return event_message(CHECKOUT_RULES.name, event)

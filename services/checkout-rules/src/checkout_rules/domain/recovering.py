"""A rule that the database has forgotten, or knows older, as its events have told it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from checkout_rules.domain.rule import HISTORY_ROWS_MAX, Doing, HistoryRow, Rule, Version
from checkout_rules.domain.rule_set import Terms
from checkout_rules.domain.writing import terms_of
from payops_contracts.checkout_rules import RuleEvent, RuleStatus
from payops_contracts.ids import RuleId


class Told(NamedTuple):
    """What one event said of a rule."""

    rule_id: RuleId
    sequence: int
    status: RuleStatus
    priority: int | None
    number: int
    """Of the terms that were saved last."""
    terms: Terms
    active_number: int | None
    rule_set_version: int
    doing: Doing
    row: HistoryRow | None
    """None when nothing happened: the state was said again."""

    @classmethod
    def of(cls, sequence: int, data: Mapping[str, Any]) -> "Told":
        """Out of an event's sequence and data."""
        change, status = data["change"], RuleStatus(data["status"])
        at = datetime.fromisoformat(change["occurred_at"])
        doing = Doing(change["actor"], at, change.get("reason"))
        known = change["event"] in set(RuleEvent)
        row = HistoryRow(
            RuleEvent(change["event"]), doing, status, change["version"],
            change.get("priority_before"),
        ) if known else None  # fmt: skip
        return cls(
            data["rule_id"],
            sequence,
            status,
            data.get("priority"),
            data["version"],
            terms_of(data["terms"]),
            data.get("active_version"),
            data["rule_set_version"],
            doing,
            row,
        )


class Forgotten(Exception):
    """Some version of a rule was told nowhere, so it cannot be put back."""


def put_back(rule: Rule | None, told: Iterable[Told]) -> Rule | None:
    """The rule as it was told last; None when the database knows it so already.

    Which version another one was restored from is not told, and not put back. Raises
    ``Forgotten``.
    """
    changed = False
    for each in sorted(told, key=lambda it: it.sequence):
        if rule is not None and each.sequence <= rule.version:
            continue
        rule, changed = _as_told(rule or Rule(each.rule_id, each.priority), each), True
    return rule if changed else None


def _as_told(rule: Rule, told: Told) -> Rule:
    known = len(rule.versions)
    if told.number > known + 1 or (not rule.versions and told.number != 1):
        raise Forgotten(f"Of {rule.id} version {known + 1} was told nowhere.")
    if told.number == known + 1:
        rule.versions.append(Version(told.number, told.terms, told.doing.at, told.doing.by))
    rule.priority, rule.active_number = told.priority, told.active_number
    rule.archived = told.status is RuleStatus.ARCHIVED
    rule.version, rule.rule_set_version = told.sequence, told.rule_set_version
    if told.row is not None:
        rule.history.append(told.row)
        del rule.history[:-HISTORY_ROWS_MAX]
    return rule

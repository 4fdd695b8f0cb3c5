"""Rules, versions and pairs as answers have them."""

from collections.abc import Iterable, Sequence
from typing import Any

from checkout_rules.domain.catalogue import Catalogue, Pair
from checkout_rules.domain.hits import HourOfHits
from checkout_rules.domain.rule import HistoryRow, Rule, Version
from checkout_rules.domain.rule_set import RuleSet, Terms
from checkout_rules.domain.writing import written
from checkout_rules.use_cases.rulebook import refusal
from payops_contracts.checkout_rule_labels import RULE_EVENT, RULE_STATUS

Shown = dict[str, Any]


def pairs_shown(pairs: Iterable[Pair], catalogue: Catalogue) -> list[Shown]:
    """A ``PairOut`` each."""
    enabled = set(catalogue.enabled(catalogue.all_pairs))
    return [{**pair._asdict(), "label": pair.words(), "enabled": pair in enabled} for pair in pairs]


def rule_detail(rule: Rule, catalogue: Catalogue, hits: Sequence[HourOfHits]) -> Shown:
    """A ``RuleDetail``; ``hits`` are those of its last hours."""
    last, active = rule.history[-1].doing, rule.active
    latest = rule.latest.terms
    return {
        "rule_id": rule.id,
        "name": (active.terms if active else latest).name,
        "priority": rule.priority,
        "status": rule.status,
        "status_label": RULE_STATUS[rule.status],
        "has_draft": rule.has_draft,
        "version": rule.latest.number,
        "active_version": rule.active_number,
        "step": rule.version,
        "rule_set_version": rule.rule_set_version,
        "changed_at": last.at,
        "changed_by": last.by,
        **_terms(latest, catalogue),
        "active_terms": None if active is None else written(active.terms),
        "active_conditions": [] if active is None else active.terms.words(),
        "active_pairs": [] if active is None else pairs_shown(active.terms.pairs, catalogue),
        "history": [_history_row(row) for row in reversed(rule.history)],
        "actions": _actions(rule),
        "hits_day": sum(each.hits for each in hits),
        "hits_by_hour": [each._asdict() for each in hits],
    }


def versions_shown(rule: Rule, catalogue: Catalogue) -> list[Shown]:
    """A ``VersionOut`` each, newest first."""
    return [_version(each, rule, catalogue) for each in reversed(rule.versions)]


def rule_set_shown(rule_set: RuleSet) -> Shown:
    """A ``RuleSetOut``."""
    return {
        "version": rule_set.version,
        "catalogue_version": rule_set.catalogue.version,
        "rules": [
            {
                "rule_id": each.id,
                "name": each.terms.name,
                "version": each.version,
                "priority": each.priority,
                "conditions": each.terms.words(),
                "pairs": pairs_shown(each.terms.pairs, rule_set.catalogue),
            }
            for each in rule_set.rules
        ],
    }


def _terms(terms: Terms, catalogue: Catalogue) -> Shown:
    return {
        "terms": written(terms),
        "conditions": terms.words(),
        "pairs": pairs_shown(terms.pairs, catalogue),
    }


def _version(each: Version, rule: Rule, catalogue: Catalogue) -> Shown:
    return {
        "version": each.number,
        **_terms(each.terms, catalogue),
        "saved_at": each.saved_at,
        "saved_by": each.saved_by,
        "restored_from": each.restored_from,
        "active": each.number == rule.active_number,
    }


def _history_row(row: HistoryRow) -> Shown:
    return {
        "event": row.event,
        "label": RULE_EVENT[row.event],
        "occurred_at": row.doing.at,
        "actor": row.doing.by,
        "reason": row.doing.reason,
        "version": row.version,
        "status": row.status,
        "status_label": RULE_STATUS[row.status],
        "priority_before": row.priority_before,
    }


def _actions(rule: Rule) -> Shown:
    checks = {
        "change": rule.check_changeable,
        "activate": rule.check_activatable,
        "remove": rule.check_removable,
        "restore": rule.check_restorable,
    }
    refused = {name: refusal(check) for name, check in checks.items()}
    return {name: {"allowed": why is None, "why_not": why} for name, why in refused.items()}

"""The words that golden examples of checkout rules and of the catalogue are written with."""

from typing import Any

from payops_contracts.generate.omit import OMIT

RULE = "rule-6f1c2a90"
_PAIRS = [
    {"provider": "adyen", "method": "credit-cards"},
    {"provider": "axerve", "method": "applepay"},
]
_TERMS: dict[str, Any] = {
    "name": "Large baskets in the web shop",
    "amount": {"currency": "EUR", "min_minor": 5000, "max_minor": 100_000},
    "match_lists": [{"key": "channel", "values": ["web", "mobile"]}],
    "custom_conditions": [
        {"path": "basket/quantity", "operator": "greater_or_equal_than", "value": 9},
        {"path": "country", "operator": "not_in", "value": ["US", "CA"]},
    ],
    "pairs": _PAIRS,
}
_FIRST: dict[str, Any] = {"name": "Large baskets", "pairs": _PAIRS}

_OF_A_RULE: dict[str, Any] = {
    "subject": RULE,
    "partitionkey": RULE,
    "rule_id": RULE,
    "priority": 10,
    "data.terms": _TERMS,
    "data.version": 2,
    "change.version": 2,
    "rule_set_version": 8,
    "cause_source": "/payops/checkout-rules",
    "cause_id": f"{RULE}:4",
    "actor": "local:approver",
    "reason": "Cheaper for large baskets",
    "priority_before": OMIT,
    "active_version": OMIT,
    "active_terms": OMIT,
}
_ACTIVE: dict[str, Any] = {"active_version": 2, "active_terms": _TERMS}
_AS_BEFORE: dict[str, Any] = {"active_version": 1, "active_terms": _FIRST}


def _story(event: str, status: str, before: str | None, **more: Any) -> dict[str, Any]:
    told = {"change.event": event, "data.status": status, "status_before": before}
    return _OF_A_RULE | told | more


RULE_VALUES: dict[str, dict[str, Any]] = {
    "payops.checkout-rule.created.v1": _story(
        "rule_created", "DRAFT", None, sequence="000000000001", cause_id=f"{RULE}:1",
        actor="local:operator", **{"data.version": 1, "change.version": 1, "data.terms": _FIRST},
    ),
    "payops.checkout-rule.changed.v1": _story("rule_changed", "ACTIVE", "ACTIVE", **_AS_BEFORE),
    "payops.checkout-rule.activated.v1": _story("rule_activated", "ACTIVE", "ACTIVE", **_ACTIVE),
    "payops.checkout-rule.moved.v1": _story(
        "rule_moved", "ACTIVE", "ACTIVE", priority_before=20, **_ACTIVE
    ),
    "payops.checkout-rule.archived.v1": _story("rule_archived", "ARCHIVED", "ACTIVE"),
    "payops.checkout-rule.restored.v1": _story("rule_restored", "DRAFT", "ARCHIVED"),
    "payops.provider-catalogue.changed.v1": {
        "subject": "provider-catalogue",
        "partitionkey": "provider-catalogue",
        "data.version": 2,
        "pairs.enabled": True,
        "pairs.refund": True,
        "pairs.provider": "adyen",
        "pairs.method": "credit-cards",
        "pairs.pay_by_link": True,
        "subscriptions.billing": "hub",
        "subscriptions.intervals": ["DAY", "WEEK", "MONTH", "YEAR"],
        "changed_at": "2025-11-02T14:05:00.000Z",
        "changed_by": "local:admin",
        "reason": "Adyen takes subscriptions",
    },
}  # fmt: skip
"""By event type, then by the end of a path."""

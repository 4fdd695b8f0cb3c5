"""Checkout rules as the gateway answers them, for pages over a played gateway."""

from typing import Any

from checkout_rules.api.catalogue_schemas import CatalogueOut
from checkout_rules.api.schemas import RuleDetail, VersionsOut
from payops_contracts.provider_catalogue import BUILT_IN_PAIRS
from payops_testing.backoffice.played_gateway import PlayedGateway

RULES, CATALOGUE = "/v1/checkout-rules", "/v1/provider-catalogue"
HIGH, WEB, DEFAULT = "rule-00000001", "rule-00000002", "default"
ALLOWED = {"allowed": True, "why_not": None}
ADYEN = {"provider": "adyen", "method": "credit-cards", "label": "Adyen", "enabled": True}
NEXI = {"provider": "nexi", "method": "credit-cards", "label": "Nexi", "enabled": False}
TERMS: dict[str, Any] = {
    "name": "High amounts",
    "amount": {"currency": "EUR", "min_minor": 5000},
    "match_lists": [{"key": "channel", "values": ["web", "app"]}],
    "custom_conditions": [
        {"path": "basket/quantity", "operator": "greater_than", "value": 3},
        {"path": "vip", "operator": "equals", "value": "true"},
    ],
    "pairs": [],
}
ROW = {
    "rule_id": HIGH,
    "name": "High amounts",
    "priority": 1,
    "status": "ACTIVE",
    "status_label": "Active",
    "has_draft": False,
    "version": 3,
    "active_version": 3,
    "step": 5,
    "changed_at": "2026-03-01T08:00:00Z",
    "changed_by": "local:approver",
    "terms": TERMS,
    "conditions": ["of the service"],
    "pairs": [ADYEN, NEXI],
    "hits_day": 1234,
}


def row(rule_id: str, name: str, priority: int | None, **other: Any) -> dict[str, Any]:
    """A row of the list."""
    return {**ROW, "rule_id": rule_id, "name": name, "priority": priority, **other}


ROWS = [row(HIGH, "High amounts", 1), row(WEB, "Web", 2), row(DEFAULT, "Default", None)]


def history_row(event: str, **other: Any) -> dict[str, Any]:
    """A row of a rule's history."""
    said = {
        "event": event,
        "label": event,
        "occurred_at": "2026-03-01T08:00:00Z",
        "actor": "local:operator",
        "reason": None,
        "version": 3,
        "status": "ACTIVE",
        "status_label": "Active",
        "priority_before": None,
    }
    return said | other


def detail(rule_id: str = HIGH, **other: Any) -> dict[str, Any]:
    """A rule alone, in the shape that the service declares."""
    said = ROW | {
        "rule_id": rule_id,
        "rule_set_version": 7,
        "active_terms": TERMS,
        "active_conditions": [],
        "active_pairs": [ADYEN, NEXI],
        "history": [history_row("rule_activated"), history_row("rule_created", version=1)],
        "actions": dict.fromkeys(("change", "activate", "remove", "restore"), ALLOWED),
        "hits_by_hour": [
            {"hour": f"2026-03-01T{hour:02}:00:00Z", "hits": hits}
            for hour, hits in enumerate((0, 30, 10))
        ],
    }
    return RuleDetail.model_validate(said | other).model_dump(mode="json")


def versions(*numbers: int, active: int = 3) -> dict[str, Any]:
    """All versions, the newest first."""
    found = [
        {
            "version": number,
            "terms": TERMS,
            "conditions": [],
            "pairs": [ADYEN],
            "saved_at": "2026-03-01T08:00:00Z",
            "saved_by": "local:operator",
            "restored_from": None,
            "active": number == active,
        }
        for number in numbers
    ]
    return VersionsOut.model_validate({"items": found}).model_dump(mode="json")


def catalogue(version: int = 1) -> dict[str, Any]:
    """The built-in catalogue; Google Pay by Axerve is disabled."""
    pairs = [{**each.model_dump(mode="json"), "label": "?"} for each in BUILT_IN_PAIRS]
    for pair in pairs:
        pair["enabled"] = (pair["provider"], pair["method"]) != ("axerve", "googlepay")
    said = {"version": version, "pairs": pairs, "changed_at": None, "changed_by": None}
    return CatalogueOut.model_validate(said).model_dump(mode="json")


def page_of(*rows: dict[str, Any]) -> dict[str, Any]:
    """A page of the list, which is all of it."""
    return {
        "items": list(rows), "total": len(rows), "total_is_capped": False,
        "from": min(1, len(rows)), "to": len(rows), "previous": None, "next": None,
    }  # fmt: skip


def held() -> PlayedGateway:
    """A gateway with three active rules, whose set has version 7, and the catalogue."""
    gateway = PlayedGateway()
    gateway.play("GET", RULES, page_of(*ROWS))
    offering = [{"name": each["name"], "pairs": each["pairs"]} for each in ROWS]
    gateway.play("GET", f"{RULES}/rule-set", {"version": 7, "rules": offering})
    gateway.play("GET", f"{RULES}/{HIGH}", detail())
    gateway.play("GET", f"{RULES}/{HIGH}/versions", versions(3, 2, 1))
    gateway.play("GET", CATALOGUE, catalogue())
    return gateway


SHADOWED = {
    "code": "shadowed", "severity": "warning", "severity_label": "Warning", "label": "?",
    "detail": "“Web” holds wherever “High amounts” does.", "pointer": None,
    "rules": [{"rule_id": HIGH, "name": "High amounts"}, {"rule_id": WEB, "name": "Web"}],
    "pairs": [],
    "example": {"amount_minor": 5000, "currency": "EUR", "channel": "web"},
}  # fmt: skip

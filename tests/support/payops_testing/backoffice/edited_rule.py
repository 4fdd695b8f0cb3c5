"""A checkout rule and the catalogue at a played gateway; the editor's form as browsers send it."""

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

import httpx

from payops_contracts.provider_catalogue import BUILT_IN_PAIRS
from payops_testing.backoffice.people import fields_of
from payops_testing.backoffice.played_gateway import PlayedGateway

RULE_ID = "rule-6f1c2a90"
RULES, CHECKS = "/v1/checkout-rules", "/v1/checkout-rules/checks"
SIMULATIONS, CATALOGUE = "/v1/checkout-rules/simulations", "/v1/provider-catalogue"
AT, NEW, CHANGE = f"{RULES}/{RULE_ID}", "/checkout-rules/new", f"/checkout-rules/{RULE_ID}/change"
EDITOR = {"HX-Request": "true", "HX-Target": "div#rule-editor"}
BESIDE = {"HX-Request": "true", "HX-Target": "div#simulation-beside"}
HOSTILE = "<script>alert(1)</script> {{ 7*7 }}"
TERMS: dict[str, Any] = {
    "name": "High amounts",
    "amount": {"currency": "EUR", "min_minor": 5000, "max_minor": 123456},
    "match_lists": [
        {"key": "channel", "values": ["web", "mobile"]},
        {"key": "shop/size", "values": [1, 2.5]},
    ],
    "custom_conditions": [
        {"path": "basket/quantity", "operator": "greater_or_equal_than", "value": 1.5},
        {"path": "is_new", "operator": "equals", "value": True},
        {"path": "country", "operator": "not_in", "value": ["IT", "FR"]},
        {"path": "flags/old", "operator": "in", "value": [True, False]},
    ],
    "pairs": [
        {"provider": "adyen", "method": "credit-cards"},
        {"provider": "nexi", "method": "credit-cards"},
    ],
}
ALLOWED = {"allowed": True, "why_not": None}


def rule(terms: Mapping[str, Any] = TERMS, **others: Any) -> dict[str, Any]:
    """A rule as the gateway answers it."""
    pairs = [{**each, "label": each["provider"], "enabled": True} for each in terms["pairs"]]
    return {
        "rule_id": RULE_ID, "name": terms["name"], "priority": 20, "status": "ACTIVE",
        "version": 3, "active_version": 2, "step": 7, "terms": terms, "conditions": ["Always"],
        "pairs": pairs, "changed_at": "2026-03-01T10:00:00Z", "changed_by": "local:somebody",
        "history": [{"event": "rule_changed", "label": "Rule changed"}],
        "actions": {"change": ALLOWED},
    } | others  # fmt: skip


def held(found: dict[str, Any] | None = None) -> PlayedGateway:
    """A gateway with the built-in catalogue and one rule."""
    gateway = PlayedGateway()
    pairs = [each.model_dump(mode="json") for each in BUILT_IN_PAIRS]
    gateway.play("GET", CATALOGUE, {"version": 1, "pairs": pairs})
    gateway.play("GET", AT, found or rule())
    gateway.play("POST", CHECKS, {"findings": []})
    return gateway


async def form_of(browser: httpx.AsyncClient, path: str = CHANGE) -> dict[str, str]:
    """The form as a browser would send it unchanged."""
    page = (await browser.get(path)).text
    return fields_of(page) | choices_of(page)


def choices_of(page: str) -> dict[str, str]:
    """What stands in the selects and text areas of a page."""
    found = {}
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
        options = re.findall(r"<option([^>]*)>([^<]*)", body)
        chosen = next((each for each in options if "selected" in each[0]), options[0])
        value = re.search(r'value="([^"]*)"', chosen[0])
        found[name] = unescape(value[1] if value else chosen[1])
    for name, body in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)</textarea>', page):
        found[name] = unescape(body)
    return found


def sent(gateway: PlayedGateway, method: str, path: str) -> list[Any]:
    """What the gateway was asked so."""
    return [each for each in gateway.asked if (each.method, each.path) == (method, path)]

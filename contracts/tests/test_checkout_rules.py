"""Checkout rules and the catalogue on the wire: words, events, and what the pairs can do."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from payops_contracts import checkout_rule_labels as labels
from payops_contracts.checkout_rules import (
    SEVERITY,
    CheckoutRuleEvent,
    RuleEvent,
    RuleFinding,
    RuleOperator,
    RuleStatus,
    RuleTerms,
    Severity,
)
from payops_contracts.labels import METHOD, PROVIDER
from payops_contracts.provider_catalogue import BUILT_IN_PAIRS, CatalogueData

EVENTS: TypeAdapter[Any] = TypeAdapter(CheckoutRuleEvent)
TERMS = {
    "name": "Web shop",
    "amount": {"currency": "EUR", "min_minor": 5000},
    "match_lists": [{"key": "channel", "values": ["web"]}],
    "custom_conditions": [{"path": "vip", "operator": "in", "value": [True]}],
    "pairs": [{"provider": "adyen", "method": "credit-cards"}],
}
RULE = {
    "rule_id": "web-shop",
    "status": "ACTIVE",
    "priority": 10,
    "version": 2,
    "terms": TERMS,
    "active_version": 2,
    "active_terms": TERMS,
    "rule_set_version": 8,
    "change": {
        "event": "rule_activated",
        "occurred_at": "2026-03-02T12:00:00.000Z",
        "status_before": "DRAFT",
        "actor": "local:approver",
        "version": 2,
        "cause_source": "/payops/checkout-rules",
        "cause_id": "web-shop:3",
    },
}


def an_event(kind: str, data: Any) -> dict[str, Any]:
    """A structured event of the topic."""
    return {
        "specversion": "1.0", "id": "web-shop:3", "source": "/payops/checkout-rules",
        "type": f"payops.{kind}.v1", "subject": "web-shop", "time": "2026-03-02T12:00:00.000Z",
        "datacontenttype": "application/json",
        "dataschema": f"https://payops.example/schemas/payops.{kind}.v1.json",
        "sequence": "000000000003", "partitionkey": "web-shop", "correlationid": "c-1",
        "causationid": "c-1", "data": data,
    }  # fmt: skip


def read(kind: str, data: Any) -> Any:
    """The event as its model reads it from JSON."""
    return EVENTS.validate_python(an_event(kind, data))


@pytest.mark.parametrize(
    "step", ["created", "changed", "activated", "moved", "archived", "restored"]
)
def test_an_event_about_a_rule_carries_its_state_after_the_step(step: str) -> None:
    event = read(f"checkout-rule.{step}", RULE)
    assert (event.data.status, event.data.rule_set_version) == (RuleStatus.ACTIVE, 8)
    assert event.data.active_terms == event.data.terms


def test_values_keep_their_kind_on_the_wire() -> None:
    given = [True, 1, 1.5, "1", [1, 2.5], ["x"], [False]]
    for value in given:
        condition = {"path": "n", "operator": "equals", "value": value}
        terms = RuleTerms.model_validate_json(
            RuleTerms.model_validate(TERMS | {"custom_conditions": [condition]}).model_dump_json()
        )
        read_back = terms.custom_conditions[0].value
        plain = list(read_back) if isinstance(read_back, tuple) else read_back
        assert repr(plain) == repr(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [], None, {}, "x" * 201])
def test_a_value_that_nobody_can_compare_is_refused(value: Any) -> None:
    condition = {"path": "n", "operator": "equals", "value": value}
    with pytest.raises(ValidationError):
        RuleTerms.model_validate(TERMS | {"custom_conditions": [condition]})


def test_the_built_in_catalogue_travels_as_an_event_of_the_same_topic() -> None:
    data = CatalogueData.model_validate(
        {
            "version": 1,
            "pairs": [each.model_dump() for each in BUILT_IN_PAIRS],
            "changed_at": "2026-03-02T12:00:00.000Z",
            "changed_by": "payops",
        }
    )
    event = read("provider-catalogue.changed", data.model_dump(mode="json"))
    assert event.data.pairs == BUILT_IN_PAIRS


def test_the_built_in_catalogue_says_what_each_pair_can_do() -> None:
    said = {
        f"{each.provider} {each.method}": (
            each.refund,
            each.subscriptions and each.subscriptions.billing.value,
            each.subscriptions and " ".join(each.subscriptions.intervals),
            each.pay_by_link,
        )
        for each in BUILT_IN_PAIRS
    }
    every = "DAY WEEK MONTH YEAR"
    assert said == {
        "adyen credit-cards": (True, "hub", every, True),
        "axerve applepay": (True, None, None, True),
        "axerve credit-cards": (True, "hub", "DAY", True),
        "axerve googlepay": (True, None, None, True),
        "axerve pay-pal": (True, "hub", "DAY", True),
        "axerve satispay": (True, None, None, True),
        "braintree pay-pal": (True, "provider", "MONTH", False),
        "flowpay wire-transfer": (False, None, None, False),
        "nexi credit-cards": (True, None, None, False),
        "satispay satispay": (True, "hub", every, False),
        "scalapay scalapay": (True, None, None, False),
        "stripe credit-cards": (True, "provider", "MONTH", True),
        "stripe pay-pal": (True, "provider", "MONTH", True),
    }
    assert list(said) == sorted(said)


def test_every_provider_and_method_of_the_catalogue_has_its_words() -> None:
    assert {each.provider for each in BUILT_IN_PAIRS} == set(PROVIDER)
    assert {each.method for each in BUILT_IN_PAIRS} == set(METHOD)


def test_everything_about_rules_has_its_words() -> None:
    assert set(labels.RULE_STATUS) == set(RuleStatus)
    assert set(labels.RULE_OPERATOR) == set(RuleOperator)
    assert set(labels.CONDITION_SENTENCE) > set(RuleOperator)
    assert set(labels.RULE_EVENT) == set(RuleEvent)
    assert set(labels.RULE_FINDING) == set(RuleFinding) == set(SEVERITY)
    assert set(labels.SEVERITY) == set(Severity)


def test_statuses_of_a_rule_read_as_required() -> None:
    assert list(labels.RULE_STATUS.values()) == ["Draft", "Active", "Archived"]

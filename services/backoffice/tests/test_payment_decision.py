"""The decision of the checkout on a payment's page, where one is known."""

import re
from typing import Any

from payops_kernel.auth.principals import UserRole
from payops_testing.backoffice.payment_gateway import HeldGateway
from payops_testing.backoffice.people import person, section
from payops_testing.transactions.payments_of_all_kinds import rich

DECISION: dict[str, Any] = {
    "transaction_id": "rich",
    "decided_at": "2026-03-01T11:59:00Z",
    "rule": {"rule_id": "rule-2", "name": "Web <b>", "version": 3},
    "pairs": [
        {"provider": "adyen", "method": "credit-cards"},
        {"provider": "newpay", "method": "barter"},
    ],
    "left_out": [{"provider": "nexi", "method": "credit-cards"}],
    "passed_over": [
        {
            "path": "amount_minor",
            "rule_id": "rule/1", "name": "Large", "version": 4, "seen": "value", "value": 4_999,
            "terms": {"amount": {"currency": "EUR", "min_minor": 500_000}},
        },
        {
            "path": "user_type",
            "rule_id": "rule-9", "name": "Staff", "version": 1, "seen": "missing",
            "terms": {"match_lists": [{"key": "user_type", "values": ["staff", "friend"]}]},
        },
        {
            "path": "basket/quantity",
            "rule_id": "rule-8", "name": "Many", "version": 1, "seen": "wrong_type",
            "terms": {"custom_conditions": [
                {"path": "basket/quantity", "operator": "greater_than", "value": 5}
            ]},
        },
    ],
}  # fmt: skip


async def decided_page(decision: dict[str, Any] | None, language: str = "en", *away: str) -> str:
    gateway = HeldGateway(rich())
    gateway.away |= set(away)
    if decision is not None:
        gateway.decisions["rich"] = decision
    async with person(gateway, UserRole.VIEWER, language) as reader:
        return (await reader.get("/transactions/rich")).text


async def test_the_decision_of_the_checkout_says_which_rule_chose_and_why_none_before_it() -> None:
    page = await decided_page(DECISION)
    said = section(page, "checkout-decision")
    assert "Decided by the rule Web <b> , version 3" in said
    offered = "1. Adyen / Credit card 2. newpay / barter Left out as disabled Nexi / Credit card"
    assert f"Offered, in this order {offered}" in said
    assert said.endswith(
        "Large , version 4 Amount from €5,000.00 €49.99 "
        "Staff , version 1 User Type is one of staff, friend missing "
        "Many , version 1 basket/quantity over 5 wrong type"
    )
    assert re.findall(r'href="(/checkout-rules/[^"]*)"', page) == [
        "/checkout-rules/rule-2", "/checkout-rules/rule%2F1", "/checkout-rules/rule-9",
        "/checkout-rules/rule-8",
    ]  # fmt: skip


async def test_the_decision_is_in_italian_for_who_reads_italian() -> None:
    said = section(await decided_page(DECISION, "it"), "checkout-decision")
    assert "Adyen / Carta di credito" in said
    assert "Importo da 5.000,00" in said
    assert "mancante" in said


async def test_the_first_rule_that_chose_has_none_before_it_and_may_offer_nothing() -> None:
    page = await decided_page(DECISION | {"passed_over": [], "pairs": []})
    said = section(page, "checkout-decision")
    assert "Nothing: none of its pairs is enabled." in said
    assert "Seen at the checkout" not in said


async def test_a_service_that_is_away_is_named_and_without_a_decision_the_page_is_quiet() -> None:
    page = await decided_page(None)
    assert section(page, "checkout-decision") == ""
    assert "rules does not answer" not in page
    away = section(await decided_page(None, "en", "checkout-rules"), "checkout-decision")
    assert "Checkout-rules does not answer." in away
    assert "Load the page again later." in away
    both = await decided_page(DECISION, "en", "subscriptions")
    assert "Subscriptions does not answer." in section(both, "subscription")
    assert "Decided by the rule" in section(both, "checkout-decision")

"""The simulated shop: payments carry what a checkout knows, and are paid with the pair that the
rules offer first."""

from __future__ import annotations

import json
from collections import Counter
from random import Random
from typing import Any

import httpx
import pytest

from payops_kernel.auth.principals import UserRole
from payops_local.simulator.aftermath import Aftermath
from payops_local.simulator.checkout import LIVE_S, NEW_MAX, PAUSE_S, Checkout, context_of
from payops_local.simulator.checkout_words import CATEGORIES, MEMBERSHIPS, USER_TYPES
from payops_local.simulator.customers import Customers
from payops_local.simulator.payments import PaymentScenario
from payops_local.simulator.scenarios import Telling
from payops_local.simulator.seeded_user import SeededUser
from payops_local.simulator.words import GOODS

START = 1_760_000_000.0
NEXI = {"provider": "nexi", "method": "credit-cards"}
ADYEN = {"provider": "adyen", "method": "credit-cards"}


class RulesService:
    """Offers Nexi's cards, then Adyen's, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.looked_up: list[str] = []
        self.decisions: dict[str, dict[str, Any]] = {}
        self.pairs = [NEXI, ADYEN]
        self.down = False
        self.silent_about: str | None = None
        self.now = START

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("away")
        if request.url.path == "/v1/sign-in":
            return httpx.Response(200, json={"access_token": "t"})
        if request.method == "GET":
            assert request.url.path == "/v1/checkout-rules/decisions"
            key = request.url.params["transaction_id"]
            self.looked_up.append(key)
            found = self.decisions.get(key)
            return httpx.Response(200, json={"items": [found] if found else []})
        assert request.url.path == "/v1/checkout-rules/evaluations"
        body = json.loads(request.content)
        self.asked.append(body)
        if body["transaction_id"] == self.silent_about:
            raise httpx.ReadTimeout("too late")
        kept = body["transaction_id"] not in self.decisions
        made = {"pairs": self.pairs}
        self.decisions.setdefault(body["transaction_id"], made)
        return httpx.Response(200, json={"decisions": [made], "kept": kept})

    def checkout(self) -> Checkout:
        operator = SeededUser("http://gateway", UserRole.OPERATOR, httpx.MockTransport(self))
        return Checkout(operator, lambda: self.now)


SCENARIO = PaymentScenario(Customers(1, 100), 5.0, 1, Aftermath(1, external_refund=0.5))


def a_payment(number: int, at: float = START, seed: int = 1) -> list[Telling]:
    """Created and paid, and what follows on it."""
    random = Random(f"{seed}/{number}")
    data = SCENARIO.payment(f"SIM-{number}", at, random)
    return SCENARIO.tellings(data, at, random, ("paid",))


def pairs(tellings: list[Telling]) -> set[tuple[str, str, str]]:
    """Those of the payments' facts, with the provider that the payment's id there names."""
    return {
        (data["provider"], data["method"], data["provider_payment_id"].rpartition("-")[0])
        for data in (each.event["data"] for each in tellings)
        if "provider" in data
    }


async def test_every_fact_of_a_payment_has_the_pair_that_was_offered_first() -> None:
    service = RulesService()
    checkout, payment = service.checkout(), a_payment(1)
    told = await checkout.through(payment[:1])
    told += await checkout.through(payment[1:])
    assert pairs(told) == {("nexi", "credit-cards", "nexi")}
    (asked,) = service.asked
    data = payment[0].event["data"]
    assert asked == {"transaction_id": "SIM-1", "context": context_of(data), "records": False}
    same = {"provider", "method", "provider_payment_id"}
    for before, after in zip(payment, told, strict=True):
        assert {k: v for k, v in after.event["data"].items() if k not in same} == {
            k: v for k, v in before.event["data"].items() if k not in same
        }
        assert after.event["id"] == before.event["id"]


def test_the_context_has_the_payments_own_fields_and_its_attributes_at_their_paths() -> None:
    data = a_payment(1)[0].event["data"]
    context = context_of(data)
    assert context == {
        "amount_minor": data["amount_minor"],
        "currency": data["currency"],
        "channel": data["channel"],
        "type": data["type"],
        "product_category": data["attributes"]["product_category"],
        "user_type": data["attributes"]["user_type"],
        "basket": {"quantity": sum(item["quantity"] for item in data["items"])},
    }


async def test_of_the_past_and_of_subscriptions_payments_nobody_is_asked() -> None:
    service = RulesService()
    old = a_payment(1, START - LIVE_S - 1)
    subscribed = a_payment(2)
    for each in subscribed:
        each.event["data"]["type"] = "SUBSCRIPTION"
    told = await service.checkout().through(old + subscribed)
    assert told == old + subscribed
    assert service.asked == []
    assert service.looked_up == []


async def test_without_an_answer_payments_keep_their_pair_and_for_a_while_nobody_is_asked() -> None:
    service = RulesService()
    checkout = service.checkout()
    service.down = True
    away = a_payment(1)
    assert await checkout.through(away[:1]) == away[:1]
    service.down = False
    assert await checkout.through(a_payment(2)) == a_payment(2)
    service.now += PAUSE_S
    # Told on as it began, though there is an answer to be had now.
    assert await checkout.through(away[1:]) == away[1:]
    assert pairs(await checkout.through(a_payment(3, service.now))) == {
        ("nexi", "credit-cards", "nexi")
    }
    assert [each["transaction_id"] for each in service.asked] == ["SIM-3"]


async def test_what_others_were_answered_holds_when_one_has_no_answer() -> None:
    service = RulesService()
    service.silent_about = "SIM-2"
    checkout, made = service.checkout(), [a_payment(number)[0] for number in range(1, 5)]
    told = {each.event["subject"]: each for each in await checkout.through(made)}
    assert service.decisions.keys() == {"SIM-1", "SIM-3", "SIM-4"}
    assert pairs([told[key] for key in service.decisions]) == {("nexi", "credit-cards", "nexi")}
    assert pairs([told["SIM-2"]]) == pairs(a_payment(2)[:1])
    later = [each for number in (1, 3, 4) for each in a_payment(number)[1:]]
    assert pairs(await checkout.through(later)) == {("nexi", "credit-cards", "nexi")}


async def test_a_restart_tells_a_payment_on_with_the_pair_that_it_was_offered_before() -> None:
    service = RulesService()
    payment, unknown = a_payment(1), a_payment(2)
    before = await service.checkout().through(payment[:1])
    service.now, service.pairs = START + 5, [ADYEN]
    after = service.checkout()
    told = await after.through(payment[1:])
    assert pairs(before + told) == {("nexi", "credit-cards", "nexi")}
    assert await after.through(unknown) == unknown
    assert service.looked_up == ["SIM-1", "SIM-2"]
    assert len(service.asked) == 1


async def test_the_decision_that_was_made_first_stays() -> None:
    service = RulesService()
    service.decisions["SIM-1"] = {"pairs": [ADYEN]}
    told = await service.checkout().through(a_payment(1))
    assert pairs(told) == {("adyen", "credit-cards", "adyen")}


async def test_a_checkout_that_is_offered_nothing_leaves_the_payment_as_it_is() -> None:
    service = RulesService()
    service.pairs = []
    assert await service.checkout().through(a_payment(1)) == a_payment(1)


async def test_of_a_stream_that_is_too_fast_some_are_asked_and_all_are_told() -> None:
    service = RulesService()
    payments = [telling for number in range(NEW_MAX + 50) for telling in a_payment(number)]
    told = await service.checkout().through(payments)
    assert [each.event["id"] for each in told] == [each.event["id"] for each in payments]
    assert len(service.asked) == NEW_MAX
    assert len({each["transaction_id"] for each in service.asked}) == NEW_MAX


def test_everything_that_is_sold_has_a_category_and_customers_keep_their_type() -> None:
    assert set(CATEGORIES) == {description for description, _ in GOODS.things}
    seen = [a_payment(number)[0].event["data"] for number in range(2_000)]
    kinds = Counter(each["attributes"]["user_type"] for each in seen)
    assert set(kinds) == set(USER_TYPES.things)
    by_user = {(each["user"]["id"], each["attributes"]["user_type"]) for each in seen}
    assert len(by_user) == len({user for user, _ in by_user})
    categories = {each["attributes"]["product_category"] for each in seen}
    assert categories == set(CATEGORIES.values())
    assert MEMBERSHIPS in categories


@pytest.mark.parametrize("number", range(20))
def test_the_category_is_of_what_costs_most(number: int) -> None:
    data = a_payment(number)[0].event["data"]
    dearest = max(data["items"], key=lambda item: int(item["amount_minor"]))
    assert data["attributes"]["product_category"] == CATEGORIES[dearest["description"]]

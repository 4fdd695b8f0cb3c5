"""The demo's checkout rules: seeded once, gone on with after a kill, and left to whoever touched
them."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from payops_contracts.checkout_rules import RuleTerms
from payops_contracts.provider_catalogue import BUILT_IN_PAIRS
from payops_kernel.auth.principals import UserRole
from payops_local.simulator.checkout_seeding import keep_seeding, left_to_seed, seed
from payops_local.simulator.checkout_words import DEMO_RULES
from payops_local.simulator.seeded_user import SeededUser

Row = dict[str, Any]


class RulesService:
    """Checkout rules behind a gateway, as far as seeding needs them."""

    def __init__(self) -> None:
        self.rows = [
            row("default", name="Default", priority=None, status="ACTIVE"),
        ]
        self.fails_at: int | None = None
        self.refuses_with: int | None = None
        self.writes = 0
        self.keys = set[str]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/v1")
        if path == "/sign-in":
            return httpx.Response(200, json={"access_token": "t"})
        if request.method == "GET":
            return self.read(path)
        self.writes += 1
        if self.refuses_with is not None:
            return httpx.Response(self.refuses_with)
        if self.fails_at == self.writes:
            raise httpx.ConnectError("killed here")
        assert request.headers["idempotency-key"] not in self.keys
        self.keys.add(request.headers["idempotency-key"])
        body = json.loads(request.content)
        if path == "/checkout-rules":
            made = row(f"rule-{len(self.rows)}", name=body["terms"]["name"], **body)
            self.rows.append(made)
            return httpx.Response(201, json=made)
        found = self.rule(path.split("/")[2])
        assert request.headers["if-match"] == f'"{found["step"]}"'
        found |= {"status": "ACTIVE", "step": found["step"] + 1}
        return httpx.Response(200, json=found)

    def read(self, path: str) -> httpx.Response:
        if path == "/checkout-rules":
            return httpx.Response(200, json={"items": self.rows})
        found = self.rule(path.split("/")[2])
        return httpx.Response(200, json=found, headers={"etag": f'"{found["step"]}"'})

    def rule(self, rule_id: str) -> Row:
        return next(each for each in self.rows if each["rule_id"] == rule_id)

    def approver(self) -> SeededUser:
        return SeededUser("http://gateway", UserRole.APPROVER, httpx.MockTransport(self))

    def named(self, name: str) -> Row:
        return next(each for each in self.rows if each["name"] == name)


def row(rule_id: str, **more: Any) -> Row:
    return {"rule_id": rule_id, "status": "DRAFT", "version": 1, "step": 1} | more


STATUSES = {each.name: "ACTIVE" if each.active else "DRAFT" for each in DEMO_RULES}


def statuses(service: RulesService) -> dict[str, str]:
    return {each["name"]: each["status"] for each in service.rows if each["name"] != "Default"}


async def test_an_untouched_rule_set_gets_the_demos_rules_and_gets_them_once() -> None:
    service = RulesService()
    assert await seed(service.approver()) == [each.name for each in DEMO_RULES]
    assert statuses(service) == STATUSES
    assert [service.named(each.name)["priority"] for each in DEMO_RULES] == [
        each.priority for each in DEMO_RULES
    ]
    written = service.writes
    assert await seed(service.approver()) == []
    assert service.writes == written


@pytest.mark.parametrize("writes", range(1, 2 * len(DEMO_RULES)))
async def test_seeding_that_was_killed_anywhere_goes_on_and_makes_no_rule_twice(
    writes: int,
) -> None:
    service = RulesService()
    service.fails_at = writes
    with pytest.raises(httpx.ConnectError):
        await seed(service.approver())
    await seed(service.approver())
    assert statuses(service) == STATUSES
    assert len(service.rows) == len(DEMO_RULES) + 1


WALLETS = "Wallets on the phone"
TICKETS = "Apple Pay for tickets on the phone"
CHANGES: dict[str, tuple[str, Row]] = {
    "renamed": (WALLETS, {"name": "Mine"}),
    "has another version": (WALLETS, {"version": 2}),
    "moved": (WALLETS, {"priority": 1}),
    "removed": (WALLETS, {"status": "ARCHIVED"}),
    "the draft is activated": (TICKETS, {"status": "ACTIVE"}),
    "the default has another version": ("Default", {"version": 2}),
}


@pytest.mark.parametrize("what", CHANGES)
async def test_what_somebody_changed_is_left_alone_even_where_something_is_missing(
    what: str,
) -> None:
    service = RulesService()
    await seed(service.approver())
    service.rows.remove(service.named("Payment links"))  # as if killed before it was written
    assert [rule.name for rule, _ in left_to_seed(service.rows)] == ["Payment links"]
    name, change = CHANGES[what]
    service.named(name).update(change)
    assert left_to_seed(service.rows) == []


async def test_a_rule_of_somebody_else_keeps_the_demos_away() -> None:
    service = RulesService()
    service.rows.append(row("rule-9", name="Theirs", priority=1))
    assert await seed(service.approver()) == []
    assert service.writes == 0


async def test_it_waits_for_a_service_that_is_away_and_gives_up_at_a_refusal() -> None:
    service = RulesService()
    service.fails_at = 1
    async with asyncio.timeout(30):
        await keep_seeding(service.approver(), asyncio.Event())
    assert statuses(service) == STATUSES
    refusing = RulesService()
    refusing.refuses_with = 409
    async with asyncio.timeout(30):
        await keep_seeding(refusing.approver(), asyncio.Event())
    assert refusing.writes == 1


def test_every_rule_is_what_the_contract_takes_with_pairs_of_the_catalogue() -> None:
    known = {(each.provider, each.method) for each in BUILT_IN_PAIRS}
    for rule in DEMO_RULES:
        terms = RuleTerms.model_validate(rule.terms)
        assert {(each.provider, each.method) for each in terms.pairs} <= known
    priorities = [each.priority for each in DEMO_RULES]
    assert priorities == sorted(set(priorities))
    assert len({each.name for each in DEMO_RULES}) == len(DEMO_RULES)
    assert sum(each.active for each in DEMO_RULES) == 6

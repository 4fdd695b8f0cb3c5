"""The demo's checkout on a whole platform: rules that are seeded once, and payments that go by
them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from payops_local.simulator.checkout_words import DEMO_RULES
from payops_testing.e2e.whole_platform import ANSWER_LIMIT_S, UP_LIMIT_S, WholePlatform
from payops_testing.platforms import eventually

pytestmark = [pytest.mark.servers, pytest.mark.faults, pytest.mark.timeout(1_800)]

RULES = "/v1/checkout-rules"
DEMO = {"PAYOPS_SIMULATOR_HISTORY_DAYS": "0", "PAYOPS_SIMULATOR_RATE": "4"}
SEEDED = {each.name: "ACTIVE" if each.active else "DRAFT" for each in DEMO_RULES}
PAYMENTS = 40

Json = dict[str, Any]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[WholePlatform]:
    platform = WholePlatform(tmp_path / "data")
    platform.env |= DEMO
    yield platform
    platform.call("down", "--data", str(platform.data))
    platform.kill_everything()


def start(demo: WholePlatform) -> None:
    """With the simulator."""
    demo.call("up", "--detach", "--data", str(demo.data), limit_s=UP_LIMIT_S)


def rules(demo: WholePlatform) -> dict[str, Json]:
    """Every rule but ``default``, by its name."""
    found = demo.get(RULES, limit=200)["items"]
    return {each["name"]: each for each in found if each["rule_id"] != "default"}


def statuses(demo: WholePlatform) -> dict[str, str]:
    return {name: each["status"] for name, each in rules(demo).items()}


def decided(demo: WholePlatform, at_least: int) -> list[tuple[Json, Json]]:
    """Payments of the shop with their decisions, once there are so many."""

    def look() -> list[tuple[Json, Json]]:
        listed = demo.get("/v1/transactions", q="SIM-", limit=100)["items"]
        found = [
            (row, each)
            for row in listed
            for each in demo.get(f"{RULES}/decisions", transaction_id=row["transaction_id"])[
                "items"
            ]
        ]
        return found if len(found) >= at_least else []

    return eventually(look, why="payments are decided")


def remove(demo: WholePlatform, name: str) -> None:
    """As an approver."""
    token = demo.call("token", "approver").strip()
    rule = rules(demo)[name]
    answer = httpx.delete(
        f"{demo.gateway}{RULES}/{rule['rule_id']}",
        headers={
            "authorization": f"Bearer {token}",
            "if-match": f'"{rule["step"]}"',
            "idempotency-key": str(uuid4()),
        },
        timeout=ANSWER_LIMIT_S,
    )
    assert answer.is_success, answer.text


def test_rules_are_seeded_once_and_payments_go_by_what_they_decide(demo: WholePlatform) -> None:
    start(demo)
    eventually(lambda: statuses(demo) == SEEDED, why="the rules are seeded")
    found = decided(demo, PAYMENTS)
    for payment, decision in found:
        first = decision["pairs"][0]
        assert (payment["provider"], payment["method"]) == (first["provider"], first["method"])
        assert decision["context"]["channel"] == payment["channel"]
        assert {"product_category", "user_type", "basket"} <= decision["context"].keys()
    asked = {decision["rule"]["name"] for _, decision in found}
    assert {"Default", "Wallets on the phone"} <= asked
    hits = rules(demo)["Wallets on the phone"]
    assert eventually(lambda: rules(demo)[hits["name"]]["hits_day"], why="hits are written") > 0

    # The service away: payments go on without it.
    last, before = demo.kill("checkout-rules"), demo.stored("SIM-")
    eventually(lambda: demo.stored("SIM-") > before, why="payments go on")
    eventually(lambda: demo.pids().get("checkout-rules") not in (None, last), why="it is back")
    eventually(lambda: demo.status()["ready"], why="it answers again")

    # What a person changes stays so, and what is there is not seeded again.
    remove(demo, "Counter and call centre")
    demo.call("down", "--data", str(demo.data))
    start(demo)
    before = demo.stored("SIM-")
    eventually(lambda: demo.stored("SIM-") > before + 5, why="the shop sells again")
    assert statuses(demo) == {**SEEDED, "Counter and call centre": "ARCHIVED"}
    assert len(decided(demo, PAYMENTS)) >= PAYMENTS

"""The examples run as they stand: a publisher and a consumer that know nothing of PayOps."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from typing import Any

import pytest

from payops_local.places import CHECKOUT
from payops_testing.e2e.whole_platform import WholePlatform
from payops_testing.platforms import eventually

EXAMPLE_LIMIT_S = 180
pytestmark = pytest.mark.timeout(1_800)
"""Behind the start of the platform, and its verification."""


def run_example(platform: WholePlatform, name: str, *arguments: str) -> str:
    """What an example prints."""
    return subprocess.run(
        [sys.executable, "-I", str(CHECKOUT / "examples" / name), *arguments],
        env=platform.env | {"PAYOPS_KAFKA": platform.kafka},
        capture_output=True,
        text=True,
        timeout=EXAMPLE_LIMIT_S,
        check=True,
    ).stdout


def paid_by_currency() -> Any:
    """The consumer's own counting, loaded from its file."""
    path = CHECKOUT / "examples/follow_transactions.py"
    spec = importlib.util.spec_from_file_location("follow_transactions", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.PaidByCurrency()


def state(sequence: int, status: str, subject: str = "ORD-1") -> dict[str, Any]:
    """An event as far as the consumer reads it."""
    data = {"status": status, "currency": "USD", "amount_minor": 500}
    return {"subject": subject, "sequence": f"{sequence:012d}", "data": data}


@pytest.mark.servers
def test_the_events_that_the_example_publishes_twice_count_once(platform: WholePlatform) -> None:
    assert "paid.v1" in run_example(platform, "publish_payment.py", "EXAMPLE-1", "1234")
    platform.verify()
    detail = platform.get("/v1/transactions/EXAMPLE-1")
    assert detail["overview"]["status"] == "PAID"
    assert detail["payment"]["amount_minor"] == 1234
    assert [row["event"] for row in detail["history"]] == ["payment_paid", "payment_created"]


@pytest.mark.servers
def test_the_consumer_of_the_example_counts_what_the_kpis_count(platform: WholePlatform) -> None:
    run_example(platform, "publish_payment.py", "EXAMPLE-2", "777")
    eventually(lambda: platform.stored("EXAMPLE-2"), why="the payment is stored")
    platform.verify()
    facts = platform.documents("analytics", "payment_facts")
    paid = [fact for fact in facts if fact["status"] == "PAID"]
    total = sum(int(fact["amount_minor"]) for fact in paid)
    said = run_example(platform, "follow_transactions.py", "--once")
    assert f"{len(paid)} paid, {total} USD minor" in said


def test_the_consumer_of_the_example_counts_doubles_and_latecomers_once() -> None:
    paid = paid_by_currency()
    assert paid.take(state(1, "CREATED"))
    assert paid.take(state(2, "PAID"))
    assert not paid.take(state(2, "PAID"))
    assert not paid.take(state(1, "CREATED"))
    assert (paid.count["USD"], paid.amount_minor["USD"]) == (1, 500)


def test_the_consumer_of_the_example_tells_ten_from_nine() -> None:
    paid = paid_by_currency()
    assert paid.take(state(9, "FAILED"))
    assert paid.take(state(10, "PAID"))
    assert not paid.take(state(9, "FAILED"))
    assert paid.count["USD"] == 1

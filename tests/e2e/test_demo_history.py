"""The demo's past on a whole platform: killed while it is told, it is there once and exact."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from payops_local.simulator.driven_past import tellings
from payops_local.simulator.playing import Days, history_of
from payops_local.simulator.told_until import Told, ToldUntil
from payops_testing.e2e.whole_platform import UP_LIMIT_S, WholePlatform
from payops_testing.platforms import eventually

pytestmark = [pytest.mark.servers, pytest.mark.faults, pytest.mark.timeout(3_000)]
"""Four starts and stops of a whole platform; each has a limit of its own."""

PLAYED_LIMIT_S = 240.0
RETRIES_SINCE = 5
PAST = {
    "PAYOPS_SIMULATOR_HISTORY_DAYS": "95",
    "PAYOPS_SIMULATOR_HISTORY_PER_DAY": "95",
    "PAYOPS_SIMULATOR_RATE": "0",
    "PAYOPS_SIMULATOR_DRIVEN_DAYS": "3",
}
"""Three months, so that two cycles have ended on any day; the last days with the clock driven, and
after the start nothing beside their pace."""


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[WholePlatform]:
    platform = WholePlatform(tmp_path / "data")
    platform.env |= PAST
    yield platform
    platform.call("down", "--data", str(platform.data))


def start(demo: WholePlatform) -> str:
    return demo.call("up", "--detach", "--data", str(demo.data), limit_s=UP_LIMIT_S)


async def kept(demo: WholePlatform) -> Told:
    async with ToldUntil(demo.kafka) as note:
        told = await note.read()
    assert told is not None
    return told


def is_over(demo: WholePlatform) -> bool:
    """The clock is real again, what was due by then is in batches, and the cycles are closed.

    A notice that is not there may be one that is not there yet.
    """
    (clock,) = demo.documents("platform", "platform", "clock")
    collections = demo.documents("billing_debits", "due", "collect-by-schedule")
    now = datetime.now(UTC).replace(tzinfo=None)
    collected = all(each["due_at"] > now for each in collections)
    return "of" not in clock and collected and demo.status()["history"] is None


def batch_statuses(demo: WholePlatform) -> set[str]:
    """Where the debit batches stand."""
    return {each["status"] for each in demo.documents("billing_debits", "debit_batches", "MB-")}


def events(told: Told) -> Iterator[dict[str, Any]]:
    """Everything that was told until then."""
    days = Days(history_of(told), 0.0)
    while chunk := list(days.due(told.until)):
        days.told()
        yield from (each.event for each in chunk)
    yield from (each.event for each in tellings(history_of(told).charges))


def expected(told: Told) -> dict[str, dict[str, Any]]:
    """Each payment that was told, by its id, and whether it was paid."""
    payments: dict[str, dict[str, Any]] = {}
    for event in events(told):
        if event["type"].startswith("upstream.payment."):
            payment = payments.setdefault(event["subject"], {"paid": False, **event["data"]})
            payment["paid"] |= event["type"] == "upstream.payment.paid.v1"
    return payments


TOLD = {"charge_raised", "charge_withdrawn", "charge_settled"}
"""What settlement tells of a charge; its debits are asked for meanwhile."""


def charged(told: Told) -> dict[str, tuple[int, int]]:
    """What was told of each charge: its amount, and how many different events."""
    ids: dict[str, set[str]] = {}
    amounts: dict[str, int] = {}
    for event in events(told):
        if event["type"].startswith("upstream.charge."):
            ids.setdefault(event["subject"], set()).add(event["id"])
            if event["type"] == "upstream.charge.raised.v1":
                amounts[event["subject"]] = event["data"]["amount_minor"]
    return {charge: (amounts[charge], len(told_ids)) for charge, told_ids in ids.items()}


def subscribed(told: Told) -> set[str]:
    """Each subscription that was told of."""
    return {
        event["subject"]
        for event in events(told)
        if event["type"] == "upstream.subscription.created.v1"
    }


def subscriptions_are_there(demo: WholePlatform, told: Told) -> None:
    """Each that was told of, and nothing of their past was overdue."""
    stored = demo.documents("subscriptions", "subscriptions", "SIM-")
    assert {each["_id"] for each in stored} == subscribed(told)
    asked = [
        f"{each['_id']} {row['at']}"
        for each in stored
        for row in each["history"]
        if row["event"] == "payment_requested"
    ]
    # A retry may have fallen due since the start.
    assert len(asked) <= RETRIES_SINCE, asked


def answered_since(stored: dict[str, Any], told: dict[str, Any]) -> list[dict[str, Any]]:
    """The payments that were not told: a retry that fell due since the start was answered."""
    since = [stored[key] for key in stored.keys() - told.keys()]
    assert len(since) <= RETRIES_SINCE
    assert all("payment_request_id" in each for each in since), since
    return since


async def test_a_killed_history_goes_on_and_everything_is_there_once_to_the_minor_unit(
    demo: WholePlatform,
) -> None:
    start(demo)
    eventually(lambda: (demo.status()["history"] or {"told": 0})["told"] > 10, PLAYED_LIMIT_S)
    demo.kill_everything()
    start(demo)
    eventually(lambda: is_over(demo), PLAYED_LIMIT_S, why="all is told")
    # What was due when the clock was real again went into a batch of its own.
    eventually(lambda: batch_statuses(demo) == {"PROCESSED"}, PLAYED_LIMIT_S, why="all are done")
    # Nothing is told beside what is compared.
    demo.call("down", "--data", str(demo.data))
    demo.up()
    assert "Everything agrees to the minor unit." in demo.verify()
    told = await kept(demo)
    payments = expected(told)
    stored = {each["_id"]: each for each in demo.documents("transactions", "transactions", "SIM-")}
    since = answered_since(stored, payments)
    assert stored.keys() - {each["_id"] for each in since} == payments.keys()
    assert len(payments) > 5_000
    charges = demo.documents("billing_debits", "charges", "SIM-")
    assert {
        each["_id"]: (each["amount_minor"], sum(row["event"] in TOLD for row in each["history"]))
        for each in charges
    } == charged(told)
    assert len(charges) > 30
    subscriptions_are_there(demo, told)
    batches = demo.documents("billing_debits", "debit_batches", "MB-")
    assert batch_statuses(demo) == {"PROCESSED"}
    assert any(each["created_at"].date() < datetime.now(UTC).date() for each in batches)
    cycles = demo.documents("billing_debits", "billing_cycles", "20")
    assert {each["status"] for each in cycles} >= {"CLOSED", "ENDED"}
    for each in batches:
        assert each["progress"]["submitted"] == each["submitted"]["count"] > 0
    paid = [each for each in payments.values() if each["paid"] and each["currency"] == "USD"]
    paid += [each for each in since if each["status"] == "PAID" and each["currency"] == "USD"]
    years = {int(str(each["created_at"])[:4]) for each in stored.values()}
    totals = [demo.paid_in(year) for year in years]
    assert sum(total["count"] for total in totals) == len(paid)
    assert sum(total["amount_minor"] for total in totals) == sum(
        each["amount_minor"] for each in paid
    )
    assert demo.status()["dead_letters"] == 0
    # A start in order tells nothing again.
    ends = await demo.log_ends("upstream.payments")
    demo.call("down", "--data", str(demo.data))
    assert "past" not in start(demo)
    demo.verify()
    assert await demo.log_ends("upstream.payments") <= ends + 5

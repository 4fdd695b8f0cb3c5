"""``kill -9`` of a process while payments of subscriptions fall due: each is asked for once."""

import json
from collections import Counter
from functools import partial
from typing import Any

import pytest

from payops_contracts.topics import PAYMENT_COMMANDS
from payops_kernel.testing import eventually
from payops_testing.faultlab.arena import Arena
from payops_testing.faultlab.broker import end_sessions
from payops_testing.faultlab.checker.logs import read_logs
from payops_testing.faultlab.lanes import Case, Lanes
from payops_testing.faultlab.service import ServiceUnderFault
from payops_testing.faultlab.upstream import Outgoing
from payops_testing.subscriptions.upstream import subscribed

pytestmark = [pytest.mark.faults, pytest.mark.servers]

SUBSCRIPTIONS = 900
"""Several transactions of due work."""
FAULTS = ("command.after_reserve:3", "command.after_command:1")
"""In a transaction of due rows in the middle, and in the first one."""
GROUP = "subscriptions"
SECONDS = 90.0
UNDER_FAULT = ServiceUnderFault(
    name="subscriptions",
    reads="upstream.subscriptions",
    state=lambda database: database["subscriptions"].find({"version": {"$gt": 0}}),
    check=lambda _evidence, _findings: None,
    folder="services/subscriptions",
)
PAST = {"first_payment_on": "2026-01-02"}


@pytest.mark.timeout(1_800)
async def test_payments_that_fall_due_while_the_process_dies_are_asked_for_once(
    lanes: Lanes,
) -> None:
    cases: dict[str, Case] = {fault: partial(_killed, fault) for fault in FAULTS}
    await lanes.run(cases, UNDER_FAULT)


async def _killed(fault: str, arena: Arena) -> None:
    ids = [f"SUB-{number:05d}" for number in range(SUBSCRIPTIONS)]
    told = [Outgoing(json.dumps(subscribed(each, **PAST)).encode(), each.encode()) for each in ids]
    doomed = await arena.start(fault=fault)
    await arena.publish(told)
    await doomed.crashed()
    # Nobody waits here until the dead process's transaction and claims have run out.
    await end_sessions(arena.kafka.address, GROUP)
    arena.admin.command({"killAllSessions": []})
    arena.database["due"].update_many({}, {"$unset": {"claimed_until": ""}})
    await arena.start()
    await eventually(lambda: _asked(arena) == SUBSCRIPTIONS, SECONDS)
    await eventually(lambda: not arena.database["outbox"].count_documents({}), SECONDS)
    await _once(arena, ids)


def _asked(arena: Arena) -> int:
    return int(arena.database["subscriptions"].count_documents({"request": {"$exists": True}}))


async def _once(arena: Arena, ids: list[str]) -> None:
    log = (await read_logs(arena.kafka.address, [PAYMENT_COMMANDS.name]))[PAYMENT_COMMANDS.name]
    commands: list[dict[str, Any]] = [json.loads(each.value) for each in log.records if each.value]
    # The relay may publish one twice: then it is the very same.
    once = {(event["subject"], event["id"]): event["data"] for event in commands}.values()
    assert Counter(each["subscription_id"] for each in once) == Counter(ids)
    assert len({each["idempotency_key"] for each in once}) == SUBSCRIPTIONS
    assert {each["period_on"] for each in once} == {"2026-01-02"}
    for key, row in arena.stored().items():
        requested = [it for it in row["history"] if it["event"] == "payment_requested"]
        assert len(requested) == 1, key
    (due,) = {row["kind"] for row in arena.database["due"].find()}
    assert due == "subscription-step"
    assert arena.database["due"].count_documents({}) == SUBSCRIPTIONS

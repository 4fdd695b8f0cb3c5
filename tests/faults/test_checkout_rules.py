"""``kill -9`` of checkout-rules while rules change and payments come: every context is there once,
and what answers is of one piece."""

import json
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import httpx
import pytest

from payops_contracts.topics import CHECKOUT_RULES, TRANSACTIONS
from payops_testing.faultlab.arena import Arena
from payops_testing.faultlab.broker import end_sessions
from payops_testing.faultlab.checker.logs import read_logs
from payops_testing.faultlab.lanes import Case, Lanes
from payops_testing.faultlab.operators import Operator
from payops_testing.faultlab.processes import ServiceProcess
from payops_testing.faultlab.service import ServiceUnderFault
from payops_testing.faultlab.upstream import Event

pytestmark = [pytest.mark.faults, pytest.mark.servers]

FAULTS = (
    "consumer.after_load:4",
    "consumer.after_writes:3",
    "consumer.before_commit:2",
    "consumer.after_commit:5",
    "command.after_reserve:3",
    "command.after_command:6",
    "command.before_result:4",
    "command.before_result:13",
    "relay.before_delete:3",
)
"""In the consumer, in the middle of what people change, and between an answer and its caller."""
PAYMENTS = 400
DAYS = ("2026-03-01", "2026-03-02", "2026-03-03")
RULES = 6
RULES_PATH = "/v1/checkout-rules"
UNDER_FAULT = ServiceUnderFault(
    name="checkout_rules",
    reads_as="checkout-rules",
    reads=TRANSACTIONS.name,
    says=(CHECKOUT_RULES.name,),
    state=lambda database: database["payment_contexts"].find(),
    check=lambda _evidence, _findings: None,
    folder="services/checkout-rules",
)

Document = dict[str, Any]
Step = Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]


@pytest.mark.timeout(1_800)
async def test_rules_and_contexts_are_exact_whenever_the_process_dies(
    lanes: Lanes, approver: Operator
) -> None:
    cases: dict[str, Case] = {fault: partial(_killed, approver, fault) for fault in FAULTS}
    await lanes.run(cases, UNDER_FAULT)


async def _killed(approver: Operator, fault: str, arena: Arena) -> None:
    doomed = process = await arena.start(fault=fault)
    async with arena.load(_states()):
        changes = _changes()
        while changes:
            try:
                async with approver.at(process) as client:
                    answer = await changes[0](client)
            except httpx.TransportError:
                process = await _another(arena, doomed)
            else:
                assert answer.is_success, f"{answer.request.url}: {answer.text}"
                changes.pop(0)
    if process is doomed:
        await _another(arena, doomed)
    await arena.verdict()
    _contexts_are_exact(arena)
    _one_rule_set(arena)
    await _said_as_it_is(arena)


async def _another(arena: Arena, doomed: ServiceProcess) -> ServiceProcess:
    """The next process, with nothing of the dead one's to wait for."""
    await doomed.crashed()
    await end_sessions(arena.kafka.address, UNDER_FAULT.group)
    arena.admin.command({"killAllSessions": []})
    return await arena.start()


def _states() -> list[Event]:
    """Two states of each payment; the second one knows what the first did not."""
    return [
        _state(number, sequence)
        for begin in range(0, PAYMENTS, 20)
        for sequence in (1, 2)
        for number in range(begin, begin + 20)
    ]


def _state(number: int, sequence: int) -> Event:
    key, at = f"ORD-{number:05d}", f"{DAYS[number % len(DAYS)]}T10:00:00.000Z"
    kind, before = ("created", None) if sequence == 1 else ("paid", "CREATED")
    data = {
        "transaction_id": key,
        "created_at": at,
        "amount_minor": 100 + number,
        "currency": "EUR",
        "provider": "stripe",
        "method": "credit-cards",
        "channel": "web",
        "type": "DIRECT",
        "user": {"id": "user-1"},
        "status": kind.upper(),
        "total_refunded_minor": 0,
        "flags": [],
        "change": {
            "event": f"payment_{kind}",
            "occurred_at": at,
            "status_before": before,
            "applied": True,
            "cause_source": "https://hub.example/payments",
            "cause_id": f"{key}-{sequence}",
        },
    }
    if sequence == 2:
        data["attributes"] = {"basket/quantity": number % 7}
    return {
        "specversion": "1.0",
        "id": f"{key}:{sequence}",
        "source": "/payops/transactions",
        "type": f"payops.transaction.{kind}.v1",
        "subject": key,
        "time": at,
        "sequence": f"{sequence:012d}",
        "partitionkey": key,
        "data": data,
    }


def _changes() -> list[Step]:
    """What an approver does, each under a key of its own: asked again, it is not done again."""
    steps: list[Step] = []
    for number in range(1, RULES + 1):
        steps += [partial(_created, number), partial(_activated, number)]
    return [*steps, _turned_round, _removed, partial(_restored, 2), partial(_activated, 2)]


def _name(number: int) -> str:
    return f"Rule {number}"


async def _row(client: httpx.AsyncClient, number: int) -> Document:
    found = (await client.get(RULES_PATH, params={"limit": 200})).json()["items"]
    return next(dict(each) for each in found if each["name"] == _name(number))


def _under(key: str, tag: int | None = None) -> dict[str, str]:
    return {"Idempotency-Key": key} | ({} if tag is None else {"If-Match": f'"{tag}"'})


async def _created(number: int, client: httpx.AsyncClient) -> httpx.Response:
    terms = {
        "name": _name(number),
        "match_lists": [{"key": "user_type", "values": [f"type-{number}"]}],
        "pairs": [{"provider": "adyen", "method": "credit-cards"}],
    }
    body = {"terms": terms, "priority": 10 * number}
    return await client.post(RULES_PATH, json=body, headers=_under(f"create-{number}"))


async def _activated(number: int, client: httpx.AsyncClient) -> httpx.Response:
    row = await _row(client, number)
    headers = _under(f"activate-{number}-{row['version']}", row["step"])
    path = f"{RULES_PATH}/{row['rule_id']}/activation"
    return await client.post(path, json={}, headers=headers)


async def _turned_round(client: httpx.AsyncClient) -> httpx.Response:
    rows = [await _row(client, number) for number in range(RULES, 0, -1)]
    tag = (await client.get(f"{RULES_PATH}/rule-set")).json()["version"]
    body = {"rule_ids": [each["rule_id"] for each in rows]}
    return await client.post(f"{RULES_PATH}/ordering", json=body, headers=_under("order", tag))


async def _removed(client: httpx.AsyncClient) -> httpx.Response:
    rows = [await _row(client, number) for number in (2, 5)]
    body = {"rule_ids": [each["rule_id"] for each in rows]}
    return await client.post(f"{RULES_PATH}/bulk-delete", json=body, headers=_under("remove"))


async def _restored(number: int, client: httpx.AsyncClient) -> httpx.Response:
    row = await _row(client, number)
    path = f"{RULES_PATH}/{row['rule_id']}/versions/1/restoration"
    return await client.post(path, json={}, headers=_under("restore", row["step"]))


def _contexts_are_exact(arena: Arena) -> None:
    stored = arena.stored()
    said = {key: json.loads(row["said"]) for key, row in stored.items()}
    assert {
        key: (said[key][1], row["day"], row["n"], said[key][5]) for key, row in stored.items()
    } == {
        f"ORD-{number:05d}": (
            100 + number,
            DAYS[number % len(DAYS)],
            2,
            {"basket/quantity": number % 7},
        )
        for number in range(PAYMENTS)
    }
    rows = Counter[str]()
    for day in arena.database["context_days"].find():
        rows[day["_id"].split("/")[0]] += day["rows"]
    assert rows == Counter(row["day"] for row in stored.values())


def _one_rule_set(arena: Arena) -> None:
    rules = {row["_id"]: row for row in arena.database["checkout_rules"].find()}
    assert Counter(row["name"] for row in rules.values()) == Counter(
        ["Default", *map(_name, range(1, RULES + 1))]
    )
    (answering,) = arena.database["rule_set"].find()
    assert answering["rules"] == {
        key: [row.get("priority"), row["active_version"]]
        for key, row in rules.items()
        if "active_version" in row
    }
    assert {row["name"]: row["status"] for row in rules.values()} == {"Default": "ACTIVE"} | {
        _name(number): "ARCHIVED" if number == 5 else "ACTIVE" for number in range(1, RULES + 1)
    }
    priorities = [priority for priority, _ in answering["rules"].values()]
    assert len(set(priorities)) == len(priorities)
    assert answering["version"] == max(row["rule_set_version"] for row in rules.values())


async def _said_as_it_is(arena: Arena) -> None:
    """The log has each step of each rule, and its last one is what is stored."""
    log = (await read_logs(arena.kafka.address, [CHECKOUT_RULES.name]))[CHECKOUT_RULES.name]
    said: dict[str, dict[int, Document]] = {}
    for record in log.records:
        event = json.loads(record.value or b"{}")
        if event["type"].startswith("payops.checkout-rule."):
            steps = said.setdefault(event["subject"], {})
            # The relay may publish one twice: then it is the very same.
            assert steps.setdefault(int(event["sequence"]), event) == event
    stored = {row["_id"]: row for row in arena.database["checkout_rules"].find()}
    assert said.keys() == stored.keys()
    for key, row in stored.items():
        assert sorted(said[key]) == list(range(1, row["version"] + 1)), key
        last = said[key][row["version"]]["data"]
        assert (last["status"], last["version"], last.get("active_version")) == (
            row["status"],
            row["terms_version"],
            row.get("active_version"),
        )
        assert last["rule_set_version"] == row["rule_set_version"]
    versions = [
        event["data"]["rule_set_version"] for steps in said.values() for event in steps.values()
    ]
    (answering,) = arena.database["rule_set"].find()
    assert set(range(1, answering["version"] + 1)) == set(versions)

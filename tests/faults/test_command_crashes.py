"""``kill -9`` of a process that carries out commands: asked again, each happens once."""

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import httpx
import pytest

from payops_contracts.topics import AUDIT, PAYMENT_COMMANDS
from payops_kernel.faults import CRASH_POINTS
from payops_kernel.testing import eventually
from payops_testing.faultlab.arena import Arena
from payops_testing.faultlab.checker.logs import read_logs
from payops_testing.faultlab.lanes import Case, Lanes
from payops_testing.faultlab.operators import AMOUNT_MINOR, Operator, paid
from payops_testing.faultlab.processes import ServiceProcess

COMMAND_POINTS = [point for point in CRASH_POINTS if point.startswith("command.")]
BULK_ROWS = 3_000
DIE_AT_TRANSACTION = 9
"""Rows are done fifty together; several such transactions run side by side."""
KILL_AFTER_ROWS = 300
JOB_SECONDS = 90.0

pytestmark = [pytest.mark.faults, pytest.mark.servers]

Document = dict[str, Any]
Death = Callable[[Arena, ServiceProcess], Awaitable[None]]


@pytest.mark.timeout(900)
async def test_refunds_whose_process_dies_are_asked_again_and_happen_once(
    lanes: Lanes, operator: Operator
) -> None:
    midway: dict[str, Death] = {
        f"command.after_reserve:{DIE_AT_TRANSACTION}": _die_at,
        f"command.after_command:{DIE_AT_TRANSACTION}": _die_at,
        "": _kill_midway,
    }
    cases: dict[str, Case] = {
        f"in bulk, {fault or 'killed from outside'}": partial(_bulk, operator, fault, death)
        for fault, death in midway.items()
    }
    cases |= {f"alone, {point}": partial(_single, operator, point) for point in COMMAND_POINTS}
    await lanes.run(cases)


async def _single(operator: Operator, point: str, arena: Arena) -> None:
    payment = f"{arena.prefix}one"
    doomed = await arena.start(fault=point)
    await paid(arena, [payment])
    with pytest.raises(httpx.TransportError):
        await operator.refund(doomed, payment, "k")
    await arena.crashed(doomed)
    committed = bool(arena.stored()[payment].get("refunds"))
    assert committed == (point == "command.before_result")

    process = await arena.start()
    answer = await operator.refund(process, payment, "k")
    again = await operator.refund(process, payment, "k")
    assert answer.status_code == 202, answer.text
    assert answer.headers.get("Idempotency-Replayed") == ("true" if committed else None)
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (answer.json(), "true")

    await arena.verdict()
    stored = arena.stored()[payment]
    (refund,) = stored["refunds"]
    assert (refund["refund_id"], stored["in_flight_minor"]) == (answer.json()["refund_id"], 500)
    assert await _commanded(arena) == {refund["key"]: payment}
    assert len(await _audited(arena, "refund.request")) == 1


async def _die_at(arena: Arena, doomed: ServiceProcess) -> None:
    await arena.crashed(doomed)


async def _kill_midway(arena: Arena, doomed: ServiceProcess) -> None:
    await eventually(lambda: _rows_done(arena) >= KILL_AFTER_ROWS, JOB_SECONDS)
    doomed.kill()


async def _bulk(operator: Operator, fault: str, death: Death, arena: Arena) -> None:
    payments = [f"{arena.prefix}{number:04d}" for number in range(BULK_ROWS)]
    doomed = await arena.start(fault=fault)
    await paid(arena, payments)
    job_id = await operator.refund_all(doomed, BULK_ROWS)
    await death(arena, doomed)
    assert 0 < _rows_done(arena) < BULK_ROWS

    process = await arena.start()
    job = await eventually(
        lambda: operator.job(process, job_id),
        JOB_SECONDS,
        until=lambda seen: seen["state"] == "DONE",
    )
    assert job["progress"] == {"done": BULK_ROWS, "total": BULK_ROWS}
    assert job["counts"] == {"SUCCEEDED": BULK_ROWS}

    await arena.verdict()
    stored = arena.stored()
    keys = {refund["key"]: payment for payment in payments for refund in stored[payment]["refunds"]}
    assert len(keys) == BULK_ROWS
    assert sum(int(row["in_flight_minor"]) for row in stored.values()) == BULK_ROWS * AMOUNT_MINOR
    assert await _commanded(arena) == keys
    assert sorted(await _audited(arena, "refund.request")) == payments


def _rows_done(arena: Arena) -> int:
    return arena.database["job_rows"].count_documents({"state": "SUCCEEDED"})


async def _commanded(arena: Arena) -> Mapping[str, str]:
    """Which transaction each key was commanded for; the relay may publish a command twice."""
    return {
        event["data"]["idempotency_key"]: event["data"]["transaction_id"]
        for event in await _published(arena, PAYMENT_COMMANDS.name)
    }


async def _audited(arena: Arena, action: str) -> list[str]:
    """The target of each record of this action; the relay may publish a record twice."""
    told = {event["id"]: event["data"] for event in await _published(arena, AUDIT.name)}
    return [data["target_id"] for data in told.values() if data["action"] == action]


async def _published(arena: Arena, topic: str) -> list[Document]:
    log = (await read_logs(arena.kafka.address, [topic]))[topic]
    return [json.loads(record.value) for record in log.records if record.value is not None]

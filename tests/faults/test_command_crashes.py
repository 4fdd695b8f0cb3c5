"""``kill -9`` of a process that carries out commands, jobs and due work: each happens once."""

import json
from datetime import UTC, datetime, timedelta
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
from payops_testing.faultlab.upstream import records
from payops_testing.parcels.carrier import arrived_parcels
from payops_testing.parcels.returning import all_sent_back, arrived, sent_back
from payops_testing.parcels.under_fault import PARCELS_SERVICE

COMMAND_POINTS = [point for point in CRASH_POINTS if point.startswith("command.")]
IN_TRANSACTION = ("command.after_reserve", "command.after_command")
RETURNED_ROWS = 900
REFUNDED_ROWS = 3_000
DUE_ROWS = 900
"""More than two transactions do together."""
LONG_AGO = timedelta(days=20)
DIE_AT_TRANSACTION = 9
"""Rows are done fifty together; several such transactions run side by side."""
DIE_AT_DUE = 3
KILL_AFTER_ROWS = 300
COMMIT_TAKES_MS = 200
"""So that rows are left to do when their process is killed."""
JOB_SECONDS = 90.0

pytestmark = [pytest.mark.faults, pytest.mark.servers]

Document = dict[str, Any]


@pytest.mark.timeout(1_800)
async def test_commands_jobs_and_due_work_whose_process_dies_happen_once(
    lanes: Lanes, operator: Operator
) -> None:
    midway = [f"{point}:{DIE_AT_TRANSACTION}" for point in IN_TRANSACTION]
    cases: dict[str, Case] = {f"in bulk, {each}": partial(_bulk, operator, each) for each in midway}
    due = [f"{point}:{DIE_AT_DUE}" for point in IN_TRANSACTION]
    cases |= {f"due, {each}": partial(_due, each) for each in due}
    cases |= {f"alone, {point}": partial(_single, operator, point) for point in COMMAND_POINTS}
    await lanes.run(cases, PARCELS_SERVICE)


@pytest.mark.timeout(1_800)
async def test_refunds_whose_process_dies_are_commanded_once(
    lanes: Lanes, operator: Operator
) -> None:
    await lanes.run(
        {
            "in bulk, killed from outside": partial(_refunds, operator),
            "alone, its answer lost": partial(_refund, operator),
        }
    )


async def _single(operator: Operator, point: str, arena: Arena) -> None:
    parcel = f"{arena.prefix}one"
    doomed = await arena.start(fault=point)
    await arrived(arena, [parcel])
    with pytest.raises(httpx.TransportError):
        await sent_back(operator, doomed, parcel, "k")
    await arena.crashed(doomed)
    committed = arena.stored()[parcel]["status"] == "RETURNED"
    assert committed == (point == "command.before_result")

    process = await arena.start()
    answer = await sent_back(operator, process, parcel, "k")
    again = await sent_back(operator, process, parcel, "k")
    assert answer.status_code == 202, answer.text
    assert answer.headers.get("Idempotency-Replayed") == ("true" if committed else None)
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (answer.json(), "true")
    await _all_returned_once(arena, [parcel])


async def _bulk(operator: Operator, fault: str, arena: Arena) -> None:
    parcels = [f"{arena.prefix}{number:04d}" for number in range(RETURNED_ROWS)]
    doomed = await arena.start(fault=fault)
    await arrived(arena, parcels)
    job_id = await all_sent_back(operator, doomed)
    await arena.crashed(doomed)
    assert 0 < _rows_done(arena) < RETURNED_ROWS
    await _job_done(operator, arena, job_id, RETURNED_ROWS)
    await _all_returned_once(arena, parcels)


async def _due(fault: str, arena: Arena) -> None:
    parcels = [f"{arena.prefix}{number:04d}" for number in range(DUE_ROWS)]
    doomed = await arena.start(fault=fault)
    await arena.publish(records(arrived_parcels(parcels, datetime.now(UTC) - LONG_AGO)))
    await arena.crashed(doomed)
    assert 0 < _returned(arena) < DUE_ROWS
    # Nobody waits here until the dead process's transaction and claim have run out.
    arena.admin.command({"killAllSessions": []})
    arena.database["due"].update_many({}, {"$unset": {"claimed_until": ""}})
    await arena.start()
    await eventually(lambda: _returned(arena) == DUE_ROWS, JOB_SECONDS)
    await _all_returned_once(arena, parcels)
    assert arena.database["due"].count_documents({}) == 0


async def _all_returned_once(arena: Arena, parcels: list[str]) -> None:
    await arena.verdict()
    stored = arena.stored()
    assert {(row["status"], row["version"]) for row in stored.values()} == {("RETURNED", 3)}
    assert sorted(await _audited(arena, "parcel.return")) == parcels == sorted(stored)


async def _refund(operator: Operator, arena: Arena) -> None:
    payment = f"{arena.prefix}one"
    doomed = await arena.start(fault="command.before_result")
    await paid(arena, [payment])
    with pytest.raises(httpx.TransportError):
        await operator.refund(doomed, payment, "k")
    await arena.crashed(doomed)
    process = await arena.start()
    answer = await operator.refund(process, payment, "k")
    assert (answer.status_code, answer.headers["Idempotency-Replayed"]) == (202, "true")

    await arena.verdict()
    stored = arena.stored()[payment]
    (refund,) = stored["refunds"]
    assert (refund["refund_id"], stored["in_flight_minor"]) == (answer.json()["refund_id"], 500)
    assert await _commanded(arena) == {refund["key"]: payment}
    assert len(await _audited(arena, "refund.request")) == 1


async def _refunds(operator: Operator, arena: Arena) -> None:
    payments = [f"{arena.prefix}{number:04d}" for number in range(REFUNDED_ROWS)]
    doomed = await arena.start()
    await paid(arena, payments)
    arena.fail_command(
        "alwaysOn",
        failCommands=["commitTransaction"],
        appName=arena.database.name,
        blockConnection=True,
        blockTimeMS=COMMIT_TAKES_MS,
    )
    job_id = await operator.refund_all(doomed, REFUNDED_ROWS)
    await eventually(lambda: _rows_done(arena) >= KILL_AFTER_ROWS, JOB_SECONDS)
    doomed.kill()
    arena.fail_command("off")
    assert 0 < _rows_done(arena) < REFUNDED_ROWS
    await _job_done(operator, arena, job_id, REFUNDED_ROWS)

    await arena.verdict()
    stored = arena.stored()
    keys = {refund["key"]: payment for payment in payments for refund in stored[payment]["refunds"]}
    assert len(keys) == REFUNDED_ROWS
    assert (
        sum(int(row["in_flight_minor"]) for row in stored.values()) == REFUNDED_ROWS * AMOUNT_MINOR
    )
    assert await _commanded(arena) == keys
    assert sorted(await _audited(arena, "refund.request")) == payments


async def _job_done(operator: Operator, arena: Arena, job_id: str, rows: int) -> None:
    """A successor does the rest of the job."""
    process = await arena.start()
    job = await eventually(
        lambda: operator.job(process, job_id),
        JOB_SECONDS,
        until=lambda seen: seen["state"] == "DONE",
    )
    assert job["progress"] == {"done": rows, "total": rows}
    assert job["counts"] == {"SUCCEEDED": rows}


def _rows_done(arena: Arena) -> int:
    return arena.database["job_rows"].count_documents({"state": "SUCCEEDED"})


def _returned(arena: Arena) -> int:
    return arena.database["parcels"].count_documents({"status": "RETURNED"})


async def _commanded(arena: Arena) -> dict[str, str]:
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

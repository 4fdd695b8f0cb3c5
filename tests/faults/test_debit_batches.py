"""``kill -9`` of a process that builds and submits a batch: each charge is in it, and asked for,
once."""

import json
from collections import Counter
from contextlib import suppress
from functools import partial
from hashlib import sha256
from typing import Any

import httpx
import pytest

from payops_contracts.topics import DEBIT_COMMANDS
from payops_kernel.testing import eventually
from payops_testing.billing_debits.upstream import raised
from payops_testing.faultlab.arena import Arena
from payops_testing.faultlab.broker import end_sessions
from payops_testing.faultlab.checker.logs import read_logs
from payops_testing.faultlab.lanes import Case, Lanes
from payops_testing.faultlab.operators import Operator
from payops_testing.faultlab.processes import ServiceProcess
from payops_testing.faultlab.service import ServiceUnderFault
from payops_testing.faultlab.upstream import Outgoing

pytestmark = [pytest.mark.faults, pytest.mark.servers]

CHARGES = 1_300
"""Three pieces."""
PASSES = (3, 6)
"""Works that write: one of those that seal it, and one of those that submit it."""
POINTS = ("command.after_reserve", "command.after_command")
GROUP = "billing-debits"
BUILT_SECONDS = 90.0
DEBITS = ServiceUnderFault(
    name="billing_debits",
    reads="upstream.charges",
    state=lambda database: database["charges"].find({"version": {"$gt": 0}}),
    check=lambda _evidence, _findings: None,
    folder="services/billing-debits",
)

Document = dict[str, Any]


@pytest.mark.timeout(1_800)
async def test_a_batch_whose_builder_dies_is_sealed_and_submitted_once(
    lanes: Lanes, operator: Operator
) -> None:
    cases: dict[str, Case] = {
        f"{point}:{number}": partial(_killed, operator, f"{point}:{number}")
        for point in POINTS
        for number in PASSES
    }
    await lanes.run(cases, DEBITS)


async def _killed(operator: Operator, fault: str, arena: Arena) -> None:
    ids = [f"CH-{number:05d}" for number in range(CHARGES)]
    told = []
    for each in ids:
        said = raised(each)
        del said["data"]["initial_attempt"]
        told.append(Outgoing(json.dumps(said).encode(), each.encode()))
    doomed = await arena.start(fault=fault)
    await arena.publish(told)
    await eventually(lambda: len(arena.stored()) == CHARGES, BUILT_SECONDS)
    body = await _previewed(operator, doomed)
    with suppress(httpx.TransportError):  # a work that is tried again passes again: it may be this
        await _confirmed(operator, doomed, body)
    await doomed.crashed()
    # Nobody waits here until the dead process's transaction and claim have run out.
    await end_sessions(arena.kafka.address, GROUP)
    arena.admin.command({"killAllSessions": []})
    arena.database["due"].update_many({}, {"$unset": {"claimed_until": ""}})
    await _confirmed(operator, await arena.start(), body)
    await eventually(lambda: _is(arena, "SUBMITTED"), BUILT_SECONDS)
    await eventually(lambda: not arena.database["outbox"].count_documents({}), BUILT_SECONDS)
    await _is_whole(arena, ids)


async def _previewed(operator: Operator, process: ServiceProcess) -> Document:
    async with operator.at(process) as client:
        preview = await client.post("/v1/debit-batches/previews", json={"all": True})
    assert preview.json()["count"] == CHARGES, preview.text
    return {"preview_id": preview.json()["preview_id"], "submit_when_sealed": True}


async def _confirmed(operator: Operator, process: ServiceProcess, body: Document) -> None:
    """Asked under one key however often: the first answer again, where there was one."""
    async with operator.at(process) as client:
        made = await client.post("/v1/debit-batches", json=body, headers={"Idempotency-Key": "k"})
    assert made.status_code == 202, made.text


def _is(arena: Arena, status: str) -> bool:
    (batch,) = arena.database["debit_batches"].find()
    progress = batch["progress"]["submitted"] == CHARGES
    return bool(batch["status"] == status and progress)


async def _is_whole(arena: Arena, ids: list[str]) -> None:
    (batch,) = arena.database["debit_batches"].find()
    code, charges = batch["_id"], arena.stored()
    amounts = {key: int(row["amount_minor"]) for key, row in charges.items()}
    assert batch["submitted"]["count"] == batch["sealed"]["count"] == CHARGES
    assert int(batch["submitted"]["unpaid_minor"]) == sum(amounts.values())
    digest = ""
    for key in ids:
        digest = sha256(f"{digest}{key} {amounts[key]}\n".encode()).hexdigest()
    assert batch["digest"] == digest
    for row in charges.values():
        (attempt,) = row["attempts"]
        assert (row["status"], row["batches"], attempt["batch"]) == ("SUBMITTED", [code], code)
    log = (await read_logs(arena.kafka.address, [DEBIT_COMMANDS.name]))[DEBIT_COMMANDS.name]
    commands: list[Document] = [json.loads(each.value) for each in log.records if each.value]
    # The relay may publish one twice: then it is the very same.
    once = {event["id"] + event["subject"]: event for event in commands}.values()
    debits = [it["data"] for it in once if it["type"] == "payops.debit.requested.v1"]
    assert Counter(it["charge_id"] for it in debits) == Counter(ids)
    assert len({it["idempotency_key"] for it in debits}) == CHARGES
    (whole,) = [it["data"] for it in once if it["type"] == "payops.debit-batch.requested.v1"]
    assert (whole["count"], whole["sum_minor"], whole["digest"]) == (
        CHARGES, sum(amounts.values()), digest,
    )  # fmt: skip
    assert arena.database["debit_batch_pieces"].count_documents({}) == 0

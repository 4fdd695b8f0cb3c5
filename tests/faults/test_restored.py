"""A database put back to a backup: nothing is said or given twice, and all agree again."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo.database import Database

from payops_kernel.testing import eventually
from payops_testing.faultlab.arena import Arena
from payops_testing.faultlab.money_back import lives
from payops_testing.faultlab.operators import Operator, paid
from payops_testing.faultlab.processes import ServiceProcess
from payops_testing.faultlab.service import ANALYTICS
from payops_testing.faultlab.upstream import records

pytestmark = [pytest.mark.faults, pytest.mark.servers]

Backup = dict[str, list[dict[str, Any]]]

PAYMENTS = 120
STEP = 1_000_000
AGREE_SECONDS = 60.0
OPEN_JOB = {
    "_id": "transactions-open", "kind": "bulk-refund", "owner": "local:operator",
    "state": "QUEUED", "request": {}, "progress": {"done": 3, "total": 9}, "counts": {},
    "created_at": datetime(2026, 1, 15, tzinfo=UTC),
}  # fmt: skip


def backed_up(database: Database[dict[str, Any]]) -> Backup:
    """As mongodump would take it."""
    names = database.list_collection_names(filter={"type": "collection"})
    return {name: list(database[name].find()) for name in names if not name.startswith("system.")}


def put_back(database: Database[dict[str, Any]], backup: Backup) -> None:
    """As mongorestore --drop would; a collection that is newer than the backup goes."""
    for name in {*backed_up(database), *backup}:
        database[name].delete_many({})
        if backup.get(name):
            database[name].insert_many(backup[name])


async def issued(operator: Operator, process: ServiceProcess, payment: str) -> str:
    """The number of the payment's invoice, made now."""
    async with operator.at(process) as client:
        answer = await eventually(
            lambda: client.get(f"/v1/transactions/{payment}/invoice"),
            AGREE_SECONDS,
            until=lambda seen: seen.status_code != 503,  # a process looks once a second
        )
    assert answer.status_code == 200, answer.text
    return answer.headers["content-disposition"].partition("INV-")[2][:11]


def _facts(arena: Arena) -> list[dict[str, Any]]:
    """What analytics knows of each payment."""
    return list(arena.database_of(ANALYTICS)["payment_facts"].find())


async def all_agree(arena: Arena, above: int) -> dict[str, int]:
    """Analytics knows each transaction as it is stored, under a version above; those versions."""

    def agreed() -> dict[str, int]:
        stored = {key: row for key, row in arena.stored().items() if row["version"]}
        facts = {row["_id"]: row for row in _facts(arena)}
        assert facts.keys() == stored.keys()
        for key, row in stored.items():
            for field in ("version", "status", "amount_minor", "total_refunded_minor"):
                assert facts[key][field] == row[field], (key, field, facts[key][field], row[field])
        assert sum(bucket["count"] for bucket in arena.stored(ANALYTICS).values()) == len(stored)
        assert min(row["version"] for row in stored.values()) > above
        return {key: row["version"] for key, row in stored.items()}

    return await eventually(agreed, AGREE_SECONDS)


@pytest.mark.timeout(1_800)
async def test_a_restored_service_says_all_again_above_what_was_seen_and_gives_no_number_twice(
    arena: Arena, operator: Operator
) -> None:
    told = lives(PAYMENTS)
    await arena.start(ANALYTICS)
    process = await arena.start()
    await paid(arena, ["EARLY", "LATE", "INVOICED", "NEXT"])
    await arena.publish(records(told[: len(told) // 2]))
    assert (await operator.refund(process, "EARLY", "before")).status_code == 202
    await arena.drained()
    backup = backed_up(arena.database) | {"jobs": [OPEN_JOB]}

    await arena.publish(records(told[len(told) // 2 :]))
    assert (await operator.refund(process, "LATE", "after")).status_code == 202
    first = await issued(operator, process, "INVOICED")
    await arena.drained()
    seen = {row["_id"]: row["version"] for row in _facts(arena)}

    assert await process.stop() == 0
    put_back(arena.database, backup)
    assert len(arena.stored()) < len(seen)
    assert "start it" in await arena.payops("restored", "transactions")
    (job,) = arena.database["jobs"].find()
    assert job["state"] == "CANCELLED"

    process = await arena.start()
    said = await arena.payops("restored", "transactions")
    assert f"{len(seen):,} states said again, raised by 1,000,000" in said
    assert f"INV-{first} to INV-{first} were issued after the backup" in said
    versions = await all_agree(arena, above=STEP)
    assert versions.keys() == seen.keys()
    assert all(versions[key] > seen[key] for key in seen)
    second = await issued(operator, process, "NEXT")
    assert int(second[-6:]) == int(first[-6:]) + 1

    # Asked again it changes nothing; what happens afterwards is counted as ever.
    assert "Restored at" in await arena.payops("restored", "transactions")
    assert (await operator.refund(process, "INVOICED", "later")).status_code == 202
    later = await all_agree(arena, above=STEP)
    assert later == versions | {key: later[key] for key in ("INVOICED", "NEXT")}

    # The very same backup once more, though its versions were raised and seen meanwhile.
    assert await process.stop() == 0
    put_back(arena.database, backup)
    await arena.start()
    assert "raised by 2,000,000" in await arena.payops("restored", "transactions")
    await all_agree(arena, above=2 * STEP)
    assert "raised by 3,000,000" in await arena.payops("restored", "transactions", "--again")
    await all_agree(arena, above=3 * STEP)

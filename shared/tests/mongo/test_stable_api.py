"""What the kernel sends is MongoDB's Stable API: the same in every line of mongod since 5.0."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from uuid import uuid4

import pytest
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import OperationFailure
from pymongo.server_api import ServerApi, ServerApiVersion

import payops_kernel.mongo.client
from payops_kernel.clock import DrivenClock
from payops_kernel.due_rows import INDEXES as DUE_INDEXES
from payops_kernel.due_rows import DueRows
from payops_kernel.messaging.leases import Lease
from payops_kernel.messaging.outbox import INDEXES as OUTBOX_INDEXES
from payops_kernel.messaging.outbox import Outbox
from payops_kernel.messaging.positions import INDEXES as POSITION_INDEXES
from payops_kernel.messaging.positions import Anchor, Positions
from payops_kernel.messaging.relay_lag import RelayLag
from payops_kernel.mongo import (
    IndexModel,
    Mongo,
    Session,
    View,
    aggregate_rows,
    at_one_instant,
    connect,
    count_up_to,
    ensure_collections,
    with_snapshot_reads,
)
from payops_kernel.mongo.files import Files
from payops_kernel.mongo.snapshots import Snapshot
from payops_kernel.mongo.transactions import run_once
from payops_kernel.ports import DueRow, OutgoingMessage
from payops_kernel.telemetry import Metrics

API_STRICT_ERROR = 323
TOPIC = "toy"
ROWS = 3
INDEXES = {
    "rows": [IndexModel([("n", 1)], name="by_n")],
    **OUTBOX_INDEXES,
    **POSITION_INDEXES,
    **DUE_INDEXES,
}


@pytest.fixture
async def strict(mongo_uri: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Mongo]:
    """A fresh database, whose client mongod refuses whatever is not in the Stable API."""
    strictly = ServerApi(ServerApiVersion.V1, strict=True, deprecation_errors=True)
    monkeypatch.setattr(
        payops_kernel.mongo.client,
        "AsyncIOMotorClient",
        partial(AsyncIOMotorClient, server_api=strictly),
    )
    mongo = connect(mongo_uri, f"test_{uuid4().hex[:12]}")
    await ensure_collections(mongo.db, INDEXES, [View("seen", "rows", [{"$match": {"n": 1}}])])
    yield mongo
    await mongo.client.drop_database(mongo.db.name)
    mongo.close()


async def test_what_is_no_part_of_it_is_refused(strict: Mongo) -> None:
    with pytest.raises(OperationFailure) as refusal:
        await strict.db.command("dbStats")
    assert refusal.value.code == API_STRICT_ERROR


async def test_a_slice_with_fence_writes_and_outbox_is_part_of_it(strict: Mongo) -> None:
    positions = Positions(strict.db, "readers", TOPIC)
    outbox = Outbox(strict.db, {TOPIC: 1_000})
    await positions.begin(0, 0)

    async def body(session: Session) -> None:
        await positions.advance(0, 0, Anchor(0, 1, 2), session)
        await strict.db["rows"].insert_many([{"n": n} for n in range(ROWS)], session=session)
        await outbox.write([OutgoingMessage(TOPIC, b"k", b"v")], session)

    await run_once(strict, body)
    stored = await positions.load_confirmed(0)
    assert stored is not None
    assert stored.next == 1
    assert len(await with_snapshot_reads(strict.db["outbox"]).find().to_list(length=2)) == 1
    assert await strict.db["outbox"].estimated_document_count() == 1


async def test_leases_lag_and_due_work_by_the_clock_of_mongod_are_part_of_it(
    strict: Mongo, driven_clock: DrivenClock
) -> None:
    lease, other = Lease(strict.db, "relay"), Lease(strict.db, "relay")
    assert await lease.hold()
    assert not await other.hold()
    await lease.release()
    lag = RelayLag(strict, Metrics())
    await lag.look()
    assert lag.seconds == 0.0
    rows, now = DueRows(strict.db), driven_clock.now()
    due = [DueRow("anything", key, now, {}) for key in ("a", "b", "c")]
    await run_once(strict, lambda session: rows.schedule_many(due, session))
    one, two = await rows.claim("anything", now), await rows.claim("anything", now, most=5)
    assert [row["key"] for row in (*one, *two)] == ["a", "b", "c"]
    await run_once(strict, lambda session: rows.still(two, session))
    await run_once(strict, lambda session: rows.forget_many(two, session))
    await rows.close(one[0], "enough")
    assert await rows.claim("anything", now) == []


async def test_reads_of_lists_counts_and_instants_are_part_of_it(strict: Mongo) -> None:
    rows = strict.db["rows"]
    await rows.insert_many([{"n": n} for n in range(ROWS)])
    assert await count_up_to(rows, {"n": {"$gte": 0}}, 10, hint="by_n") == ROWS
    assert await count_up_to(rows, {"n": {"$gte": 0}}, 10, hint="by_nothing_yet") == ROWS
    assert len(await aggregate_rows(rows, [{"$match": {"n": 1}}], limit=5)) == 1
    assert await strict.db["seen"].count_documents({}) == 1
    found = await at_one_instant(
        strict, lambda session: rows.find({}, session=session).to_list(length=ROWS)
    )
    assert len(found) == ROWS
    snapshot = Snapshot(strict.db)
    assert (await snapshot.find("rows", {}, sort=[("n", 1)], limit=2)).more
    assert await snapshot.count_up_to("rows", {}, 10) == ROWS


async def test_stored_files_are_part_of_it(strict: Mongo) -> None:
    files = Files(strict.db, "files")
    new = files.new()
    await new.write(b"content")
    await new.close()
    assert b"".join([part async for part in await files.read(new.id)]) == b"content"
    await files.delete(new.id)

"""The raw limit of a command: one small transaction (read, update, outbox insert) at a time."""

from __future__ import annotations

import asyncio
import random
import time

from pymongo import WriteConcern
from pymongo.read_concern import ReadConcern

from bench.context import Bench
from bench.cpu import CpuMeter
from bench.folded import Write, writes_of
from bench.results import Figure, NotMeasured, Round
from bench.workload import payment_events
from payops_kernel.messaging.outbox import INDEXES as OUTBOX_INDEXES
from payops_kernel.mongo import Binary, Mongo, Timestamp, ensure_collections
from transactions.store.transactions import COLLECTION
from transactions.store.transactions import INDEXES as TRANSACTION_INDEXES

DATABASE = "bench_small"
CALLERS = (1, 8, 32)
STORED = 4_000


async def measure(bench: Bench) -> None:
    """Adds ``raw.small_transactions_<callers>``."""
    mongo = bench.bed.mongo(DATABASE)
    await ensure_collections(mongo.db, TRANSACTION_INDEXES | OUTBOX_INDEXES)
    writes = writes_of(payment_events("small", STORED * 2)[:STORED], mongo.db)
    await mongo.db[COLLECTION].insert_many([write.document for write in writes], ordered=False)
    for callers in CALLERS:
        rounds = [await _round(bench, mongo, writes, callers) for _ in range(bench.volumes.rounds)]
        title = f"small transactions (read, update, outbox insert), {callers} at a time"
        bench.results.add(
            Figure.of_rounds(f"raw.small_transactions_{callers}", title, "/s", rounds)
        )
    await mongo.client.drop_database(DATABASE)


async def _round(bench: Bench, mongo: Mongo, writes: list[Write], callers: int) -> Round:
    meter = CpuMeter(bench.bed.server_pids)
    began = time.perf_counter()
    end = began + bench.volumes.small_seconds / bench.volumes.rounds
    shares = [writes[number::callers] for number in range(callers)]
    done = await asyncio.gather(*(_caller(mongo, share, end) for share in shares))
    return Round(sum(done), time.perf_counter() - began, meter.taken())


async def _caller(mongo: Mongo, writes: list[Write], end: float) -> int:
    """Each caller has documents of its own, so that none waits for another's lock."""
    chance = random.Random(len(writes))
    done = 0
    while time.perf_counter() < end:
        write = chance.choice(writes)
        await _transaction(mongo, write)
        done += 1
    return done


async def _transaction(mongo: Mongo, write: Write) -> None:
    rows, outbox, key = mongo.db[COLLECTION], mongo.db["outbox"], write.document["_id"]
    async with (
        await mongo.client.start_session() as session,
        session.start_transaction(
            read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority")
        ),
    ):
        stored = await rows.find_one({"_id": key}, session=session)
        if stored is None:
            raise NotMeasured("a stored document is gone")
        done = await rows.update_one(
            {"_id": key, "version": stored["version"]},
            {"$inc": {"version": 1}, "$set": {"status": "PAID"}},
            session=session,
        )
        message = write.messages[0]
        await outbox.insert_one(
            {
                "order": Timestamp(0, 0),
                "messages": [
                    {"topic": message.topic, "key": Binary(message.key or b""),
                     "value": Binary(message.value or b"")}
                ],
            },
            session=session,
        )  # fmt: skip
    if done.matched_count != 1:
        raise NotMeasured("a compare-and-set met another writer")

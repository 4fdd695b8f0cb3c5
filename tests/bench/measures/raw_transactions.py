"""The raw limit of a pipeline: mongod through motor, transactions of our own documents.

The same documents, indexes and outbox bytes as the transactions service writes, made ahead, with
no Kafka, no fence, no load, no fold: only the writes and the commit. The best combination of slice
size and side by side counts.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any
from zlib import crc32

from pymongo import InsertOne, ReplaceOne, WriteConcern
from pymongo.read_concern import ReadConcern

from bench.context import Bench
from bench.cpu import CpuMeter
from bench.folded import Write, writes_of
from bench.results import Figure, NotMeasured, Round
from bench.workload import payment_events
from payops_kernel.messaging.outbox import INDEXES as OUTBOX_INDEXES
from payops_kernel.mongo import Binary, IndexModel, Mongo, Timestamp, ensure_collections
from transactions.store.transactions import COLLECTION
from transactions.store.transactions import INDEXES as TRANSACTION_INDEXES

DATABASE = "bench_raw"
SLICES = (250, 500, 1_000)
SIDE_BY_SIDE = (1, 2, 4)
STORED_AT_ONCE = 5_000

Slice = tuple[dict[str, list[Any]], dict[str, Any]]
"""Operations of one bulk write a collection, and the outbox document."""


class RawTransactions:
    """Rounds of new documents, in slices of some size, some side by side."""

    def __init__(
        self,
        bench: Bench,
        collection: str = COLLECTION,
        indexes: Mapping[str, Sequence[IndexModel]] = TRANSACTION_INDEXES,
    ) -> None:
        """Of documents of a collection, with its indexes: transactions, unless said otherwise."""
        self._bench = bench
        self._mongo = bench.bed.mongo(DATABASE)
        self._collection = collection
        self._indexes = indexes
        self._rounds = 0

    def writes(self) -> list[Write]:
        """What a round writes; no two rounds write the same."""
        self._rounds += 1
        events = payment_events(f"raw{self._rounds}", self._bench.volumes.transaction_events)
        return writes_of(events, self._mongo.db)

    async def store(self, collection: str, documents: Sequence[dict[str, Any]]) -> None:
        """What lies there before a round that changes it."""
        await ensure_collections(self._mongo.db, {**self._indexes, **OUTBOX_INDEXES})
        for start in range(0, len(documents), STORED_AT_ONCE):
            some = documents[start : start + STORED_AT_ONCE]
            await self._mongo.db[collection].insert_many(some, ordered=False)

    async def round(self, writes: Sequence[Write], size: int, lanes: int) -> Round:
        """All of them, behind what other rounds have written."""
        await ensure_collections(self._mongo.db, {**self._indexes, **OUTBOX_INDEXES})
        work = [_slices(lane, size, self._collection) for lane in _lanes(writes, lanes)]
        # All of the documents stand in memory: looking for cycles among them costs up to a quarter.
        gc.collect()
        gc.disable()
        try:
            meter = CpuMeter(self._bench.bed.server_pids)
            began = time.perf_counter()
            await asyncio.gather(*(_write_lane(self._mongo, slices) for slices in work))
            return Round(len(writes), time.perf_counter() - began, meter.taken())
        finally:
            gc.enable()

    async def drop(self) -> None:
        """Leave nothing behind."""
        await self._mongo.client.drop_database(DATABASE)


async def measure(bench: Bench) -> None:
    """Adds ``raw.transactions``, with every combination in its facts."""
    raw = RawTransactions(bench)
    writes = raw.writes()

    async def alone(size: int, lanes: int) -> Round:
        await raw.drop()
        return await raw.round(writes, size, lanes)

    tried: dict[tuple[int, int], list[Round]] = {}
    combinations = [bench.raw_best] if bench.volumes.known_best else product(SLICES, SIDE_BY_SIDE)
    for size, lanes in combinations:
        times = 1 if bench.volumes.best_only else bench.volumes.rounds
        tried[size, lanes] = [await alone(size, lanes) for _ in range(times)]
        bench.say(f"  {size} x {lanes}: {_median(tried[size, lanes]):,.0f} events/s")
    best = max(tried, key=lambda each: _median(tried[each]))
    while len(tried[best]) < bench.volumes.rounds:
        tried[best].append(await alone(*best))
    figure = Figure.of_rounds(
        "raw.transactions", "mongod through motor, transactions of our documents", "events/s",
        tried[best], note=f"best of {len(tried)}: slices of {best[0]}, {best[1]} side by side",
    )  # fmt: skip
    grid = {f"{size} x {lanes}": round(_median(rounds)) for (size, lanes), rounds in tried.items()}
    bench.results.add(figure.with_facts(combinations=grid))
    bench.raw_best = best
    await raw.drop()


def _median(rounds: Sequence[Round]) -> float:
    rates = sorted(each.rate for each in rounds)
    return rates[(len(rates) - 1) // 2]


def _lanes(writes: Sequence[Write], lanes: int) -> list[list[Write]]:
    split: list[list[Write]] = [[] for _ in range(lanes)]
    for write in writes:
        split[crc32(write.document["_id"].encode()) % lanes].append(write)
    return split


def _slices(lane: Sequence[Write], size: int, collection: str) -> list[Slice]:
    return [_slice(lane[start : start + size], collection) for start in range(0, len(lane), size)]


def _slice(writes: Sequence[Write], collection: str) -> Slice:
    operations: dict[str, list[Any]] = defaultdict(list)
    messages: list[dict[str, Any]] = []
    for write in writes:
        document = write.document
        before = {"_id": document["_id"]}
        if not write.by_id:
            before["version"] = document["version"] - 1
        changed = InsertOne(document) if write.opens else ReplaceOne(before, document)
        operations[collection].append(changed)
        for beside, row in write.beside:
            operations[beside].append(InsertOne(row) if isinstance(row, dict) else row)
        messages += [
            {
                "topic": message.topic,
                "key": Binary(message.key or b""),
                "value": Binary(message.value or b""),
            }
            for message in write.messages
        ]
    return operations, {"order": Timestamp(0, 0), "messages": messages}


async def _write_lane(mongo: Mongo, slices: Sequence[Slice]) -> None:
    for operations, outgoing in slices:
        async with (
            await mongo.client.start_session() as session,
            session.start_transaction(
                read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority")
            ),
        ):
            for collection, changes in operations.items():
                done = await mongo.db[collection].bulk_write(
                    changes, ordered=False, session=session
                )
                if done.inserted_count + done.matched_count + done.deleted_count != len(changes):
                    raise NotMeasured("a raw transaction did not write all of its documents")
            await mongo.db["outbox"].insert_one(outgoing, session=session)

"""The list of charges with three filters over HTTP at 200 requests a second, on many charges."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from pymongo import WriteConcern

from bench.backlog import stand_at_the_end
from bench.context import Bench
from bench.cpu import CpuMeter
from bench.http_load import Overload, closed_loop, open_loop
from bench.measures.charges_pipeline import SERVICE, charge_events, charge_writes
from bench.measures.lists import CALLERS, PAGE, RATE, SEED, WARM_SECONDS, refused_share
from bench.percentiles import percentile
from bench.results import Figure, NotMeasured
from bench.workload import DAYS, FIRST_INSTANT
from billing_debits.store.charges import COLLECTION, INDEXES
from payops_contracts.topics import BILLING_DEBITS_ON_CHARGES
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.mongo import Database, Int64, Mongo, ensure_collections
from payops_local.ports import LOOPBACK
from payops_local.services import SERVICES

STATUSES = {"FINALIZED": 80, "TEMP_REJECTED": 8, "PERMANENT_REJECTED": 6, "PENDING": 4,
            "SUBMITTED": 2}  # fmt: skip
"""Status and its weight: skewed, as real charges are."""
TYPES = {"END_OF_BILLING_CYCLE": 80, "LIMIT_EXCEED": 20}
RAILS = {"ACH": 60, "SEPA": 25, "CARD": 15}
BATCH = 5_000
WRITERS = 2
START_LIMIT_S = 60.0


async def measure(bench: Bench) -> None:
    """Adds ``charges.list_p50``, ``charges.list_p99`` and ``charges.list_refused``."""
    stored, chance = bench.volumes.stored_payments, random.Random(SEED)
    async with _service(bench, stored) as (port, pid):
        headers = {"Authorization": f"Bearer {bench.bed.platform.token('viewer')}"}
        await closed_loop(LOOPBACK, port, lambda: _path(chance), CALLERS, headers, WARM_SECONDS)
        paths = [_path(chance) for _ in range(round(RATE * bench.volumes.list_seconds))]
        meter = CpuMeter(bench.bed.server_pids | {"service": pid})
        try:
            answers = await open_loop(LOOPBACK, port, paths, RATE, headers)
        except Overload as error:
            raise NotMeasured(f"the list cannot keep up: {error}") from None
        cpu = meter.taken()
    took = [answer.seconds * 1_000 for answer in answers]
    refused, p50, p99 = refused_share(answers), percentile(took, 0.50), percentile(took, 0.99)
    title = f"list of {PAGE} charges, three filters, {RATE} requests/s, {stored:,} stored"
    facts = {"requests": len(answers), "p90": round(percentile(took, 0.90), 2),
             "max": round(max(took), 2)}  # fmt: skip
    add = bench.results.add
    add(Figure("charges.list_p50", f"{title}: p50", p50, "ms", cpu_seconds=cpu))
    add(Figure("charges.list_p99", f"{title}: p99", p99, "ms", facts=facts))
    title = "list of charges: refused as too broad"
    add(Figure("charges.list_refused", title, refused, "% of requests"))
    bench.say(f"  charges: p50 {p50:.1f} ms, p99 {p99:.1f} ms")


@asynccontextmanager
async def _service(bench: Bench, stored: int) -> AsyncIterator[tuple[int, int | None]]:
    """Its port and process id, on so many stored charges; they go afterwards."""
    platform = bench.bed.platform
    mongo = bench.bed.mongo(platform.database(SERVICE))
    await ensure_topics(platform.kafka)
    await ensure_collections(mongo.db, INDEXES)
    await _store(mongo, stored)
    bench.say(f"  {stored:,} charges stored")
    await stand_at_the_end(platform.kafka, BILLING_DEBITS_ON_CHARGES, mongo)
    process = bench.bed.service(SERVICE)
    await process.astart(START_LIMIT_S)
    offsets = {each.name: each.port_offset for each in SERVICES}
    try:
        yield platform.port(offsets[SERVICE]), process.pid
    finally:
        await process.astop()
        await mongo.client.drop_database(mongo.db.name)


async def _store(mongo: Mongo, count: int) -> None:
    rows = mongo.db.get_collection(COLLECTION, write_concern=WriteConcern(w=1))
    documents = _documents(mongo.db, count)
    sizes = [min(BATCH, count - start) for start in range(0, count, BATCH)]

    async def write() -> None:
        while sizes:
            size = sizes.pop()
            await rows.insert_many([next(documents) for _ in range(size)], ordered=False)

    await asyncio.gather(*(write() for _ in range(WRITERS)))


def _documents(db: Database, count: int) -> Iterator[dict[str, Any]]:
    """One that the service's own code makes, each time with other particulars."""
    (pattern,) = charge_writes(charge_events("pattern", 1), db)
    chance = random.Random(SEED)
    words = [chance.choices(list(each), list(each.values()), k=count)
             for each in (STATUSES, TYPES, RAILS)]  # fmt: skip
    stem = {field: value for field, value in pattern.document.items() if field != "collect_at"}
    for number, (status, kind, rail) in enumerate(zip(*words, strict=True)):
        at = FIRST_INSTANT + timedelta(milliseconds=chance.randrange(DAYS * 86_400_000))
        charge_id = f"stored-{chance.getrandbits(40):010x}-{number}"
        yield stem | {
            "_id": charge_id,
            "status": status,
            "type": kind,
            "rail": rail,
            "created_at": at,
            "cycle": _cycle(at),
            "amount_minor": Int64(chance.randrange(100, 50_000)),
            "search": [charge_id, f"mp-{number % 100_000}", f"bl-{charge_id}"],
        }


def _cycle(at: datetime) -> str:
    return f"{at:%Y%m}01"


def _path(chance: random.Random) -> str:
    """A first page with three filters, drawn as people would: common values are asked for more."""
    status = chance.choices(list(STATUSES), list(STATUSES.values()))[0]
    kind = chance.choices(list(TYPES), list(TYPES.values()))[0]
    rail = chance.choices(list(RAILS), list(RAILS.values()))[0]
    month = chance.randrange(1, 6)
    within = {
        "created_from": f"2025-{month:02d}-01T00:00:00Z",
        "created_to": f"2025-{month + 1:02d}-01T00:00:00Z",
    }
    choices: list[dict[str, str]] = [
        {"status": status, "type": kind, "rail": rail},
        {"status": status, "type": kind, **within},
        {"status": status, "rail": rail, "billing_cycle_code": f"2025{month:02d}01"},
        {"type": kind, "rail": rail, **within},
        {"status": status, "type": kind, "amount_from": str(chance.randrange(0, 40_000, 5_000))},
    ]
    return f"/v1/charges?{urlencode(chance.choice(choices) | {'limit': str(PAGE)})}"

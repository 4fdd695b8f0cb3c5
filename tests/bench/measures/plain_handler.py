"""The baseline: the same job as most people would write it, one message at a time."""

from __future__ import annotations

import time

from bench.context import Bench
from bench.cpu import CpuMeter
from bench.plain_service import INTO, OUT_OF
from bench.results import Figure, Round
from bench.traffic import LogEnds, make_topic, publish_all
from bench.waiting import until
from bench.workload import payment_events
from payops_kernel.mongo import ensure_collections
from transactions.store.transactions import INDEXES

DATABASE = "bench_plain"
WARM_EVENTS = 100
START_LIMIT_S = 40.0
ROUND_LIMIT_S = 120.0


async def measure(bench: Bench) -> None:
    """Adds ``baseline.plain_handler``."""
    bed, count = bench.bed, bench.volumes.plain_events
    address = bed.platform.kafka
    await make_topic(address, OUT_OF)
    await make_topic(address, INTO)
    mongo = bed.mongo(DATABASE)
    await ensure_collections(mongo.db, INDEXES)
    program = bed.program("bench.plain_service", {"BENCH_DATABASE": DATABASE})
    await program.astart()
    async with LogEnds(address, INTO) as ends:
        await publish_all(address, OUT_OF, payment_events("warm", WARM_EVENTS))
        handled = WARM_EVENTS

        async def all_handled() -> bool:
            return await ends.total() >= handled

        await until("the plain handler's first messages", all_handled, START_LIMIT_S)
        program.pause()
        await publish_all(address, OUT_OF, payment_events("plain", count))
        handled += count
        meter = CpuMeter(bed.server_pids | {"handler": program.pid})
        program.resume()
        began = time.monotonic()
        done = await until("the plain handler's backlog", all_handled, ROUND_LIMIT_S)
        measured = Round(count, done - began, meter.taken())
    await program.astop()
    bench.results.add(
        Figure.of_rounds(
            "baseline.plain_handler",
            "plain FastStream handler: one majority upsert, one publish a message",
            "events/s",
            [measured],
        )
    )
    await mongo.client.drop_database(DATABASE)

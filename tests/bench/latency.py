"""From upstream's publish to a visible KPI, on the running platform.

One event in ten is a probe: a payment on a channel of its own, so a KPI bucket of its own, whose
id is known ahead. The time runs from the probe's scheduled publish instant until a look at
analytics' database finds its bucket.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from analytics.domain.payment_facts import Bucket
from analytics.store.payments import BUCKETS, bucket_id
from bench.context import Bench
from bench.percentiles import percentile
from bench.results import Figure, NotMeasured
from bench.workload import Event, paid, payment_events, payments_of
from payops_contracts.topics import UPSTREAM_PAYMENTS
from payops_kernel.messaging.producer import partition_of, start_producer
from payops_kernel.mongo import Mongo, connect
from payops_local.platform import Platform

RATE = 500
PROBE_EVERY = 10
WARM_SECONDS = 3.0
LOOK_SECONDS = 0.02
LOOK_AT_MOST = 500
LATE_LIMIT_S = 30.0


@dataclass
class _Probes:
    """Publish instants of the probes that nobody has seen yet, and how long the others took."""

    waiting: dict[str, float] = field(default_factory=dict)
    took_ms: list[float] = field(default_factory=list)
    published_all: bool = False


async def measure_latency(bench: Bench, platform: Platform) -> None:
    """Adds ``latency.p50`` and ``latency.p99`` in milliseconds."""
    mongo = connect(platform.mongo, platform.database("analytics"))
    try:
        await _run(platform.kafka, mongo, "warm", WARM_SECONDS)
        took = await _run(platform.kafka, mongo, "timed", bench.volumes.latency_seconds)
    finally:
        mongo.close()
    title = f"upstream publish to KPI at {RATE} events/s"
    facts = {
        "probes": len(took),
        "p90": round(percentile(took, 0.90), 1),
        "max": round(max(took), 1),
        "resolution_ms": LOOK_SECONDS * 1_000,
    }
    bench.results.add(Figure("latency.p50", f"{title}: p50", percentile(took, 0.50), "ms"))
    bench.results.add(
        Figure("latency.p99", f"{title}: p99", percentile(took, 0.99), "ms", facts=facts)
    )


async def _run(kafka: str, mongo: Mongo, prefix: str, seconds: float) -> list[float]:
    probes = _Probes()
    events = list(_events(f"{prefix}-{time.time_ns()}", round(RATE * seconds)))
    async with asyncio.TaskGroup() as group:
        group.create_task(_publish(kafka, events, probes))
        group.create_task(_look(mongo, probes))
    return probes.took_ms


def _events(prefix: str, count: int) -> Iterator[tuple[Event, str | None]]:
    """Events in their order, with the id of the bucket that a probe leads to."""
    others = iter(payment_events(prefix, count))
    for number, payment in enumerate(payments_of(f"{prefix}-probe", count)):
        if number % PROBE_EVERY:
            yield next(others), None
        else:
            payment = payment | {"channel": f"probe-{number}"}
            yield paid(payment), _bucket_of(payment)


def _bucket_of(payment: dict[str, Any]) -> str:
    topic = UPSTREAM_PAYMENTS
    return bucket_id(
        Bucket(
            currency=payment["currency"],
            day=payment["created_at"][:10],
            status="PAID",
            method=payment["method"],
            channel=payment["channel"],
            partition=partition_of(payment["transaction_id"].encode(), topic.partitions),
        )
    )


async def _publish(kafka: str, events: list[tuple[Event, str | None]], probes: _Probes) -> None:
    producer = await start_producer(kafka)
    try:
        began = time.monotonic()
        acks = []
        for number, (event, bucket) in enumerate(events):
            due = began + number / RATE
            wait = due - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            if bucket is not None:
                probes.waiting[bucket] = due
            acks.append(await producer.send(UPSTREAM_PAYMENTS.name, event.value, event.key))
        await asyncio.gather(*acks)
    finally:
        probes.published_all = True
        await producer.stop()


async def _look(mongo: Mongo, probes: _Probes) -> None:
    buckets = mongo.db[BUCKETS]
    while probes.waiting or not probes.published_all:
        oldest = [key for key, _ in zip(probes.waiting, range(LOOK_AT_MOST), strict=False)]
        found = buckets.find({"_id": {"$in": oldest}}, projection={"_id": 1})
        seen = await found.to_list(length=None) if oldest else []
        now = time.monotonic()
        probes.took_ms += [1_000 * (now - probes.waiting.pop(row["_id"])) for row in seen]
        if oldest and now - min(probes.waiting.values(), default=now) > LATE_LIMIT_S:
            raise NotMeasured(f"a payment was not in the KPIs within {LATE_LIMIT_S:.0f} s")
        await asyncio.sleep(LOOK_SECONDS)

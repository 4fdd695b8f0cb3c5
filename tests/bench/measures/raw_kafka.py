"""The machine's raw limits on Kafka: publish one by one, publish in batches, consume and drop."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import cycle, islice

from bench.context import Bench
from bench.cpu import CpuMeter
from bench.folded import domain_messages, published
from bench.results import Figure, Round
from bench.traffic import (
    by_partition,
    consume_all,
    make_topic,
    send_batches,
    send_one_by_one,
)
from bench.workload import Event, payment_events
from payops_kernel.messaging import OutgoingMessage
from payops_kernel.messaging.producer import start_producer

DATABASE = "bench_raw"
WARM_EVENTS = 2_000


async def measure(bench: Bench) -> None:
    """Adds ``raw.produce_*`` and ``raw.consume``."""
    count = bench.volumes.kafka_messages
    address = bench.bed.platform.kafka
    events = payment_events("raw", count)
    # As many domain events take twice the bytes: half of them keep the memory small.
    messages = domain_messages(events[: count // 2], bench.bed.mongo(DATABASE).db)
    ours = published(messages)
    for topic in ("bench.raw.single", "bench.raw.batches", "bench.raw.domain"):
        await make_topic(address, topic)

    producer = await start_producer(address)
    try:
        lanes, our_lanes = by_partition(events), by_partition(ours)
        await send_batches(producer, "bench.raw.single", by_partition(events[:WARM_EVENTS]))
        await _rounds(
            bench, "raw.produce_single", f"aiokafka produce, one by one ({_bytes(events)})",
            count, lambda: send_one_by_one(producer, "bench.raw.single", events),
        )  # fmt: skip
        await _rounds(
            bench, "raw.produce_batches", f"aiokafka produce, in batches ({_bytes(events)})",
            count, lambda: send_batches(producer, "bench.raw.batches", lanes),
        )  # fmt: skip
        await _rounds(
            bench, "raw.produce_domain_events",
            f"aiokafka produce, in batches, our domain events ({_bytes(ours)})",
            len(ours), lambda: send_batches(producer, "bench.raw.domain", our_lanes),
        )  # fmt: skip
    finally:
        await producer.stop()
    await _rounds(
        bench, "raw.consume", "aiokafka consume and drop", count,
        lambda: consume_all(address, "bench.raw.batches", count),
    )  # fmt: skip


class RawPublish:
    """The same messages over and over, in batches, each round by a producer of its own."""

    def __init__(
        self, bench: Bench, topic: str, messages: Sequence[OutgoingMessage], count: int
    ) -> None:
        self._bench = bench
        self._topic = topic
        events = published(messages)
        self._lanes = by_partition(list(islice(cycle(events), count)))
        self._warm = by_partition(events[:WARM_EVENTS])
        self._count = count

    async def round(self) -> Round:
        """All of them, acknowledged."""
        address = self._bench.bed.platform.kafka
        await make_topic(address, self._topic)
        producer = await start_producer(address)
        try:
            await send_batches(producer, self._topic, self._warm)
            meter = CpuMeter(self._bench.bed.server_pids)
            began = time.perf_counter()
            await send_batches(producer, self._topic, self._lanes)
            return Round(self._count, time.perf_counter() - began, meter.taken())
        finally:
            await producer.stop()


async def _rounds(
    bench: Bench, key: str, title: str, count: int, work: Callable[[], Awaitable[None]]
) -> None:
    rounds: list[Round] = []
    for _ in range(bench.volumes.rounds):
        meter = CpuMeter(bench.bed.server_pids)
        began = time.perf_counter()
        await work()
        rounds.append(Round(count, time.perf_counter() - began, meter.taken()))
    bench.results.add(Figure.of_rounds(key, title, "messages/s", rounds))


def _bytes(events: list[Event]) -> str:
    return f"{sum(len(event.value) for event in events) // len(events)} bytes"

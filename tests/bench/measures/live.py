"""Streams of what changes: a thousand watchers of one gateway, and a bare program for as many.

Each watcher shows fifty of the same payments and asks for newcomers. Payments change at a steady
rate. A change's time runs from its publish until a watcher has the frame that names it; of each
frame the slowest change counts. The bare program reads the same topic and writes one line a second
to as many sockets, without HTTP, tokens, or knowing who shows what.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import orjson
from aiokafka import AIOKafkaProducer

from bench.context import Bench
from bench.cpu import CpuMeter
from bench.listening import START_LIMIT_S, listening
from bench.percentiles import percentile
from bench.plain_streams import HELLO
from bench.results import Figure, NotMeasured
from payops_contracts.topics import TRANSACTIONS
from payops_kernel.auth.issuer import TokenIssuer
from payops_kernel.auth.principals import UserRole
from payops_kernel.http.event_streams import STREAMS_A_CALLER_MAX
from payops_kernel.messaging.topics import ensure_topics
from payops_local.ports import LOOPBACK
from payops_local.services import GATEWAY, SERVICES
from payops_local.supervising.python_process import PythonProcess

PAYMENTS, SHOWN = 2_000, 50
CHANGES_PER_S, NEW_EVERY = 50, 10
OPEN_AT_ONCE = 50
OPEN_LIMIT_S = 60.0
WARM_SECONDS = 2.0
SEED = 5
DATA = {"status": "PAID", "padding": "x" * 1_500}
"""As large as an event of the domain is."""


@dataclass
class _Watched:
    """When each change was published, and what became of it at the watchers."""

    published: dict[tuple[str, int], float] = field(default_factory=dict)
    counts: bool = False
    took_ms: list[float] = field(default_factory=list)
    frames: int = 0

    def told(self, changes: Iterator[tuple[str, int]], now: float) -> None:
        """A frame named these subjects at these versions."""
        self.frames += self.counts
        known = [at for each in changes if (at := self.published.get(each)) is not None]
        if self.counts and known:
            self.took_ms.append((now - min(known)) * 1_000)


@dataclass(frozen=True)
class _Found:
    """One round of either program."""

    watched: _Watched
    cpu_seconds: float
    memory_mib: float
    seconds: float


async def measure(bench: Bench) -> None:
    """Adds ``live.p50``, ``live.p99``, ``live.memory``, ``live.cpu``, and the bare program's."""
    platform = bench.bed.platform
    await ensure_topics(platform.kafka)
    ours = await _ours(bench)
    bare = await _bare(bench)
    streams = bench.volumes.live_streams
    _add(
        bench,
        lambda what: f"live.{what}",
        f"gateway, {streams:,} streams, {CHANGES_PER_S} changes/s",
        ours,
    )
    _add(bench, lambda what: f"raw.live_{what}", f"raw: a bare program, {streams:,} sockets", bare)


def _add(bench: Bench, key: Callable[[str], str], title: str, found: _Found) -> None:
    took = found.watched.took_ms
    said = f"{title}: publish to watcher"
    if not took:
        raise NotMeasured(f"no change was told ({title})")
    share = 100 * found.cpu_seconds / found.seconds
    facts = {"frames": found.watched.frames, "told": len(took), "max_ms": round(max(took), 1)}
    for figure in (
        Figure(key("p50"), f"{said}, p50", percentile(took, 0.5), "ms"),
        Figure(key("p99"), f"{said}, p99", percentile(took, 0.99),
               "ms", facts=facts),
        Figure(key("memory"), f"{title}: resident memory", found.memory_mib, "MiB"),
        Figure(key("cpu"), f"{title}: CPU", share, "% of a core"),
    ):  # fmt: skip
        bench.results.add(figure)
    bench.say(f"  {title}: p99 {percentile(took, 0.99):,.0f} ms, {found.memory_mib:.0f} MiB")


async def _ours(bench: Bench) -> _Found:
    gateway = bench.bed.service(GATEWAY)
    await gateway.astart(START_LIMIT_S)
    try:
        offset = next(each.port_offset for each in SERVICES if each.name == GATEWAY)
        port = bench.bed.platform.port(offset)
        tokens = list(_tokens(bench))

        @asynccontextmanager
        async def watcher(number: int, watched: _Watched) -> AsyncIterator[None]:
            token = tokens[number // STREAMS_A_CALLER_MAX]
            async with _sse(port, number, token, watched):
                yield

        return await _round(bench, gateway, watcher)
    finally:
        await gateway.astop()


async def _bare(bench: Bench) -> _Found:
    topic = {"BENCH_TOPIC": TRANSACTIONS.name}
    async with listening(bench, "bench.plain_streams", **topic) as (program, port):

        @asynccontextmanager
        async def watcher(_number: int, watched: _Watched) -> AsyncIterator[None]:
            async with _lines(port, watched):
                yield

        return await _round(bench, program, watcher)


async def _round(bench: Bench, process: PythonProcess, watcher: Any) -> _Found:
    watched = _Watched()
    async with AsyncExitStack() as watchers:
        async with asyncio.timeout(OPEN_LIMIT_S):
            for first in range(0, bench.volumes.live_streams, OPEN_AT_ONCE):
                numbers = range(first, min(first + OPEN_AT_ONCE, bench.volumes.live_streams))
                await asyncio.gather(*(
                    watchers.enter_async_context(watcher(number, watched)) for number in numbers
                ))  # fmt: skip
        await _publish(bench, watched, WARM_SECONDS)
        watched.counts = True
        meter = CpuMeter({"ours": process.pid})
        began = time.monotonic()
        await _publish(bench, watched, bench.volumes.live_seconds)
        seconds, cpu = time.monotonic() - began, meter.taken()["ours"]
        return _Found(watched, cpu, meter.memory_mib()["ours"], seconds)


async def _publish(bench: Bench, watched: _Watched, seconds: float) -> None:
    chance = random.Random(SEED)
    producer = AIOKafkaProducer(bootstrap_servers=bench.bed.platform.kafka, linger_ms=0)
    await producer.start()
    try:
        began = time.perf_counter()
        for number in range(round(seconds * CHANGES_PER_S)):
            await asyncio.sleep(began + number / CHANGES_PER_S - time.perf_counter())
            new = number % NEW_EVERY == 0
            version = len(watched.published) + 2
            subject = f"new-{version}" if new else _payment(chance.randrange(PAYMENTS))
            change = (subject, 1 if new else version)
            watched.published[change] = time.perf_counter()
            said = {"subject": subject, "sequence": f"{change[1]:012}", "data": DATA}
            await producer.send(TRANSACTIONS.name, orjson.dumps(said), key=subject.encode())
        await producer.flush()
    finally:
        await producer.stop()


def _payment(number: int) -> str:
    return f"payment-{number:08}"


def _tokens(bench: Bench) -> Iterator[str]:
    platform = bench.bed.platform
    issuer = TokenIssuer.from_file(
        platform.data.keys / "issuer.pem",
        issuer=platform.settings["PAYOPS_AUTH_ISSUER"],
        audience=platform.settings["PAYOPS_AUTH_AUDIENCE"],
    )
    for number in range(bench.volumes.live_streams // STREAMS_A_CALLER_MAX + 1):
        subject = f"watcher-{number}@payops.local"
        yield issuer.issue(subject, "W", [UserRole.VIEWER], timedelta(hours=1))


@asynccontextmanager
async def _sse(port: int, number: int, token: str, watched: _Watched) -> AsyncIterator[None]:
    shown = [_payment((number * SHOWN + each) % PAYMENTS) for each in range(SHOWN)]
    asked = urlencode({"subject": shown, "kind": "transactions"}, doseq=True)
    head = f"GET /v1/events?{asked} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    writer.write(head.encode())
    status = await reader.readline()
    if b" 200 " not in status:
        raise NotMeasured(f"a stream was answered {status.decode().strip()}")
    while b"event: hello" not in await reader.readline():
        pass

    async def read() -> None:
        while line := await reader.readline():
            if line.startswith(b'data: {"at":') and b'"changed":' in line:
                now, said = time.perf_counter(), orjson.loads(line[6:])
                watched.told(((c["id"], c["version"]) for c in said["changed"]), now)

    async with _reading(read(), writer):
        yield


@asynccontextmanager
async def _lines(port: int, watched: _Watched) -> AsyncIterator[None]:
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    if await reader.readline() != HELLO:
        raise NotMeasured("the bare program did not answer")

    async def read() -> None:
        while line := await reader.readline():
            now, said = time.perf_counter(), orjson.loads(line)
            watched.told(((subject, version) for subject, version in said), now)

    async with _reading(read(), writer):
        yield


@asynccontextmanager
async def _reading(read: Any, writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    task = asyncio.create_task(read)
    try:
        yield
    finally:
        task.cancel()
        writer.close()

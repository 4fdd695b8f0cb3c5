"""Detail pages, and pages deep in the list beside the first one."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from itertools import cycle
from urllib.parse import urlencode

from bench.context import Bench
from bench.cpu import CpuMeter
from bench.http_load import OK, TimedResponse, closed_loop
from bench.percentiles import percentile
from bench.results import Figure, NotMeasured, Round
from bench.transactions_service import TransactionsService
from payops_local.ports import LOOPBACK
from transactions.store.transactions import COLLECTION

CALLERS = 8
KNOWN_IDS = 2_000
ROLE = "viewer"
LIST = "/v1/transactions"
PAGE, STEP = 50, 200
SEED = 11


async def measure_detail(bench: Bench, service: TransactionsService) -> None:
    """Adds ``detail.capacity`` (pages a second), and ``raw.find_one`` of the same documents."""
    sampled = service.mongo.db[COLLECTION].aggregate(
        [{"$sample": {"size": KNOWN_IDS}}, {"$project": {"_id": 1}}]
    )
    ids = [row["_id"] async for row in sampled]
    bench.results.add(await _raw_find_one(bench, service, ids))
    chance = random.Random(SEED)
    answers, measured = await _load(
        service, lambda: f"{LIST}/{chance.choice(ids)}", CALLERS, bench.volumes.capacity_seconds
    )
    title = f"detail of a payment, {CALLERS} callers without pause"
    took = [answer.seconds * 1_000 for answer in answers]
    figure = Figure.of_rounds("detail.capacity", title, "pages/s", [measured])
    bench.results.add(figure.with_facts(p99_ms=round(percentile(took, 0.99), 2)))
    bench.say(f"  {measured.rate:,.0f} details/s")


async def _raw_find_one(bench: Bench, service: TransactionsService, ids: list[str]) -> Figure:
    chance = random.Random(SEED)
    rows = service.mongo.db[COLLECTION]
    meter = CpuMeter(bench.bed.server_pids)
    began = time.perf_counter()
    end = began + bench.volumes.capacity_seconds / 2

    async def call() -> int:
        done = 0
        while time.perf_counter() < end:
            await rows.find_one({"_id": chance.choice(ids)})
            done += 1
        return done

    done = sum(await asyncio.gather(*(call() for _ in range(CALLERS))))
    measured = Round(done, time.perf_counter() - began, meter.taken())
    title = f"raw: one document by its id, {CALLERS} at a time"
    return Figure.of_rounds("raw.find_one", title, "/s", [measured])


async def measure_depth(bench: Bench, service: TransactionsService) -> None:
    """Adds ``list.first_page`` and ``list.deep_page`` (milliseconds, p50, one caller)."""
    cursor, passed = "", 0
    while passed < bench.volumes.deep_rows:
        page = (await service.ask("GET", _path(STEP, cursor), role=ROLE)).json()
        cursor, passed = page["next"], passed + STEP
        if not cursor:
            raise NotMeasured(f"the list ended behind {passed:,} rows")
    paths = cycle([_path(PAGE, ""), _path(PAGE, cursor)])
    # In turns, so that whatever disturbs one disturbs the other.
    answers, _ = await _load(service, lambda: next(paths), 1, bench.volumes.capacity_seconds)
    took = [answer.seconds * 1_000 for answer in answers]
    first, deep = percentile(took[::2], 0.50), percentile(took[1::2], 0.50)
    title = f"page of {PAGE}, one caller, p50"
    bench.results.add(Figure("list.first_page", f"first {title}", first, "ms"))
    bench.results.add(Figure("list.deep_page", f"{title}, behind {passed:,} rows", deep, "ms"))
    bench.say(f"  first page {first:.1f} ms, behind {passed:,} rows {deep:.1f} ms")


async def _load(
    service: TransactionsService, next_path: Callable[[], str], callers: int, seconds: float
) -> tuple[list[TimedResponse], Round]:
    meter = CpuMeter(service.pids)
    began = time.perf_counter()
    answers = await closed_loop(
        LOOPBACK, service.port, next_path, callers, service.headers(ROLE), seconds
    )
    measured = Round(len(answers), time.perf_counter() - began, meter.taken())
    failed = [answer.status for answer in answers if answer.status != OK]
    if failed:
        raise NotMeasured(f"{len(failed)} of {len(answers)} requests were answered {failed[0]}")
    return answers, measured


def _path(limit: int, cursor: str) -> str:
    asked = {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
    return f"{LIST}?{urlencode(asked)}"

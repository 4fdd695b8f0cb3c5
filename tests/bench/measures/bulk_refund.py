"""A bulk refund by the worker: from its confirmation until every row has its outcome."""

from __future__ import annotations

import asyncio
import time
import uuid

from bench.context import Bench
from bench.cpu import CpuMeter
from bench.refundable import store_refundable
from bench.results import Figure, NotMeasured, Round
from bench.transactions_service import TransactionsService, transactions_service

LOOK_SECONDS = 0.1
WARM_ROWS = 200
JOB_LIMIT_S = 240.0
OPEN = {"QUEUED", "RUNNING"}
BULK_REFUNDS = "/v1/transactions/bulk-refunds"


async def measure(bench: Bench) -> None:
    """Adds ``refunds.bulk`` (rows a second)."""
    async with transactions_service(bench) as service:
        await _job(service, await store_refundable(service.mongo, "bulk-warm", WARM_ROWS))
        payments = await store_refundable(service.mongo, "bulk", bench.volumes.bulk_rows)
        measured = await _job(service, payments)
    title = f"bulk refund of {len(payments):,} payments, as a job"
    bench.results.add(Figure.of_rounds("refunds.bulk", title, "rows/s", [measured]))
    bench.say(f"  {measured.rate:,.0f} rows/s")


async def _job(service: TransactionsService, payments: list[str]) -> Round:
    preview = await service.ask("POST", f"{BULK_REFUNDS}/previews", json={"ids": payments})
    meter = CpuMeter(service.pids)
    began = time.perf_counter()
    body = {"preview_id": preview.json()["preview_id"], "reason": "benchmark"}
    accepted = await service.ask("POST", BULK_REFUNDS, key=uuid.uuid4().hex, json=body)
    path = accepted.headers["Location"]
    job = accepted.json()
    while job["state"] in OPEN:
        if time.perf_counter() - began > JOB_LIMIT_S:
            raise NotMeasured(
                f"after {JOB_LIMIT_S:.0f} s {job['progress']['done']:,} rows were done"
            )
        await asyncio.sleep(LOOK_SECONDS)
        job = (await service.ask("GET", path)).json()
    measured = Round(len(payments), time.perf_counter() - began, meter.taken())
    if job["counts"] != {"SUCCEEDED": len(payments)}:
        raise NotMeasured(f"the job ended as {job['state']} with {job['counts']}")
    return measured

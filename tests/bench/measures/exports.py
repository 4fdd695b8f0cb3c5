"""Exports of all stored payments, end to end: CSV as an answer, XLSX as a job and its file."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import psutil

from bench.context import Bench
from bench.cpu import CpuMeter
from bench.download import Download, download
from bench.percentiles import percentile
from bench.results import Figure, NotMeasured, Round
from bench.transactions_service import TransactionsService, transactions_service
from payops_kernel.mongo import Mongo
from payops_local.ports import LOOPBACK
from transactions.api.transaction_list import TRANSACTION_LIST
from transactions.store.transactions import COLLECTION

PATH = "/v1/transactions/export?format="
ROLE = "viewer"
OK = 200
FIRST_BYTES = 10
"""Exports that are begun for the median of the first byte; of few rows, so that they end soon."""
FEW_ROWS = "&created_from=2025-01-01T00:00:00Z&created_to=2025-01-02T00:00:00Z"
MEMORY_LOOK_SECONDS = 0.05
JOB_LOOK_SECONDS = 0.1
OPEN = {"QUEUED", "RUNNING"}
MIB = 1024**2
READ_BATCH = 2_000


async def measure(bench: Bench) -> None:
    """Adds ``exports.*`` (rows a second, milliseconds, MiB) and ``raw.read_rows``."""
    async with transactions_service(bench, stored=bench.volumes.stored_payments) as service:
        await _raw_read(bench, service.mongo)
        target = _Target(service)
        first = [
            (await target.fetch(f"{PATH}csv{FEW_ROWS}")).first_byte_s for _ in range(FIRST_BYTES)
        ]
        grown_csv = await _grows(bench, service, "csv", target.csv)
        grown_xlsx = await _grows(bench, service, "xlsx", target.xlsx)
        first.append(target.csv_first_byte_s)
    results = bench.results
    results.add(
        Figure(
            "exports.first_byte", "CSV: first byte, the worst of several",
            1_000 * max(first), "ms",
            note=f"p50 {1_000 * percentile(first, 0.5):.0f} ms",
        )
    )  # fmt: skip
    title = "growth of the service's memory while it writes"
    results.add(Figure("exports.csv_memory", f"CSV: {title}", grown_csv, "MiB"))
    results.add(Figure("exports.xlsx_memory", f"XLSX: {title}", grown_xlsx, "MiB"))


class _Target:
    """Fetches exports, and knows from their manifests how many rows they had."""

    def __init__(self, service: TransactionsService) -> None:
        self._service = service
        self._headers = service.headers(ROLE)
        self.csv_first_byte_s = 0.0

    async def fetch(self, path: str) -> Download:
        got = await download(LOOPBACK, self._service.port, path, self._headers)
        if got.status != OK or not got.size:
            raise NotMeasured(f"{path} was answered {got.status} with {got.size} bytes")
        return got

    async def csv(self) -> int:
        """The whole file as an answer; its rows."""
        got = await self.fetch(f"{PATH}csv")
        self.csv_first_byte_s = got.first_byte_s
        return await self._rows(got.headers["export-id"])

    async def xlsx(self) -> int:
        """Ordered, made by the worker and fetched; its rows."""
        answer = await self._service.ask("GET", f"{PATH}xlsx", role=ROLE)
        if answer.status_code == OK:  # so few rows that it came at once
            return await self._rows(answer.headers["export-id"])
        job = answer.json()
        while job["state"] in OPEN:
            await asyncio.sleep(JOB_LOOK_SECONDS)
            job = (await self._service.ask("GET", f"/v1/jobs/{job['job_id']}", role=ROLE)).json()
        if job["result"] is None:
            raise NotMeasured(f"the export ended as {job['state']}: {job['error']}")
        await self.fetch(job["result"]["file"])
        return int(job["result"]["rows"])

    async def _rows(self, export_id: str) -> int:
        path = f"/v1/exports/{export_id}/manifest"
        manifest = (await self._service.ask("GET", path, role=ROLE)).json()
        return int(manifest["rows"])


async def _grows(
    bench: Bench, service: TransactionsService, kind: str, make: Callable[[], Awaitable[int]]
) -> float:
    """Time one export and add its rate; by how many MiB the service grew meanwhile at most."""
    memory = _Memory(service)
    watching = asyncio.create_task(memory.watch())
    meter = CpuMeter(service.pids)
    began = time.perf_counter()
    rows = await make()
    measured = Round(rows, time.perf_counter() - began, meter.taken())
    watching.cancel()
    title = f"{kind.upper()} of {rows:,} payments, end to end"
    bench.results.add(Figure.of_rounds(f"exports.{kind}", title, "rows/s", [measured]))
    bench.say(f"  {kind}: {measured.rate:,.0f} rows/s, {memory.grown_mib:,.0f} MiB more")
    return memory.grown_mib


class _Memory:
    """How far the service's resident memory rose above where it began."""

    def __init__(self, service: TransactionsService) -> None:
        self._process = psutil.Process(service.process.pid)
        self._before = self._most = self._process.memory_info().rss

    async def watch(self) -> None:
        while True:
            await asyncio.sleep(MEMORY_LOOK_SECONDS)
            self._most = max(self._most, self._process.memory_info().rss)

    @property
    def grown_mib(self) -> float:
        return (self._most - self._before) / MIB


async def _raw_read(bench: Bench, mongo: Mongo) -> None:
    """What a file needs of the rows, read in the list's order and dropped."""
    fields = {field for column in TRANSACTION_LIST.export.choose(()) for field in column.fields}
    meter = CpuMeter(bench.bed.server_pids)
    began = time.perf_counter()
    found = mongo.db[COLLECTION].find(
        {}, dict.fromkeys(sorted(fields), 1), sort=[("created_at", -1), ("_id", -1)]
    )
    rows = 0
    while batch := await found.to_list(length=READ_BATCH):
        rows += len(batch)
    measured = Round(rows, time.perf_counter() - began, meter.taken())
    bench.results.add(
        Figure.of_rounds("raw.read_rows", "raw: reading those rows, nothing written", "rows/s",
                         [measured])
    )  # fmt: skip

"""The page with the list of payments: backoffice, gateway, transactions, MongoDB; and Chromium.

Beside it, in the same minute: the fifty rows through motor, a FastAPI page that renders nothing,
and the first paint of that page.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from urllib.parse import urlencode

from backoffice.session.cookies import Session, SessionCookies
from bench.context import Bench
from bench.cpu import CpuMeter
from bench.first_visits import Visited, a_browser, newcomer, visit
from bench.http_load import OK, Overload, closed_loop, open_loop
from bench.listening import listening
from bench.measures.lists import CALLERS, WARM_SECONDS, three_filters
from bench.percentiles import percentile
from bench.plain_pages import PATH as PLAIN_PATH
from bench.results import Figure, NotMeasured
from bench.transactions_service import START_LIMIT_S, TransactionsService, transactions_service
from bench.workload import DAYS, FIRST_INSTANT
from payops_local.browser_packages import fetch_browser_packages
from payops_local.ports import LOOPBACK
from payops_local.services import BACKOFFICE, GATEWAY, SERVICES
from transactions.store.transactions import BY_DATE, COLLECTION

RATE = 20
ROWS = 50
PLAIN_WARM_SECONDS = 0.5
SEED = 13
MINOR = 100
"""Of a unit of the stored payments' currency."""
CURRENCY = "EUR"
ROLE = "operator"
SESSION_SECONDS = 3_600
LIST = "/transactions"
KB = 1_000


@dataclass
class _Pages:
    """The running pages: where they are, and what lets somebody in."""

    port: int
    cookies: dict[str, str]
    pids: dict[str, int | None]

    @property
    def site(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def headers(self) -> dict[str, str]:
        """What a browser that navigates there sends."""
        said = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": said, "Accept-Encoding": "gzip, deflate, br", "Sec-Fetch-Site": "none"}


async def measure(bench: Bench) -> None:
    """Adds ``pages.*``, and ``raw.page_rows``, ``raw.plain_page``, ``raw.plain_paint``."""
    await asyncio.to_thread(fetch_browser_packages, bench.say)
    async with (
        transactions_service(bench, stored=bench.volumes.stored_payments) as service,
        _pages(bench, service) as pages,
        listening(bench, "bench.plain_pages") as (_, plain_port),
    ):
        await _server_time(bench, pages)
        await _raw_times(bench, service, plain_port)
        await _visits(bench, pages, plain_port)


@asynccontextmanager
async def _pages(bench: Bench, service: TransactionsService) -> AsyncIterator[_Pages]:
    platform = bench.bed.platform
    pids = dict(service.pids)
    async with AsyncExitStack() as ends:
        for name in (GATEWAY, BACKOFFICE):
            process = bench.bed.service(name)
            await process.astart(START_LIMIT_S)
            ends.push_async_callback(process.astop)
            pids[name] = process.pid
        backoffice = next(each for each in SERVICES if each.name == BACKOFFICE)
        key = platform.service_environment(backoffice)["PAYOPS_SESSION_KEY"]
        cookies = SessionCookies(key, secure=False)
        session = Session(
            f"{ROLE}@payops.local", ROLE, (ROLE,), platform.token(ROLE),
            time.time() + SESSION_SECONDS,
        )  # fmt: skip
        port = platform.port(backoffice.port_offset)
        yield _Pages(port, {cookies.name: cookies.sealed(session)}, pids)


async def _server_time(bench: Bench, pages: _Pages) -> None:
    chance = random.Random(SEED)

    def path() -> str:
        return _list_path(chance)

    await asyncio.sleep(bench.volumes.settle_seconds)  # the gateway's consumers find their places
    await closed_loop(LOOPBACK, pages.port, path, CALLERS, pages.headers, WARM_SECONDS)
    meter = CpuMeter(pages.pids)
    took, size = await _at_the_rate(bench, pages.port, path, pages.headers)
    cpu = meter.taken()
    stored = bench.volumes.stored_payments
    title = f"page with a list of {ROWS}, {stored:,} stored, {RATE} requests/s"
    facts = {"requests": len(took), "mean_bytes": size, "max_ms": round(max(took), 1)}
    p50, p99 = percentile(took, 0.50), percentile(took, 0.99)
    bench.results.add(Figure("pages.p50", f"{title}: p50", p50, "ms", cpu_seconds=cpu))
    bench.results.add(Figure("pages.p99", f"{title}: p99", p99, "ms", facts=facts))
    each_ms = 1_000 * cpu[BACKOFFICE] / len(took)
    bench.results.add(Figure("pages.cpu", f"{title}: CPU of the backoffice", each_ms, "ms a page"))
    bench.say(f"  page p50 {p50:.1f} ms, p99 {p99:.1f} ms, CPU of the backoffice {each_ms:.1f} ms")


async def _raw_times(bench: Bench, service: TransactionsService, plain_port: int) -> None:
    rows = await _raw_rows(bench, service)
    title = f"raw: {ROWS} rows by their date through motor, {RATE} reads/s: p99"
    bench.results.add(Figure("raw.page_rows", title, percentile(rows, 0.99), "ms"))
    await closed_loop(LOOPBACK, plain_port, lambda: PLAIN_PATH, 1, {}, PLAIN_WARM_SECONDS)
    plain, _ = await _at_the_rate(bench, plain_port, lambda: PLAIN_PATH, {})
    title = f"raw: a FastAPI page that renders nothing, {RATE} requests/s: p99"
    bench.results.add(Figure("raw.plain_page", title, percentile(plain, 0.99), "ms"))


async def _raw_rows(bench: Bench, service: TransactionsService) -> list[float]:
    chance = random.Random(SEED)
    stored = service.mongo.db[COLLECTION]
    took: list[float] = []
    began = time.perf_counter()
    for number in range(_requests(bench)):
        due = began + number / RATE
        await asyncio.sleep(due - time.perf_counter())
        before = FIRST_INSTANT + timedelta(seconds=chance.randrange(86_400, DAYS * 86_400))
        found = stored.find({"created_at": {"$lt": before}}).sort("created_at", -1).hint(BY_DATE)
        await found.limit(ROWS).to_list(length=ROWS)
        took.append(1_000 * (time.perf_counter() - due))
    return took


async def _at_the_rate(
    bench: Bench, port: int, path: Callable[[], str], headers: dict[str, str]
) -> tuple[list[float], int]:
    """Milliseconds of each answer, and the mean size of a body."""
    paths = [path() for _ in range(_requests(bench))]
    try:
        answers = await open_loop(LOOPBACK, port, paths, RATE, headers)
    except Overload as error:
        raise NotMeasured(f"the page cannot keep up: {error}") from None
    failed = [answer.status for answer in answers if answer.status != OK]
    if failed:
        raise NotMeasured(f"{len(failed)} of {len(answers)} pages were answered {failed[0]}")
    sizes = sum(answer.size for answer in answers)
    return [1_000 * answer.seconds for answer in answers], sizes // len(answers)


def _requests(bench: Bench) -> int:
    return round(RATE * bench.volumes.pages_seconds)


def _list_path(chance: random.Random) -> str:
    asked = three_filters(chance)
    least = asked.pop("amount_from", None)
    if least is not None:
        asked |= {"amount_from": str(int(least) // MINOR), "currency": CURRENCY}
    return f"{LIST}?{urlencode(asked)}"


async def _visits(bench: Bench, pages: _Pages, plain_port: int) -> None:
    """First and later visits, in turns with a page that has nothing but a heading."""
    first: list[Visited] = []
    later: list[Visited] = []
    plain: list[Visited] = []
    async with a_browser() as browser:
        for number in range(bench.volumes.pages_visits + 1):
            async with newcomer(browser, pages.site, pages.cookies) as context:
                seen = await visit(context, LIST), await visit(context, f"{LIST}?status=PAID")
            async with newcomer(browser, f"http://{LOOPBACK}:{plain_port}", {}) as context:
                bare = await visit(context, PLAIN_PATH)
            if number:  # the browser's own first one does not count
                first.append(seen[0])
                later.append(seen[1])
                plain.append(bare)
    title = f"page with a list of {ROWS} in Chromium"
    _add_paint(bench, "pages.first_paint", f"{title}: first paint, nothing kept", first)
    _add_paint(bench, "pages.later_paint", f"{title}: first paint, later", later)
    _add_paint(bench, "raw.plain_paint", "raw: a page with one heading: first paint", plain)
    _add_bytes(bench, "pages.first_kb", f"{title}: transferred, first visit", first)
    _add_bytes(bench, "pages.later_kb", f"{title}: transferred, later", later)


def _add_paint(bench: Bench, key: str, title: str, visits: list[Visited]) -> None:
    paints = [each.paint_ms for each in visits]
    bench.results.add(Figure(key, title, median(paints), "ms", samples=tuple(paints)))
    bench.say(f"  {title}: {median(paints):.0f} ms")


def _add_bytes(bench: Bench, key: str, title: str, visits: list[Visited]) -> None:
    kilobytes = max(each.transferred for each in visits) / KB
    bench.results.add(Figure(key, title, kilobytes, "KB"))
    bench.say(f"  {title}: {kilobytes:.0f} KB")

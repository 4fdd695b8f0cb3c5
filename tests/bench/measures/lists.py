"""The list with three filters over HTTP at 200 requests a second, on many stored payments."""

from __future__ import annotations

import random
import time
from urllib.parse import urlencode

from bench.context import Bench
from bench.cpu import CpuMeter, Pids
from bench.http_load import OK, Overload, TimedResponse, closed_loop, open_loop
from bench.measures.pages import measure_depth, measure_detail
from bench.percentiles import percentile
from bench.results import Figure, NotMeasured, Round
from bench.stored import STATUSES
from bench.transactions_service import TransactionsService, transactions_service
from bench.workload import CHANNELS, METHODS
from payops_local.ports import LOOPBACK

RATE = 200
PAGE = 50
CALLERS = 8
WARM_SECONDS = 2.0
"""At first totals may take half a second at once, from then on a hundredth of the time."""
SEED = 7
TOO_BROAD = 422


async def measure(bench: Bench) -> None:
    """Adds ``list.*`` (pages a second, milliseconds) and ``detail.capacity``."""
    volumes = bench.volumes
    async with transactions_service(bench, stored=volumes.stored_payments) as service:
        target = Target(service)
        await _capacity(bench, target, service.pids)
        meter = CpuMeter(service.pids)
        answers = await at_the_rate(target, round(RATE * volumes.list_seconds))
        _add(bench, answers, meter.taken())
        await measure_depth(bench, service)
        await measure_detail(bench, service)


class Target:
    """Where the list is, how to get in, and the next pages to ask for."""

    def __init__(self, service: TransactionsService) -> None:
        self.port = service.port
        self.headers = service.headers("viewer")
        self._chance = random.Random(SEED)

    def path(self) -> str:
        """A page, drawn anew."""
        return page_path(self._chance)


async def _capacity(bench: Bench, target: Target, pids: Pids) -> None:
    async def load(seconds: float) -> list[TimedResponse]:
        return await closed_loop(
            LOOPBACK, target.port, target.path, CALLERS, target.headers, seconds
        )

    await load(WARM_SECONDS)
    meter = CpuMeter(pids)
    began = time.perf_counter()
    answers = await load(bench.volumes.capacity_seconds)
    measured = Round(len(answers), time.perf_counter() - began, meter.taken())
    refused_share(answers)
    title = f"list of {PAGE}, three filters, {CALLERS} callers without pause"
    bench.results.add(Figure.of_rounds("list.capacity", title, "pages/s", [measured]))
    bench.say(f"  {measured.rate:,.0f} pages/s")


async def at_the_rate(target: Target, count: int) -> list[TimedResponse]:
    try:
        answers = await open_loop(
            LOOPBACK, target.port, [target.path() for _ in range(count)], RATE, target.headers
        )
    except Overload as error:
        raise NotMeasured(f"the list cannot keep up: {error}") from None
    return answers


def _add(bench: Bench, answers: list[TimedResponse], cpu: dict[str, float]) -> None:
    took = [answer.seconds * 1_000 for answer in answers]
    stored = bench.volumes.stored_payments
    title = f"list of {PAGE}, three filters, {RATE} requests/s, {stored:,} stored"
    facts = {
        "requests": len(answers),
        "mean_bytes": sum(answer.size for answer in answers) // len(answers),
        "p90": round(percentile(took, 0.90), 2),
        "p99_9": round(percentile(took, 0.999), 2),
        "max": round(max(took), 2),
    }
    refused = refused_share(answers)
    p50, p99 = percentile(took, 0.50), percentile(took, 0.99)
    bench.results.add(Figure("list.p50", f"{title}: p50", p50, "ms", cpu_seconds=cpu))
    bench.results.add(Figure("list.p99", f"{title}: p99", p99, "ms", facts=facts))
    title = "list: refused as too broad"
    bench.results.add(Figure("list.refused", title, refused, "% of requests"))


def page_path(chance: random.Random) -> str:
    """A first page with three filters."""
    return f"/v1/transactions?{urlencode(three_filters(chance) | {'limit': str(PAGE)})}"


def three_filters(chance: random.Random) -> dict[str, str]:
    """Three filters, drawn as people would: common values are asked for more."""
    status = chance.choices(list(STATUSES), list(STATUSES.values()))[0]
    method = chance.choices(list(METHODS), list(METHODS.values()))[0]
    channel = chance.choices(list(CHANNELS), list(CHANNELS.values()))[0]
    month = chance.randrange(1, 6)
    within = {
        "created_from": f"2025-{month:02d}-01T00:00:00Z",
        "created_to": f"2025-{month + 1:02d}-01T00:00:00Z",
    }
    above = str(chance.randrange(0, 40_000, 5_000))
    choices: list[dict[str, str]] = [
        {"status": status, "method": method, "channel": channel},
        {"status": status, "method": method, **within},
        {"status": status, "channel": channel, **within},
        {"method": method, "channel": channel, **within},
        {"status": status, "method": method, "amount_from": above},
    ]
    return chance.choice(choices)


def refused_share(answers: list[TimedResponse]) -> float:
    """Per cent of the answers that said "narrow the filter"; raises when one failed otherwise."""
    failed = [answer.status for answer in answers if answer.status not in {OK, TOO_BROAD}]
    if failed:
        kinds = ", ".join(f"{failed.count(each)} x {each}" for each in sorted(set(failed)))
        raise NotMeasured(f"of {len(answers)} requests {len(failed)} failed (by status: {kinds})")
    return 100 * sum(answer.status == TOO_BROAD for answer in answers) / len(answers)

"""Single refunds over HTTP, each durable when it is answered, beside the raw small transaction."""

from __future__ import annotations

import time
import uuid
from itertools import cycle

from bench.context import Bench
from bench.cpu import CpuMeter
from bench.http_load import Post, TimedResponse, closed_loop
from bench.percentiles import percentile
from bench.refundable import store_refundable
from bench.results import Figure, NotMeasured, Round, middle
from bench.transactions_service import TransactionsService, transactions_service
from payops_local.ports import LOOPBACK

CALLERS = (1, 8, 32)
PAYMENTS = 10_000
WARM_SECONDS = 2.0
"""Kafka and Python are slower at first."""
ACCEPTED = 202
BODY = b'{"amount_minor":1,"reason":"benchmark"}'


async def measure(bench: Bench) -> None:
    """Adds ``refunds.commands_<callers>`` and ``refunds.p99_<callers>`` (milliseconds)."""
    async with transactions_service(bench) as service:
        load = _Load(service, await store_refundable(service.mongo, "single", PAYMENTS))
        await load.run(max(CALLERS), WARM_SECONDS)
        for callers in CALLERS:
            await _measure(bench, load, callers)


async def _measure(bench: Bench, load: _Load, callers: int) -> None:
    volumes = bench.volumes
    rounds: list[Round] = []
    answers: list[TimedResponse] = []
    for _ in range(volumes.rounds):
        measured, answered = await load.run(callers, volumes.refund_seconds / volumes.rounds)
        rounds.append(measured)
        answers += answered
    took = [answer.seconds * 1_000 for answer in answers]
    title = f"single refunds over HTTP, {callers} at a time"
    figure = Figure.of_rounds(f"refunds.commands_{callers}", title, "/s", rounds)
    bench.results.add(figure.with_facts(p50_ms=round(percentile(took, 0.50), 2)))
    p99 = percentile(took, 0.99)
    bench.results.add(Figure(f"refunds.p99_{callers}", f"{title}: p99", p99, "ms"))
    bench.say(f"  {callers} callers: {middle(rounds).rate:,.0f} refunds/s")


class _Load:
    """Refunds of one minor unit each, of one payment after the other."""

    def __init__(self, service: TransactionsService, payments: list[str]) -> None:
        self._service = service
        self._headers = service.headers("operator")
        self._payments = cycle(payments)

    async def run(self, callers: int, seconds: float) -> tuple[Round, list[TimedResponse]]:
        meter = CpuMeter(self._service.pids)
        began = time.perf_counter()
        answers = await closed_loop(
            LOOPBACK, self._service.port, self._next, callers, self._headers, seconds
        )
        measured = Round(len(answers), time.perf_counter() - began, meter.taken())
        refused = [answer.status for answer in answers if answer.status != ACCEPTED]
        if refused:
            raise NotMeasured(
                f"{len(refused)} of {len(answers)} refunds were answered {refused[0]}"
            )
        return measured, answers

    def _next(self) -> Post:
        path = f"/v1/transactions/{next(self._payments)}/refunds"
        return Post(path, BODY, f"Idempotency-Key: {uuid.uuid4().hex}\r\n")

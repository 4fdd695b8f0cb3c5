"""Single evaluations over HTTP, records and all, beside a route that does nothing: one process."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import cycle
from uuid import uuid4

import httpx
import orjson

from bench.bed import TESTS
from bench.context import Bench
from bench.cpu import CpuMeter
from bench.http_load import OK, Post, closed_loop
from bench.idle_route import PATH as NOTHING
from bench.results import Figure, NotMeasured, Round
from checkout_rules.domain.writing import written
from payops_kernel.messaging.topics import ensure_topics
from payops_local.ports import LOOPBACK
from payops_local.services import SERVICES
from payops_local.supervising.python_process import PythonProcess
from payops_testing.checkout_rules.fifty_rules import contexts, fifty_rules

SERVICE = "checkout-rules"
RULES = "/v1/checkout-rules"
CALLERS = 8
CONTEXTS = 500
WARM_SECONDS = 1.0
START_LIMIT_S = 60.0


async def measure(bench: Bench) -> None:
    """Adds ``raw.idle_route`` and ``rules.over_http``."""
    bed = bench.bed
    await ensure_topics(bed.platform.kafka)
    service = next(each for each in SERVICES if each.name == SERVICE)
    env = bed.platform.service_environment(service) | {"PYTHONPATH": str(TESTS)}
    port, url = bed.platform.port(service.port_offset), bed.platform.url(SERVICE)
    idle = bed.process("idle-route", "bench.idle_route", env, port=port, health_url=url)
    title = f"a route that does nothing, {CALLERS} callers without pause"
    await _measure(bench, idle, NOTHING, Figure("raw.idle_route", title, 0, "/s"), port)
    title = f"single evaluations over HTTP by 50 rules, {CALLERS} callers without pause"
    figure = Figure("rules.over_http", title, 0, "/s")
    await _measure(bench, bed.service(SERVICE), f"{RULES}/evaluations", figure, port)


async def _measure(
    bench: Bench, process: PythonProcess, path: str, figure: Figure, port: int
) -> None:
    await process.astart(START_LIMIT_S)
    try:
        if path != NOTHING:
            await _write_rules(bench, port)
        rounds = await _rounds(bench, process, _asking(path), port)
    finally:
        await process.astop()
    bench.results.add(Figure.of_rounds(figure.key, figure.title, figure.unit, rounds))


async def _rounds(
    bench: Bench, process: PythonProcess, asked: Callable[[], Post], port: int
) -> list[Round]:
    headers = {"Authorization": f"Bearer {bench.bed.platform.token('viewer')}"}
    rounds = []
    for seconds in (WARM_SECONDS, *[bench.volumes.capacity_seconds / 3] * bench.volumes.rounds):
        meter = CpuMeter({"service": process.pid})
        began = time.perf_counter()
        answers = await closed_loop(LOOPBACK, port, asked, CALLERS, headers, seconds)
        rounds.append(Round(len(answers), time.perf_counter() - began, meter.taken()))
        if refused := [each.status for each in answers if each.status != OK]:
            raise NotMeasured(f"{len(refused)} of {len(answers)} were answered {refused[0]}")
    return rounds[1:]


def _asking(path: str) -> Callable[[], Post]:
    bodies = cycle([Post(path, orjson.dumps({"context": it})) for it in contexts(CONTEXTS)])
    return lambda: next(bodies)


async def _write_rules(bench: Bench, port: int) -> None:
    token = bench.bed.platform.token("approver")
    async with httpx.AsyncClient(
        base_url=f"http://{LOOPBACK}:{port}", headers={"Authorization": f"Bearer {token}"}
    ) as client:
        for rule in fifty_rules().rules[:-1]:
            body = {"terms": written(rule.terms), "priority": rule.priority}
            made = (await _post(client, RULES, body)).json()
            path = f"{RULES}/{made['rule_id']}/activation"
            match = {"If-Match": f'"{made["step"]}"'}
            await _post(client, path, {"accept_warnings": True}, match)


async def _post(
    client: httpx.AsyncClient, path: str, body: object, headers: dict[str, str] | None = None
) -> httpx.Response:
    key = {"Idempotency-Key": uuid4().hex}
    answer = await client.post(path, json=body, headers=key | (headers or {}))
    if not answer.is_success:
        raise NotMeasured(f"{path} was answered {answer.status_code}: {answer.text[:200]}")
    return answer

"""What two optimisations are worth: the service as it is, and without one of them, in turns.

    PYTHONPATH=tests .payops/venv/bin/python -m bench.without index-choice
    PYTHONPATH=tests .payops/venv/bin/python -m bench.without polling-ahead

`index-choice` leaves a list's index to mongod (no sample, no merged walks) and prints the
milliseconds of the list at 200 requests a second; `polling-ahead` takes one poll after the other
and prints the consumer's events a second, the relay paused.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import statistics
import sys
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

import uvloop

from bench.backlog import Pipeline
from bench.bed import TESTS, Bed, forget_own_settings
from bench.context import Bench
from bench.http_load import closed_loop
from bench.measures.lists import CALLERS, RATE, WARM_SECONDS, Target, at_the_rate, refused_share
from bench.percentiles import percentile
from bench.relay_lease import hold_relay
from bench.results import NotMeasured
from bench.transactions_service import SERVICE, transactions_service
from bench.volumes import FULL
from bench.workload import payment_events
from payops_contracts.topics import TRANSACTIONS_ON_PAYMENTS
from payops_kernel.http.app import serve
from payops_kernel.messaging.consumer import TopicConsumer
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.mongo.index_selection import ChosenWay, IndexChoice
from payops_local.connections import quiet_libraries
from payops_local.ports import LOOPBACK
from payops_local.services import SERVICES
from payops_local.supervising.python_process import PythonProcess
from transactions.main import create_app
from transactions.settings import Settings

LEFT_OUT = "BENCH_WITHOUT"
INDEX_CHOICE, POLLING_AHEAD = "index-choice", "polling-ahead"
WARM_EVENTS = 4_000


class BedWithout(Bed):
    """Starts services without one optimisation, or as they are."""

    left_out = ""

    def service(self, name: str) -> PythonProcess:
        """As the bed's, run by this module."""
        service = next(each for each in SERVICES if each.name == name)
        more = {"PYTHONPATH": str(TESTS), LEFT_OUT: self.left_out}
        return self.process(
            name,
            "bench.without",
            env=self.platform.service_environment(service) | more,
            port=self.platform.port(service.port_offset),
            health_url=self.platform.url(name),
        )


async def list_p99(bench: Bench, _turn: str) -> float:
    """Milliseconds; infinite when the list cannot keep up."""
    async with transactions_service(bench, stored=bench.volumes.stored_payments) as service:
        target = Target(service)
        await closed_loop(LOOPBACK, target.port, target.path, CALLERS, target.headers, WARM_SECONDS)
        try:
            answers = await at_the_rate(target, round(RATE * bench.volumes.list_seconds))
        except NotMeasured as overload:
            bench.say(f"  {overload}")
            return float("inf")
    took = [answer.seconds * 1_000 for answer in answers]
    p50, p99 = percentile(took, 0.50), percentile(took, 0.99)
    bench.say(f"  p50 {p50:.1f} ms, p99 {p99:.1f} ms, {refused_share(answers):.1f} % refused")
    return p99


async def consumer_rate(bench: Bench, turn: str) -> float:
    """Events a second."""
    bed = bench.bed
    await ensure_topics(bed.platform.kafka)
    mongo = bed.mongo(bed.platform.database(SERVICE))
    await hold_relay(mongo)
    pipeline = Pipeline(bench, SERVICE, TRANSACTIONS_ON_PAYMENTS, mongo)
    await pipeline.start(payment_events(f"warm-{turn}", WARM_EVENTS))
    done = await pipeline.round(payment_events(turn, bench.volumes.pipeline_events))
    await pipeline.stop()
    await mongo.client.drop_database(mongo.db.name)
    return done.rate


MEASURES: dict[str, tuple[Callable[[Bench, str], Coroutine[Any, Any, float]], str]] = {
    INDEX_CHOICE: (list_p99, "ms p99"),
    POLLING_AHEAD: (consumer_rate, "events/s"),
}


def main(arguments: Sequence[str]) -> int:
    """Print each turn, both medians and their ratio."""
    parser = argparse.ArgumentParser(prog="bench.without")
    parser.add_argument("what", choices=MEASURES)
    parser.add_argument("--rounds", type=int, default=FULL.rounds)
    parser.add_argument("--stored", type=int, default=FULL.stored_payments)
    parser.add_argument("--seconds", type=float, default=FULL.list_seconds)
    parser.add_argument("--events", type=int, default=FULL.pipeline_events)
    options = parser.parse_args(arguments)
    forget_own_settings()
    quiet_libraries()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    volumes = replace(
        FULL, stored_payments=options.stored, list_seconds=options.seconds,
        pipeline_events=options.events,
    )  # fmt: skip
    measure, unit = MEASURES[options.what]
    found: dict[str, list[float]] = {"": [], options.what: []}
    with BedWithout() as bed, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        bench = Bench(volumes, bed)
        for number in range(options.rounds):
            for bed.left_out, values in found.items():
                turn = f"{'without' if bed.left_out else 'with'}-{number}"
                bench.say(turn)
                values.append(runner.run(measure(bench, turn)))
    has, lacks = (statistics.median(values) for values in found.values())
    sys.stdout.write(
        f"with {options.what}: {has:,.1f} {unit}; without: {lacks:,.1f}; "
        f"without/with {lacks / has:.2f} ({options.rounds} rounds)\n"
    )
    return 0


def run_service(left_out: str) -> None:
    """The transactions service, one optimisation left out."""

    async def to_mongod(*_: Any) -> ChosenWay:
        return ChosenWay()

    async def nothing_more(*_: Any) -> bool:
        return False

    if left_out == INDEX_CHOICE:
        choice: Any = IndexChoice
        choice._cheapest = to_mongod
    if left_out == POLLING_AHEAD:
        consumer: Any = TopicConsumer
        consumer._poll_ahead = nothing_more
    serve(create_app, Settings())


if __name__ == "__main__":
    if LEFT_OUT in os.environ:
        run_service(os.environ[LEFT_OUT])
    else:
        sys.exit(main(sys.argv[1:]))

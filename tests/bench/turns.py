"""One side of a comparison: a process that measures what it is told, one turn after the other.

``python -m bench.turns SERVERS`` reads a measurement's name a line, and answers each with a line of
JSON: ``{"figures": {key: value}, "failed": sentence or ""}``. ``SERVERS`` is the JSON object of the
`Servers` that both sides share; databases are dropped after each turn, so that every turn begins
alike.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys

import uvloop

from bench.bed import Bed, Servers, forget_own_settings
from bench.context import Bench
from bench.measuring import measure_one
from bench.registry import MEASUREMENTS
from bench.results import Results, cpu_key
from bench.volumes import TURN
from payops_local.connections import quiet_libraries

KEPT = {"admin", "config", "local"}


def main() -> int:
    """Until the input ends, in order or because who asked is gone."""
    forget_own_settings()
    quiet_libraries()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        servers = Servers(**json.loads(sys.argv[1]))
        with (
            Bed(servers=servers) as bed,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            for line in sys.stdin:
                answer = runner.run(_turn(bed, line.strip()))
                sys.stdout.write(json.dumps(answer) + "\n")
                sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    return 0


async def _turn(bed: Bed, name: str) -> dict[str, object]:
    (each,) = (each for each in MEASUREMENTS if each.name == name)
    await asyncio.to_thread(lambda: bed.platform)
    bench = Bench(TURN, bed)
    await measure_one(bench, each, short=True)
    failed = bench.results.not_measured.get(each.title, "")
    if not failed:
        await _forget(bed)
    return {"figures": _figures(bench.results), "failed": failed}


def _figures(results: Results) -> dict[str, float]:
    figures = {key: figure.value for key, figure in results.figures.items()}
    costs = {
        cpu_key(key): float(figure.facts["cpu_each_us"])
        for key, figure in results.figures.items()
        if "cpu_each_us" in figure.facts
    }
    return figures | costs


async def _forget(bed: Bed) -> None:
    await asyncio.to_thread(bed.end_work)
    client = bed.mongo("admin").client
    for name in await client.list_database_names():
        if name not in KEPT:
            await client.drop_database(name)
    await asyncio.to_thread(bed.end_work)


if __name__ == "__main__":
    sys.exit(main())

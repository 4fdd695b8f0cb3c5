"""The whole platform by its own command: start-up, idle cost, upstream-to-KPI latency."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.bed import free_port_base
from bench.context import Bench
from bench.cpu import CpuMeter
from bench.latency import measure_latency
from bench.results import Figure, NotMeasured
from payops_local.places import CHECKOUT, CURRENT_PLATFORM, DataFolder
from payops_local.platform import Platform, running_platform
from payops_local.run_state import process_record, recorded_names, supervisor_record

START_LIMIT_S = 120.0
STOP_LIMIT_S = 40.0
SERVERS = ("mongod", "kafka")
LAST_WORDS = 300


async def measure(bench: Bench) -> None:
    """Adds ``platform.*`` and ``latency.*``. The private servers end first: none runs beside."""
    await asyncio.to_thread(bench.bed.end_servers)
    data = bench.bed.data("platform")
    env = os.environ | {"PAYOPS_PORT_BASE": str(free_port_base(data))}
    with _current_platform_kept():
        try:
            for number in range(bench.volumes.starts):
                if number:
                    await _payops(["down"], data, env, STOP_LIMIT_S)
                took = await _payops(["up", "--detach", "--no-demo"], data, env, START_LIMIT_S)
                _add_start(bench, number, took)
            platform = running_platform(data)
            await _measure_idle(bench, platform)
            await measure_latency(bench, platform)
        finally:
            await _payops(["down"], data, env, STOP_LIMIT_S)


def _add_start(bench: Bench, number: int, took: float) -> None:
    key, title = (
        ("platform.start_later", "start-up on existing data, until all is ready")
        if number
        else ("platform.start_first", "start-up on a new data folder, until all is ready")
    )
    bench.results.add(Figure(key, title, took, "s"))
    bench.say(f"  up after {took:.1f} s")


async def _measure_idle(bench: Bench, platform: Platform) -> None:
    """Adds CPU (per cent of one core) and memory (MiB) of each process, simulator off."""
    await asyncio.sleep(bench.volumes.settle_seconds)
    names = recorded_names(platform.data)
    pids = {name: process_record(platform.data, name).live_pid() for name in names}
    pids["supervisor"] = supervisor_record(platform.data).live_pid()
    meter = CpuMeter(pids)
    began = time.monotonic()
    await asyncio.sleep(bench.volumes.idle_seconds)
    seconds = time.monotonic() - began
    taken, memory = meter.taken(), meter.memory_mib()
    used = {name: 100 * taken[name] / seconds for name in pids if name in memory}
    own = sum(value for name, value in used.items() if name not in SERVERS)
    bench.results.add(
        Figure(
            "platform.idle_own", "idle CPU, own processes together (simulator off)", own,
            "% of a core", facts={"memory_mib": sum(memory[name] for name in used)},
        )
    )  # fmt: skip
    for name in sorted(used):
        bench.results.add(
            Figure(f"platform.idle.{name}", f"idle CPU: {name}", used[name], "% of a core",
                   note=f"{memory[name]:.0f} MiB", facts={"memory_mib": memory[name]})
        )  # fmt: skip


async def _payops(
    arguments: list[str], data: DataFolder, env: dict[str, str], limit_s: float
) -> float:
    """Run one call of the product's command; how long it took in seconds."""
    command = [sys.executable, "-P", "-m", "payops_local", *arguments, "--data", str(data.root)]

    def call() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=env, cwd=CHECKOUT, capture_output=True, text=True, timeout=limit_s,
            stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip

    began = time.monotonic()
    try:
        done = await asyncio.to_thread(call)
    except subprocess.TimeoutExpired:
        raise NotMeasured(f"`payops {arguments[0]}` took more than {limit_s:.0f} s") from None
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip()[-LAST_WORDS:]
        raise NotMeasured(f"`payops {arguments[0]}` ended with {done.returncode}: {words}")
    return time.monotonic() - began


@contextmanager
def _current_platform_kept() -> Iterator[None]:
    """`up` notes its folder for the other calls; a benchmark must not change what they look at."""
    before = CURRENT_PLATFORM.read_bytes() if CURRENT_PLATFORM.is_file() else None
    try:
        yield
    finally:
        if before is None:
            CURRENT_PLATFORM.unlink(missing_ok=True)
        else:
            CURRENT_PLATFORM.write_bytes(before)

"""``./payops bench``: measure, print the table, write JSON.

The table goes to standard output, progress to standard error. Everything runs on private servers
in a temporary folder below `.payops/`, which is removed at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop

from bench.bed import Bed, forget_own_settings
from bench.context import Bench
from bench.machine import commit, machine, versions
from bench.pace import pace
from bench.registry import MEASUREMENTS, Measurement
from bench.results import NotMeasured
from bench.table import as_table, figure_rows, ratio_rows
from bench.volumes import FULL, SHORT, Volumes
from payops_local.connections import quiet_libraries
from payops_local.errors import PlatformError

STANDARD_OUTPUT = "-"
INTERRUPTED = 130


def main() -> int:
    """Exit code 0 when all was measured, 1 when something is missing from the table."""
    options = _options()
    forget_own_settings()
    quiet_libraries()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    chosen = [each for each in MEASUREMENTS if not options.only or each.name in options.only]
    facts: dict[str, Any] = {
        "mode": "full" if options.full else "short",
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": machine(),
        "versions": versions(),
    }
    try:
        with Bed() as bed:
            bench = Bench(_volumes(options), bed)
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(_measure_all(bench, chosen))
    except KeyboardInterrupt:
        return INTERRUPTED
    except PlatformError as error:
        sys.stderr.write(f"payops: {error}\n")
        return 1
    facts |= {
        "seconds": round(time.monotonic() - bench.began, 1),
        "scaled": list(bench.volumes.scaled),
    }
    report = facts | {
        "figures": figure_rows(bench.results),
        "ratios": ratio_rows(bench.results),
        "paces": {title: bench.results.pace(title) for title in bench.results.paces},
        "not_measured": bench.results.not_measured,
    }
    _print(as_table(report, bench.results), report, options.json)
    return 1 if bench.results.not_measured else 0


def _volumes(options: argparse.Namespace) -> Volumes:
    volumes = FULL if options.full else SHORT
    # Who asks for a few wants them, however long a busy machine takes.
    return replace(volumes, limit_s=FULL.limit_s) if options.only else volumes


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="payops bench", description=__doc__)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--short", action="store_true", help="about three minutes (default)")
    length.add_argument("--full", action="store_true", help="everything, about 20 minutes")
    parser.add_argument(
        "--json", metavar="FILE", nargs="?", const=STANDARD_OUTPUT,
        help="write the JSON object to a file too, or to standard output after the table",
    )  # fmt: skip
    parser.add_argument(
        "--only", nargs="+", choices=[each.name for each in MEASUREMENTS], metavar="NAME",
        help="only these: " + ", ".join(each.name for each in MEASUREMENTS),
    )  # fmt: skip
    return parser.parse_args()


async def _measure_all(bench: Bench, chosen: list[Measurement]) -> None:
    short = bench.volumes.limit_s < FULL.limit_s
    bench.say("Servers")
    await asyncio.to_thread(lambda: bench.bed.platform)
    for each in chosen:
        bench.results.group = each.title
        if bench.left_s <= 0:
            bench.results.not_measured[each.title] = "the run's time was used up before it began"
            continue
        bench.say(each.title)
        before = pace()
        try:
            async with asyncio.timeout(min(each.limit_s(short=short), bench.left_s)):
                await each.measure(bench)
        except Exception as error:  # noqa: BLE001 - one that fails must not cost the others
            bench.results.not_measured[each.title] = _why(error)
            bench.say(f"  not measured: {_why(error)}")
            for line in bench.bed.last_words():
                bench.say(f"    {line}")
            with contextlib.suppress(Exception):
                await asyncio.to_thread(bench.bed.end_servers)
        bench.results.paces[each.title] = (before + pace()) / 2


def _why(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(_why(each) for each in error.exceptions)
    if isinstance(error, NotMeasured):
        return f"{error}."
    if isinstance(error, TimeoutError):
        return "it took longer than its limit."
    return f"{type(error).__name__}: {error}"


def _print(table: str, report: dict[str, Any], where: str | None) -> None:
    sys.stdout.write(table + "\n")
    text = json.dumps(report, indent=1, ensure_ascii=False)
    if where == STANDARD_OUTPUT:
        sys.stdout.write(text + "\n")
    elif where is not None:
        Path(where).write_text(text + "\n", encoding="utf-8")
        sys.stderr.write(f"JSON: {where}\n")


if __name__ == "__main__":
    sys.exit(main())

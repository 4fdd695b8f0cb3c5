"""``./payops bench``: measure, print the table, write JSON.

The table goes to standard output, progress to standard error. Everything runs on private servers
in a temporary folder below `.payops/`, which is removed at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop

from bench.against import DEFAULT, ROUNDS, compare
from bench.bed import Bed, forget_own_settings
from bench.comparing import comparison_lines
from bench.context import Bench
from bench.machine import commit, machine, versions
from bench.measuring import measure_one
from bench.other_checkout import commit_of, other_checkout
from bench.registry import MEASUREMENTS, Measurement
from bench.side import Side
from bench.table import as_table, figure_rows, ratio_rows
from bench.volumes import FULL, SHORT, Volumes
from payops_local.connections import quiet_libraries
from payops_local.errors import PlatformError
from payops_local.places import CHECKOUT

STANDARD_OUTPUT = "-"
INTERRUPTED = 130


def main() -> int:
    """Exit code 0 when all was measured, 1 when something is missing from the table or is worse;
    2 when a comparison shows neither."""
    options = _options()
    forget_own_settings()
    quiet_libraries()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return _against(options) if options.against else _alone(options)
    except KeyboardInterrupt:
        return INTERRUPTED
    except PlatformError as error:
        sys.stderr.write(f"payops: {error}\n")
        return 1


def _alone(options: argparse.Namespace) -> int:
    chosen = [each for each in MEASUREMENTS if not options.only or each.name in options.only]
    facts: dict[str, Any] = {
        "mode": "full" if options.full else "short",
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": machine(),
        "versions": versions(),
    }
    with Bed() as bed:
        bench = Bench(_volumes(options), bed)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_measure_all(bench, chosen))
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
    parser.add_argument(
        "--against", metavar="COMMIT", help="compare this checkout with another commit, in turns"
    )
    parser.add_argument(
        "--rounds", type=_at_least_one, default=ROUNDS, metavar="N",
        help=f"pairs of each measurement with --against (default {ROUNDS})",
    )  # fmt: skip
    return parser.parse_args()


def _at_least_one(text: str) -> int:
    if (number := int(text)) < 1:
        raise ValueError(text)
    return number


async def _measure_all(bench: Bench, chosen: list[Measurement]) -> None:
    short = bench.volumes.limit_s < FULL.limit_s
    bench.say("Servers")
    await asyncio.to_thread(lambda: bench.bed.platform)
    for each in chosen:
        await measure_one(bench, each, short=short)


def _against(options: argparse.Namespace) -> int:
    names = options.only or list(DEFAULT)
    commit_there = commit_of(options.against)
    with (
        other_checkout(commit_there) as (checkout, python),
        tempfile.TemporaryDirectory() as logs,
        Bed() as bed,
    ):
        this = Side("this", CHECKOUT, Path(sys.executable), Path(logs) / "this.log", bed.servers)
        other = Side("other", checkout, python, Path(logs) / "other.log", bed.servers)
        try:
            found = compare(this, other, names, options.rounds)
        finally:
            this.end()
            other.end()
    report = {
        "this": commit(),
        "other": commit_there[:12],
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "rounds": len(found.rounds),
        "rows": [row.as_json() for row in found.rows],
        "not_measured": found.missing(names),
    }
    _print("\n".join(comparison_lines(report, found.rows)), report, options.json)
    return found.exit_code(names)


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

"""Say what runs, whether it is ready, and how far behind each topic's consumers are.

Exit code 0 when everything runs and is ready, 1 otherwise. --json prints one object: gateway,
backoffice, kafka and mongo addresses, services[] with name, pid, url and ready, lag{} with the
records behind by topic, history with told and total days while the
demo's past is being told, and helpers[] and servers[] with name and pid.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

from payops_local.platform import Platform
from payops_local.run_state import process_record, read_run_state, supervisor_record
from payops_local.services import SIMULATOR, SMTP_SINK
from payops_local.simulator.playing_notice import Played, PlayingNotice
from payops_local.supervising.health import Health, ask_health


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object")


def run(args: argparse.Namespace, platform: Platform) -> int:
    """Exit code 0 when all run and are ready, else 1."""
    status = platform_status(platform)
    if args.json:
        print(json.dumps(status, indent=2))
    else:
        print("\n".join(_lines(status)))
    return 0 if status["ready"] else 1


def platform_status(platform: Platform) -> dict[str, Any]:
    """The object that --json prints."""
    data = platform.data
    state = read_run_state(data)
    running = supervisor_record(data).live_pid() is not None and state is not None
    names = [service.name for service in platform.services]
    with ThreadPoolExecutor(len(names)) as pool:
        asked = pool.map(ask_health, (platform.url(name) for name in names))
        answers = dict(zip(names, asked, strict=True))
    services = [_service_row(platform, name, answer) for name, answer in answers.items()]
    return {
        "running": running,
        "ready": running and all(row["ready"] for row in services),
        "phase": state.phase if running and state is not None else "stopped",
        "gateway": platform.gateway_url,
        "backoffice": platform.backoffice_url,
        "kafka": platform.kafka,
        "mongo": platform.mongo_without_password,
        "services": services,
        "lag": _lag(answers),
        "outbox_pending": sum(each.outbox_pending for each in answers.values() if each),
        "dead_letters": sum(each.dead_letters_total for each in answers.values() if each),
        "history": None if (played := _history(platform)) is None else asdict(played),
        "helpers": _rows(platform, (SMTP_SINK, SIMULATOR)),
        "servers": _rows(platform, ("kafka", "mongod")),
        "data": str(data.root),
    }


def _history(platform: Platform) -> Played | None:
    """How far the demo's past is; None when none is being told."""
    simulator = process_record(platform.data, SIMULATOR).live_pid()
    return None if simulator is None else PlayingNotice(platform.data.notice).read()


def _service_row(platform: Platform, name: str, answer: Health | None) -> dict[str, Any]:
    pid = process_record(platform.data, name).live_pid()
    return {
        "name": name,
        "pid": pid,
        "url": platform.url(name),
        "ready": pid is not None and answer is not None and answer.ready,
        "reasons": list(answer.reasons) if answer is not None else ["it does not answer"],
    }


def _lag(answers: Mapping[str, Health | None]) -> dict[str, int]:
    lag: dict[str, int] = {}
    for answer in answers.values():
        for topic, behind in (answer.lag if answer else {}).items():
            lag[topic] = lag.get(topic, 0) + behind
    return lag


def _rows(platform: Platform, names: tuple[str, ...]) -> list[dict[str, Any]]:
    pids = {name: process_record(platform.data, name).live_pid() for name in names}
    return [{"name": name, "pid": pid} for name, pid in pids.items() if pid is not None]


def _lines(status: Mapping[str, Any]) -> list[str]:
    if not status["running"]:
        return [f"PayOps is not running from {status['data']}; start it with `./payops up`."]
    first = "gateway" if status["backoffice"] is None else "backoffice"
    lines = [f"PayOps is {status['phase']}: {first} {status[first]}"]
    for row in status["services"]:
        ready = "ready" if row["ready"] else f"not ready: {' '.join(row['reasons'])}"
        lines.append(f"  {row['name']:<14} {row['pid'] or '-':>8}  {row['url']}  {ready}")
        if row["ready"]:
            lines += [f"{'':<17}{notice}" for notice in row["reasons"]]
    for row in (*status["servers"], *status["helpers"]):
        lines.append(f"  {row['name']:<14} {row['pid']:>8}")
    lines.append(f"  kafka at {status['kafka']}, mongo at {status['mongo']}")
    lines += [f"  lag {topic}: {behind:,}" for topic, behind in sorted(status["lag"].items())]
    if status.get("history"):
        lines.append("  the demo's past: {told:,} of {total:,} days".format(**status["history"]))
    lines.append(
        f"  outbox pending: {status['outbox_pending']:,}, dead letters: {status['dead_letters']:,}"
    )
    return lines

"""The calls of `./payops`: a name, a module, and the platform that it is handed.

Each module has `add_arguments(parser)` and `run(args, platform) -> int` (plain or a coroutine).
`platform` is a `payops_local.platform.Platform`: `kafka` (host:port), `mongo` (URI), `data`
(folders), `url(service)`, `gateway_url`, `database(service)`, `token(role)`, `zone`,
`environment()` for a child process, `python` of the virtual environment. For every call but `up`
it is the platform as it was last started. A PlatformError is said as one sentence, exit code 1.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import inspect
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from payops_local.console import complain
from payops_local.errors import PlatformError
from payops_local.places import DataFolder, default_data_folder, running_data_folder
from payops_local.platform import (
    Platform,
    described_platform,
    require_servers_as_named,
    running_platform,
)

INTERRUPTED = 130


@dataclass(frozen=True)
class Call:
    """One sub-command; its module is imported only when it is called."""

    module: str
    summary: str
    needs_platform: bool = True
    uses_servers: bool = False
    """Whether it talks to Kafka or MongoDB itself."""


CALLS = {
    "up": Call("commands.up", "start everything: servers, topics, services, demo traffic"),
    "down": Call("commands.down", "stop everything in order"),
    "status": Call("commands.status", "what runs, ready or not, and lag a topic"),
    "logs": Call("commands.logs", "follow the log of a service or server"),
    "token": Call("commands.token", "a bearer token for a role, on standard output"),
    "import": Call("importing.command", "CSV rows in as upstream events", uses_servers=True),
    "publish": Call(
        "commands.publish", "CloudEvents lines from a file to a topic", uses_servers=True
    ),
    "verify": Call(
        "verifying.command", "recompute every KPI, compare to the minor unit", uses_servers=True
    ),
    "dlq": Call("dlq", "dead letters: list, show, replay, discard"),
    "pages": Call("commands.pages", "the backoffice's pages: print them all, check a file"),
    "screenshots": Call("commands.screenshots", "pictures of every page, as files"),
    "reposition": Call(
        "reposition", "tell a consumer that refuses its log where to go on", uses_servers=True
    ),
    "restored": Call(
        "restored", "after a service's database was restored from a backup", uses_servers=True
    ),
    "test": Call("commands.run_tests", "the whole test suite", needs_platform=False),
    "check": Call("commands.check", "lint, types, import rules, fast tests", needs_platform=False),
    "bench": Call("commands.bench", "benchmarks beside the machine's limits", needs_platform=False),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one call; returns the exit code."""
    logging.basicConfig(level=logging.ERROR, format="%(name)s: %(message)s")
    given = list(sys.argv[1:] if arguments is None else arguments)
    name, module = _chosen(given)
    if name is None or module is None:
        return 0 if given else 2
    args, unknown = _parser(name, module).parse_known_args(given[1:])
    try:
        args.rest = _rest(name, module, unknown)
        return _run(name, module, args)
    except PlatformError as error:
        complain(str(error))
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def _chosen(given: list[str]) -> tuple[str | None, ModuleType | None]:
    """The call that the first argument names; prints the help when it names none."""
    parser = argparse.ArgumentParser(
        prog="payops",
        description="PayOps on this machine: real Kafka, real MongoDB, every service.",
        epilog="`payops CALL --help` tells a call's options.",
    )
    calls = parser.add_subparsers(title="calls", metavar="CALL [options]")
    for name, call in CALLS.items():
        calls.add_parser(name, help=call.summary, add_help=False)
    if not given or given[0] not in CALLS:
        if given:
            parser.parse_args(given[:1])
        parser.print_help()
        return None, None
    return given[0], importlib.import_module(f"payops_local.{CALLS[given[0]].module}")


def _parser(name: str, module: ModuleType) -> argparse.ArgumentParser:
    call = CALLS[name]
    parser = argparse.ArgumentParser(
        prog=f"payops {name}",
        description=module.__doc__ or call.summary,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    if call.needs_platform:
        parser.add_argument(
            "--data", type=Path, metavar="DIR", help="the platform's data folder, also PAYOPS_DATA"
        )
    module.add_arguments(parser)
    return parser


def _rest(name: str, module: ModuleType, unknown: list[str]) -> list[str]:
    """What goes on to the program behind a call; only some calls hand anything on."""
    if unknown and not getattr(module, "HANDS_ON_ARGUMENTS", False):
        _parser(name, module).error(f"unrecognized arguments: {' '.join(unknown)}")
    return unknown


def _run(name: str, module: ModuleType, args: argparse.Namespace) -> int:
    result = module.run(args, _platform(name, args))
    if inspect.iscoroutine(result):
        result = asyncio.run(result)
    return int(result)


def _platform(name: str, args: argparse.Namespace) -> Platform:
    named: Path | None = getattr(args, "data", None)
    if name == "up":
        return described_platform(_folder(named) if named else default_data_folder())
    platform = running_platform(_folder(named) if named else running_data_folder())
    if CALLS[name].uses_servers:
        require_servers_as_named(platform)
    return platform


def _folder(named: Path) -> DataFolder:
    return DataFolder(named.absolute())

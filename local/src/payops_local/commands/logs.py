"""Follow the log of a service, a server or the supervisor until Ctrl-C."""

from __future__ import annotations

import argparse
import sys
import time
from collections import deque
from pathlib import Path
from typing import TextIO

from payops_local.errors import PlatformError
from payops_local.platform import Platform

LINES_DEFAULT = 40
FOLLOW_POLL_S = 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("service", help="for example transactions, kafka, mongod, supervisor")
    parser.add_argument("-n", "--lines", type=int, default=LINES_DEFAULT, help="how many to begin")
    parser.add_argument("--no-follow", action="store_true", help="print what is there and end")


def run(args: argparse.Namespace, platform: Platform) -> int:
    """Exit code 0; raises PlatformError for a name without a log."""
    path = platform.data.logs / f"{args.service}.log"
    if not path.is_file():
        known = sorted(each.stem for each in platform.data.logs.glob("*.log"))
        there = f"there are {', '.join(known)}" if known else "nothing has run here yet"
        raise PlatformError(f"There is no log of {args.service!r} in {path.parent}: {there}.")
    with path.open(encoding="utf-8", errors="replace") as log:
        sys.stdout.writelines(deque(log, maxlen=max(args.lines, 0)))
        if not args.no_follow:
            _follow(log, path)
    return 0


def _follow(log: TextIO, path: Path) -> None:
    while True:
        line = log.readline()
        if line:
            sys.stdout.write(line)
            continue
        sys.stdout.flush()
        if path.exists() and path.stat().st_size < log.tell():
            log.seek(0)  # the supervisor has cut it
        time.sleep(FOLLOW_POLL_S)

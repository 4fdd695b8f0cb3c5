"""Measure the platform beside the raw limits of this machine, as a table or as JSON.

Further arguments go on to the benchmark itself, which names its measurements when asked for an
unknown one.
"""

from __future__ import annotations

import argparse
import os
import subprocess

from payops_local.places import CHECKOUT
from payops_local.platform import Platform

HANDS_ON_ARGUMENTS = True
STANDARD_OUTPUT = "-"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--short", action="store_true", help="about three minutes (default)")
    length.add_argument("--full", action="store_true", help="everything")
    parser.add_argument(
        "--json",
        metavar="FILE",
        nargs="?",
        const=STANDARD_OUTPUT,
        help="the JSON object to a file, or to standard output after the table",
    )
    parser.add_argument("--only", metavar="NAME", nargs="+", help="only these measurements")
    parser.add_argument(
        "--against",
        metavar="COMMIT",
        help="measure this checkout and another commit in turns: what changed, with its spread",
    )
    parser.add_argument("--rounds", metavar="N", help="pairs of each measurement with --against")


def run(args: argparse.Namespace, platform: Platform) -> int:
    """The benchmark's exit code."""
    options = [f"--{name}" for name in ("short", "full") if getattr(args, name)]
    options += ["--json", args.json] if args.json else []
    options += ["--against", args.against] if args.against else []
    options += ["--rounds", args.rounds] if args.rounds else []
    options += ["--only", *args.only] if args.only else []
    env = os.environ | {"PYTHONPATH": str(CHECKOUT / "tests")}
    command = [str(platform.python), "-m", "bench", *options, *args.rest]
    return subprocess.run(command, cwd=CHECKOUT, env=env, check=False).returncode

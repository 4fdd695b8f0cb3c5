"""Measure the platform beside the raw limits of this machine, as a table or as JSON.

Further arguments go on to the benchmark itself.
"""

from __future__ import annotations

import argparse
import os
import subprocess

from payops_local.places import CHECKOUT
from payops_local.platform import Platform

HANDS_ON_ARGUMENTS = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--short", action="store_true", help="at most three minutes")
    length.add_argument("--full", action="store_true", help="everything")
    parser.add_argument("--json", action="store_true", help="one JSON object beside the table")


def run(args: argparse.Namespace, platform: Platform) -> int:
    """The benchmark's exit code."""
    options = [f"--{name}" for name in ("short", "full", "json") if getattr(args, name)]
    env = os.environ | {"PYTHONPATH": str(CHECKOUT / "tests")}
    command = [str(platform.python), "-m", "bench", *options, *args.rest]
    return subprocess.run(command, cwd=CHECKOUT, env=env, check=False).returncode

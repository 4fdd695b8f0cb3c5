"""Run the whole test suite on real servers; further arguments go on to pytest.

Servers named by PAYOPS_KAFKA and PAYOPS_MONGO are used; otherwise private ones start for the run
and end with it. --full adds the longer soaks, --containers the round on a Docker engine.
"""

from __future__ import annotations

import argparse
import subprocess

from payops_local.places import CHECKOUT
from payops_local.platform import Platform

HANDS_ON_ARGUMENTS = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--full", action="store_true", help="the longer soaks too")
    parser.add_argument("--containers", action="store_true", help="the Docker round too")


def run(args: argparse.Namespace, platform: Platform) -> int:
    """pytest's exit code; its closing line counts passed and failed tests."""
    command = [str(platform.python), "-m", "pytest"]
    command += ["--full"] if args.full else []
    command += ["--containers"] if args.containers else []
    return subprocess.run([*command, *args.rest], cwd=CHECKOUT, check=False).returncode

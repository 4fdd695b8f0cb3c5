"""Run the whole test suite on real servers; further arguments go on to pytest.

Servers named by PAYOPS_KAFKA and PAYOPS_MONGO are used; otherwise private ones start for the run
and end with it. --full adds the longer soaks.

--containers runs the round on a Docker engine instead: the compose file is brought up and payments
are sent through it, then the kernel's tests run on testcontainers. It uses the engine that answers;
where none does, root on Debian gets one that ends with the round.
"""

from __future__ import annotations

import argparse
import subprocess

from payops_local.places import CHECKOUT
from payops_local.platform import Platform

HANDS_ON_ARGUMENTS = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--full", action="store_true", help="the longer soaks too")
    parser.add_argument("--containers", action="store_true", help="the round on Docker instead")


def run(args: argparse.Namespace, platform: Platform) -> int:
    """pytest's exit code; its closing line counts passed and failed tests."""
    if args.containers:
        # Imported here: the other calls need nothing of Docker.
        from payops_local.containers.round import run_container_round

        return run_container_round(platform.python, args.rest)
    command = [str(platform.python), "-m", "pytest"]
    command += ["--full"] if args.full else []
    return subprocess.run([*command, *args.rest], cwd=CHECKOUT, check=False).returncode

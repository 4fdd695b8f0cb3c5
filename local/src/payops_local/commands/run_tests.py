"""Run the whole test suite on real servers; further arguments go on to pytest.

Servers named by PAYOPS_KAFKA and PAYOPS_MONGO are used; otherwise private ones start for the run
and end with it. --full adds the longer soaks. Files run side by side in as many processes as there
are cores (at most four); `-n 0` runs all in one, as plain pytest does. Pages are looked at with
Debian's Chromium, which root gets installed; without one those tests are left out.

--containers runs the round on a Docker engine instead: the compose file is brought up and payments
are sent through it, then the kernel's tests run on testcontainers. It uses the engine that answers;
where none does, root on Debian gets one that ends with the round.
"""

from __future__ import annotations

import argparse
import os

from payops_local.chromium import ensure_chromium
from payops_local.console import complain
from payops_local.places import CHECKOUT
from payops_local.platform import Platform

HANDS_ON_ARGUMENTS = True
SIDE_BY_SIDE = ("-n", "logical", "--maxprocesses", "4", "--no-loadscope-reorder")
"""A worker a core, each with a broker and a mongod of its own; the order is the tests' own."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--full", action="store_true", help="the longer soaks too")
    parser.add_argument("--containers", action="store_true", help="the round on Docker instead")


def run(args: argparse.Namespace, platform: Platform) -> int:
    """Hands over to pytest, whose closing line counts passed and failed tests."""
    if not args.containers:
        ensure_chromium(complain)
    program = ["payops_testing.containers"] if args.containers else ["pytest", *SIDE_BY_SIDE]
    program += ["--full"] if args.full and not args.containers else []
    os.chdir(CHECKOUT)
    # In this process's place: a Ctrl-C reaches what ends the servers, and leaves it the time.
    os.execv(platform.python, [str(platform.python), "-m", *program, *args.rest])  # noqa: S606

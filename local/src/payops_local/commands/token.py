"""Print a bearer token of the local issuer, valid for 8 hours, on standard output alone."""

from __future__ import annotations

import argparse

from payops_local.issuer import ROLES
from payops_local.platform import Platform


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("role", choices=ROLES, help="what the bearer may do")


def run(args: argparse.Namespace, platform: Platform) -> int:
    """Exit code 0; raises PlatformError before the first `up`."""
    print(platform.token(args.role))
    return 0

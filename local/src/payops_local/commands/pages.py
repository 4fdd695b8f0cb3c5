"""The configuration of the backoffice's pages: print the whole of it, or check a file.

`show` asks the running gateway; `show FILE` and `check FILE` need no platform. What `show` prints
is a file that can be kept and changed. docs/pages.md tells what a file may say.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import httpx

from payops_contracts.openapi import committed
from payops_contracts.pages.reading import EffectivePages, effective_pages
from payops_contracts.pages.wrong import WrongPages
from payops_local.errors import PlatformError
from payops_local.platform import Platform
from payops_local.services import GATEWAY

ANSWER_LIMIT_S = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    calls = parser.add_subparsers(dest="call", metavar="show|check", required=True)
    showing = calls.add_parser("show", help="print the whole configuration, as a file")
    showing.add_argument(
        "file", type=Path, nargs="?", help="with what this file changes; else the gateway's own"
    )
    checking = calls.add_parser("check", help="say what is wrong with a file, line by line")
    checking.add_argument("file", type=Path)


def run(args: argparse.Namespace, platform: Platform) -> int:
    """Exit code 0, or 1 for a wrong file; raises PlatformError for one that cannot be read."""
    if args.file is None:
        print(_of_the_gateway(platform), end="")
        return 0
    try:
        held = _with(args.file)
    except WrongPages as wrong:
        print(wrong)
        return 1
    print(held.file if args.call == "show" else f"{args.file} is in order.\n", end="")
    return 0


def _with(file: Path) -> EffectivePages:
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise PlatformError(f"{file} cannot be read: {error.strerror}.") from error
    return effective_pages(committed()[GATEWAY], raw, str(file))


def _of_the_gateway(platform: Platform) -> str:
    headers = {"Authorization": f"Bearer {platform.token('admin')}"}
    address = f"{platform.gateway_url}/v1/pages/file"
    try:
        answer = httpx.get(address, headers=headers, timeout=ANSWER_LIMIT_S, trust_env=False)
    except httpx.HTTPError as error:
        mend = "start the platform, `./payops up`, or name a FILE"
        raise PlatformError(f"The gateway does not answer at {address}: {mend}.") from error
    if answer.status_code != httpx.codes.OK:
        raise PlatformError(f"The gateway answers {answer.status_code}: {answer.text[:200]}")
    return answer.text

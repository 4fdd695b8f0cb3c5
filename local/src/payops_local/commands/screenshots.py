"""Pictures of every page of the running backoffice, as an admin sees it, for documents and eyes.

Each page is taken 1440 and 390 pixels wide, light and dark, with Debian's Chromium, as
PAGE-WIDTH-THEME. Names choose among them (`'dashboard-*' payment-1440-light`); --list says them
all. A page that there is no record for (a dead letter, a job) is left out, and that is said.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import httpx
from playwright.async_api import Error as BrowserFailed

from payops_local.chromium import MEND, find_or_install_chromium
from payops_local.console import complain
from payops_local.errors import PlatformError
from payops_local.places import INSTALLED
from payops_local.platform import Platform
from payops_local.screenshots.pages import PICTURES, SIZES, Picture
from payops_local.screenshots.records import shown_records
from payops_local.screenshots.taking import Look, Visitor, chromium

FOLDER = INSTALLED / "screenshots"
ROLE = "admin"
"""Sees every page and may press every button."""
ANSWER_LIMIT_S = 20.0
LOOKS = [Look(size, dark) for dark in (False, True) for size in SIZES]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as 'dashboard-*'; else all")
    parser.add_argument("--to", type=Path, default=FOLDER, metavar="DIR", help=f"else {FOLDER}")
    parser.add_argument("--webp", action="store_true", help="WebP, a fifth of the bytes of PNG")
    parser.add_argument("--list", action="store_true", help="the names alone")


async def run(args: argparse.Namespace, platform: Platform) -> int:
    """Exit code 0; raises PlatformError when something that is needed is missing."""
    chosen = list(_chosen(args.names))
    if args.list:
        print("\n".join(look.name(picture) for picture, look in chosen))
        return 0
    if not chosen:
        raise PlatformError("No picture has such a name: `./payops screenshots --list` says all.")
    if platform.backoffice_url is None:
        raise PlatformError("The platform runs without its pages: start it without that option.")
    records = await _records(platform)
    browser_path = find_or_install_chromium(complain)
    if browser_path is None:
        raise PlatformError(f"There is no Chromium to take pictures with: {MEND}.")
    try:
        async with chromium(browser_path) as browser:
            visitor = Visitor(browser, platform.backoffice_url, ROLE, platform.zone)
            await visitor.sign_in()
            for picture, look in chosen:
                lacking = picture.lacks(records)
                if lacking:
                    kind = lacking.replace("_", " ")
                    complain(f"{look.name(picture)} is left out: there is no {kind} to show.")
                    continue
                file = args.to / f"{look.name(picture)}.{'webp' if args.webp else 'png'}"
                _keep(file, await visitor.take(picture, look, records, file.suffix[1:]))
    except BrowserFailed as failed:
        raise PlatformError(f"Chromium took no picture: {failed.message}") from failed
    return 0


def _keep(file: Path, picture: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(picture)
    print(file, flush=True)


def _chosen(names: Sequence[str]) -> Iterator[tuple[Picture, Look]]:
    for picture in PICTURES:
        for look in LOOKS:
            if not names or any(fnmatchcase(look.name(picture), name) for name in names):
                yield picture, look


async def _records(platform: Platform) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {platform.token(ROLE)}"}
    try:
        async with httpx.AsyncClient(
            base_url=platform.gateway_url, headers=headers, timeout=ANSWER_LIMIT_S, trust_env=False
        ) as api:
            records = await shown_records(api, platform.zone)
    except httpx.HTTPError as error:
        raise PlatformError(
            f"The gateway does not answer at {platform.gateway_url}: start the platform, "
            "`./payops up`."
        ) from error
    if "payment" not in records:
        raise PlatformError(
            "There is no paid payment to show: start the platform with its demo, `./payops up`, "
            "and let it run for a minute."
        )
    return records

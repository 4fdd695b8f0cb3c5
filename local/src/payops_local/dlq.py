"""Dead letters: what a consumer could not take, byte for byte, with the reason.

`list` shows them, `show` one of them whole, `replay` sends one (or all that are open) to the topic
that it came from, with its own key, value and headers; `discard` says that one is not needed. The
gateway keeps them and what was decided, for this as for the pages. One that was decided about is
not sent again unless --again asks for it; replaying is harmless, for an event that was applied is
known by its id.
"""

from __future__ import annotations

import argparse
import sys
from base64 import b64decode
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import httpx

from payops_local.dead_letters import DECIDED, TOO_LARGE, DeadLetters, dead_letters, of_topic
from payops_local.errors import PlatformError
from payops_local.platform import Platform

LIST_DEFAULT = 50
SHOWN_BYTES_MAX = 64 * 1024
ERROR_CHARS = 200
HEX_A_LINE = 16
REASON = "Asked for with ./payops dlq."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    calls = parser.add_subparsers(dest="call", metavar="list|show|replay|discard", required=True)
    listing = calls.add_parser("list", help="the newest dead letters")
    _add_topic(listing)
    listing.add_argument(
        "-n", "--limit", type=int, default=LIST_DEFAULT, help="how many (default %(default)s)"
    )
    showing = calls.add_parser("show", help="one dead letter, whole")
    showing.add_argument("id", metavar="TOPIC/PARTITION/OFFSET", help="as `list` prints it")
    showing.add_argument("--raw", action="store_true", help="its value alone, byte for byte")
    replaying = calls.add_parser("replay", help="send to the original topic again")
    replaying.add_argument(
        "id", metavar="TOPIC/PARTITION/OFFSET", nargs="?", help="as `list` prints it"
    )
    replaying.add_argument("--all", action="store_true", help="every one that is open")
    replaying.add_argument("--again", action="store_true", help="also what was decided before")
    _add_topic(replaying)
    discarding = calls.add_parser("discard", help="say that one is not needed")
    discarding.add_argument("id", metavar="TOPIC/PARTITION/OFFSET", help="as `list` prints it")
    for deciding in (replaying, discarding):
        deciding.add_argument("--reason", default=REASON, help="for the audit log")


def _add_topic(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--topic", help="of this topic only (the original or its .dlq)")


async def run(
    args: argparse.Namespace,
    platform: Platform,
    transport: httpx.AsyncBaseTransport | None = None,
) -> int:
    """Exit code 0; raises PlatformError without the gateway, or for an id that is not there.

    ``transport`` is for tests.
    """
    if args.call == "replay" and bool(args.id) == args.all:
        raise PlatformError("Name one dead letter by its id, or all of them with --all.")
    async with dead_letters(platform, transport) as letters:
        if args.call == "list":
            await _list(args, letters)
        elif args.call == "show":
            await _show(args, letters)
        elif args.call == "replay":
            await _replay(args, letters)
        else:
            await _discard(args, letters)
    return 0


async def _list(args: argparse.Namespace, letters: DeadLetters) -> None:
    filters, newest = of_topic(args.topic), []
    async for letter in letters.every(**filters):
        newest.append(letter)
        if len(newest) >= max(args.limit, 1):
            break
    for letter in reversed(newest):
        print(f"{letter['dead_letter_id']}  {letter['failed_at']}  {_plain(letter['reason'])}")
        print(f"    from {_plain(letter['origin'])}, key {_plain(letter['key'] or 'none')}")
        print(f"    {_plain(letter['error'])[:ERROR_CHARS]}")
        if letter["decided_at"] is not None:
            print(f"    {_decided(letter)}")
    page = await letters.page(limit=1, **filters)
    count = f"{page['total']:,}{'+' if page['total_is_capped'] else ''}"
    shown = f", the newest {len(newest):,} shown" if page["total"] > len(newest) else ""
    print(f"{count} dead letters{shown}.")


async def _show(args: argparse.Namespace, letters: DeadLetters) -> None:
    letter = await letters.one(args.id)
    value = _bytes(letter["value"])
    if args.raw:
        sys.stdout.buffer.write(value or b"")
        sys.stdout.buffer.flush()
        return
    print(f"{letter['dead_letter_id']}, {_decided(letter)}")
    for name in ("origin", "consumer", "reason", "error", "failed_at", "code_version"):
        print(f"  {name}: {_plain(str(letter[name]))}")
    print(f"key: {_plain(_text(_bytes(letter['record_key'])))}")
    for header in letter["headers"]:
        print(f"header {_plain(header['name'])}: {_plain(_text(_bytes(header['content'])))}")
    print("value:", "none" if value is None else f"{len(value):,} bytes")
    if value is not None:
        print("\n".join(_whole(value[:SHOWN_BYTES_MAX])))
        if len(value) > SHOWN_BYTES_MAX:
            print(f"(the first {SHOWN_BYTES_MAX:,} bytes; --raw writes all)")


async def _replay(args: argparse.Namespace, letters: DeadLetters) -> None:
    outcomes: Counter[str | None] = Counter()
    async for letter in _chosen(args, letters):
        outcomes[await letters.decide("replay", letter, args.reason, args.again)] += 1
    print(f"{outcomes[None]:,} dead letters replayed.")
    if outcomes[DECIDED]:
        print(
            f"{outcomes[DECIDED]:,} were decided about before and left out; --again replays them."
        )
    if outcomes[TOO_LARGE]:
        print(
            f"{outcomes[TOO_LARGE]:,} are too large to be sent again; `show` says where they lie."
        )


async def _chosen(args: argparse.Namespace, letters: DeadLetters) -> AsyncIterator[str]:
    """The one that is named, or all, oldest first."""
    if not args.all:
        yield args.id
        return
    state = {} if args.again else {"state": "OPEN"}
    async for letter in letters.every(sort="failed_at", **state, **of_topic(args.topic)):
        yield letter["dead_letter_id"]


async def _discard(args: argparse.Namespace, letters: DeadLetters) -> None:
    refused = await letters.decide("discard", args.id, args.reason, again=False)
    print("It was decided about before." if refused else "Discarded.")


def _decided(letter: Any) -> str:
    if letter["decided_at"] is None:
        return "open"
    return f"{letter['state_label'].lower()} {letter['decided_at']} by {letter['decided_by']}"


def _bytes(content: Any) -> bytes | None:
    if content is None:
        return None
    if content["base64"] is not None:
        return b64decode(content["base64"])
    text: str = content["text"]
    return text.encode()


def _text(content: bytes | None) -> str:
    """Bytes in a line of text: as they are when they are text, else in hex."""
    if content is None:
        return "none"
    try:
        return content.decode()
    except UnicodeDecodeError:
        return f"0x{content.hex()}"


def _plain(text: str) -> str:
    """Without what a terminal would obey: a dead letter may hold anything."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def _whole(value: bytes) -> list[str]:
    """All lines of a value: text where it is text, else bytes in hex."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = None
    if text is not None and all(each.isprintable() or each in "\n\t" for each in text):
        return text.split("\n")
    return [
        f"{at:08x}  {value[at : at + HEX_A_LINE].hex(' ')}"
        for at in range(0, len(value), HEX_A_LINE)
    ]

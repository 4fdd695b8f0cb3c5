"""Dead letters: what a consumer could not take, byte for byte, with the reason.

`list` shows them, `show` one of them whole, `replay` sends one (or all) to the topic that it came
from, with its own key, value and headers. What was replayed is noted in the service's database
and not replayed again unless --again asks for it; replaying is harmless, for an event that was
applied is known by its id.
"""

from __future__ import annotations

import argparse
import sys
from collections import deque
from collections.abc import AsyncIterator

from payops_local.connections import mongo_client
from payops_local.dead_letter_notes import Notes
from payops_local.dead_letters import DeadLetter, read_all, read_one, subscriptions
from payops_local.errors import PlatformError
from payops_local.event_publisher import EventPublisher, Message
from payops_local.kafka_logs import KafkaLogs, kafka_logs
from payops_local.platform import Platform

LIST_DEFAULT = 50
SHOWN_BYTES_MAX = 64 * 1024
ERROR_CHARS = 200
HEX_A_LINE = 16
BROKER_PATIENCE_S = 30.0
CHUNK_BYTES_MAX = 4 * 1024 * 1024


def add_arguments(parser: argparse.ArgumentParser) -> None:
    calls = parser.add_subparsers(dest="call", metavar="list|show|replay", required=True)
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
    replaying.add_argument("--all", action="store_true", help="every one not replayed yet")
    replaying.add_argument("--again", action="store_true", help="also what was replayed before")
    _add_topic(replaying)


def _add_topic(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--topic", help="of this topic only (the original or its .dlq)")


async def run(args: argparse.Namespace, platform: Platform) -> int:
    """Exit code 0; raises PlatformError without servers, or for an id that is not there."""
    if args.call == "replay" and bool(args.id) == args.all:
        raise PlatformError("Name one dead letter by its id, or all of them with --all.")
    async with kafka_logs(platform.kafka) as logs, mongo_client(platform.mongo) as client:
        notes = Notes(platform, client)
        if args.call == "list":
            await _list(args, logs, notes)
        elif args.call == "show":
            await _show(args, logs, notes)
        else:
            await _replay(args, platform, logs, notes)
    return 0


async def _list(args: argparse.Namespace, logs: KafkaLogs, notes: Notes) -> None:
    newest: deque[DeadLetter] = deque(maxlen=max(args.limit, 1))
    count = 0
    async for letter in read_all(logs, subscriptions(args.topic)):
        newest.append(letter)
        count += 1
    for letter in newest:
        replayed = await notes.replayed_at(letter)
        print(f"{letter.id}  {letter.when}  {_plain(letter.reason)}")
        print(f"    from {_plain(letter.origin)}, key {_plain(_text(letter.key))}")
        print(f"    {_plain(letter.error)[:ERROR_CHARS]}")
        if replayed is not None:
            print(f"    replayed {replayed.isoformat(timespec='seconds')}")
    shown = f", the newest {len(newest):,} shown" if count > len(newest) else ""
    print(f"{count:,} dead letters{shown}.")


async def _show(args: argparse.Namespace, logs: KafkaLogs, notes: Notes) -> None:
    letter = await read_one(logs, args.id)
    if args.raw:
        sys.stdout.buffer.write(letter.value or b"")
        sys.stdout.buffer.flush()
        return
    replayed = await notes.replayed_at(letter)
    print(f"{letter.id}, replayed {replayed.isoformat() if replayed else 'never'}")
    for name, noted in letter.noted.items():
        print(f"  {name}: {_plain(noted)}")
    print(f"key: {_plain(_text(letter.key))}")
    for name, value in letter.headers:
        print(f"header {_plain(name)}: {_plain(_text(value))}")
    print("value:", "none" if letter.value is None else f"{len(letter.value):,} bytes")
    if letter.value is not None:
        print("\n".join(_whole(letter.value[:SHOWN_BYTES_MAX])))
        if len(letter.value) > SHOWN_BYTES_MAX:
            print(f"(the first {SHOWN_BYTES_MAX:,} bytes; --raw writes all)")


async def _replay(
    args: argparse.Namespace, platform: Platform, logs: KafkaLogs, notes: Notes
) -> None:
    if args.all:
        letters = read_all(logs, subscriptions(args.topic))
    else:
        letters = _only(await read_one(logs, args.id))
    publisher = EventPublisher(platform.kafka, BROKER_PATIENCE_S)
    replayed = left_out = 0
    try:
        await publisher.start()
        chunk: list[DeadLetter] = []
        async for letter in letters:
            if not args.again and await notes.replayed_at(letter) is not None:
                left_out += 1
                continue
            chunk.append(letter)
            if sum(len(each.value or b"") for each in chunk) >= CHUNK_BYTES_MAX:
                replayed += await _send(publisher, notes, chunk)
                chunk = []
        replayed += await _send(publisher, notes, chunk)
    finally:
        await publisher.close()
    print(f"{replayed:,} dead letters replayed.")
    if left_out:
        print(f"{left_out:,} were replayed before and left out; --again replays them too.")


async def _only(letter: DeadLetter) -> AsyncIterator[DeadLetter]:
    yield letter


async def _send(publisher: EventPublisher, notes: Notes, chunk: list[DeadLetter]) -> int:
    await publisher.send([_message(letter) for letter in chunk])
    await publisher.flush()
    # Noted once Kafka has them: a crash in between replays them again, which is harmless.
    for letter in chunk:
        await notes.note(letter)
    return len(chunk)


def _message(letter: DeadLetter) -> Message:
    return {
        "topic": letter.subscription.topic.name,
        "key": letter.key,
        "value": letter.value,
        "headers": letter.headers,
    }


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

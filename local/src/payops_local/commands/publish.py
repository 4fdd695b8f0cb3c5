"""Publish CloudEvents, one JSON object a line, to a topic; `-` reads standard input.

The Kafka key is the event's subject; the header content-type says that it is a CloudEvent. A line
that is none is named on standard error and left out; --raw publishes every line as it is, without
key and header, to see what becomes of bad input. Exit code 1 when a line was left out.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from payops_contracts.envelope import STRUCTURED_HEADERS
from payops_local.console import complain
from payops_local.errors import PlatformError
from payops_local.platform import Platform

REQUIRED = ("specversion", "id", "source", "type", "subject")
LARGEST_LINE_BYTES = 4 * 1024 * 1024
IN_FLIGHT_LIMIT = 5_000
START_LIMIT_S = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("topic", help="for example upstream.payments")
    parser.add_argument("file", metavar="FILE.jsonl", help="a file, or - for standard input")
    parser.add_argument("--raw", action="store_true", help="send every line as it is")


async def run(args: argparse.Namespace, platform: Platform) -> int:
    """Exit code 0 when every line went out; raises PlatformError without file, topic, broker."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    producer = AIOKafkaProducer(
        bootstrap_servers=platform.kafka,
        acks="all",
        enable_idempotence=True,
        linger_ms=5,
        max_request_size=LARGEST_LINE_BYTES + 64 * 1024,
        compression_type="lz4",
    )
    try:
        async with asyncio.timeout(START_LIMIT_S):
            await producer.start()
    except (KafkaError, OSError, TimeoutError) as error:
        raise PlatformError(
            f"No Kafka broker answers at {platform.kafka}: start the platform, `./payops up`."
        ) from error
    try:
        await _require_topic(producer, args.topic)
        sent, left_out = await _publish(producer, args)
    finally:
        await producer.stop()
    rest = f", left out {left_out:,} line(s)" if left_out else ""
    print(f"Published {sent:,} event(s) to {args.topic}{rest}.")
    return 1 if left_out else 0


async def _require_topic(producer: AIOKafkaProducer, topic: str) -> None:
    cluster = await producer.client.fetch_all_metadata()
    if topic not in cluster.topics():
        known = ", ".join(sorted(cluster.topics()))
        raise PlatformError(f"There is no topic {topic!r}: choose one of {known}.")


async def _publish(producer: AIOKafkaProducer, args: argparse.Namespace) -> tuple[int, int]:
    sent = left_out = 0
    waiting: list[asyncio.Future[object]] = []
    for number, line in _lines(args.file):
        trouble, key = (None, None) if args.raw else _checked(line)
        if trouble is not None:
            left_out += 1
            complain(f"Line {number} is left out: {trouble}.")
            continue
        headers = [] if args.raw else [*STRUCTURED_HEADERS]
        waiting.append(await producer.send(args.topic, line, key=key, headers=headers))
        sent += 1
        if len(waiting) >= IN_FLIGHT_LIMIT:
            await asyncio.gather(*waiting)
            waiting.clear()
    await asyncio.gather(*waiting)
    return sent, left_out


def _lines(name: str) -> Iterator[tuple[int, bytes]]:
    try:
        with nullcontext(sys.stdin.buffer) if name == "-" else Path(name).open("rb") as source:
            for number, line in enumerate(source, start=1):
                if line.strip():
                    yield number, line.rstrip(b"\r\n")
    except OSError as error:
        raise PlatformError(f"{name} cannot be read: {error.strerror}.") from error


def _checked(line: bytes) -> tuple[str | None, bytes | None]:
    """What is wrong with the line, if anything, and its key."""
    if len(line) > LARGEST_LINE_BYTES:
        return f"it is longer than {LARGEST_LINE_BYTES:,} bytes", None
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return "it is not JSON", None
    if not isinstance(event, dict):
        return "it is not a JSON object", None
    missing = [name for name in REQUIRED if not isinstance(event.get(name), str)]
    if missing:
        return f"it is no CloudEvent, it lacks {', '.join(missing)}", None
    return None, str(event["subject"]).encode()

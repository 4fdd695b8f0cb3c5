"""The least that tells a thousand watchers of what changes: sockets, one line a second for all.

No HTTP, no tokens, no notion of who shows what, of who is slow or comes back. A raw limit only.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress

import orjson
import uvloop
from aiokafka import AIOKafkaConsumer

from payops_local.ports import LOOPBACK

HELLO = b"hello\n"
LINE_SECONDS = 1.0


async def tell(kafka: str, topic: str, port: int) -> None:
    """Serve until the process ends."""
    watchers: set[asyncio.StreamWriter] = set()
    changes: dict[str, int] = {}
    there = asyncio.Event()

    async def watched(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HELLO)
        watchers.add(writer)
        with suppress(ConnectionError):
            await reader.read()
        watchers.discard(writer)
        writer.close()

    async def say() -> None:
        while await there.wait():
            there.clear()
            line = orjson.dumps(list(changes.items())) + b"\n"
            changes.clear()
            for writer in watchers:
                writer.write(line)
            await asyncio.sleep(LINE_SECONDS)

    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=kafka, group_id=None, isolation_level="read_committed"
    )
    await consumer.start()
    saying = asyncio.create_task(say())
    async with await asyncio.start_server(watched, LOOPBACK, port, backlog=1_024):
        async for record in consumer:
            event = orjson.loads(record.value)
            changes[event["subject"]] = int(event["sequence"])
            there.set()
    await saying


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(
            tell(
                os.environ["PAYOPS_KAFKA"],
                os.environ["BENCH_TOPIC"],
                int(os.environ["BENCH_PORT"]),
            )
        )

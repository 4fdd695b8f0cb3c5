"""Reads the refund commands for the desk, at least once, however often the broker goes and comes.

The group is the provider's own and no part of PayOps: it has no dead letters.
"""

from __future__ import annotations

import asyncio
import contextlib

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from payops_contracts.topics import PAYMENT_COMMANDS
from payops_kernel.logging import get_logger
from payops_kernel.mongo.transactions import retry_delay
from payops_local.simulator.desk import Desk
from payops_local.simulator.hub import TICK_S, wait

GROUP = "simulated-provider"
POLL_MS = 200
POLL_RECORDS = 2_000
COMMIT_LIMIT_S = 5.0
START_LIMIT_S = 10.0
CLOSE_LIMIT_S = 5.0
SESSION_MS = 10_000
HEARTBEAT_MS = 3_000

log = get_logger(__name__)


async def read_commands(kafka: str, desk: Desk, stopping: asyncio.Event) -> None:
    """Hand every command to the desk until ``stopping``, and commit what the desk has settled."""
    attempt = 0
    while not stopping.is_set():
        consumer = _consumer(kafka)
        try:
            async with asyncio.timeout(START_LIMIT_S):
                await consumer.start()
            attempt = 0
            await _read(consumer, desk, stopping)
        except (KafkaError, OSError, TimeoutError) as error:
            log.warning("simulator.commands_wait", why=str(error) or type(error).__name__)
            await wait(stopping, retry_delay(attempt))
            attempt += 1
        finally:
            with contextlib.suppress(KafkaError, OSError, TimeoutError):
                await asyncio.wait_for(consumer.stop(), CLOSE_LIMIT_S)


async def _read(consumer: AIOKafkaConsumer, desk: Desk, stopping: asyncio.Event) -> None:
    committed: dict[int, int] = {}
    while not stopping.is_set():
        if desk.full:
            await wait(stopping, TICK_S)
        else:
            polled = await consumer.getmany(timeout_ms=POLL_MS, max_records=POLL_RECORDS)
            for partition, records in polled.items():
                for record in records:
                    place = (partition.partition, record.offset)
                    desk.take(place, record.value, record.timestamp / 1000)
        committed = await _commit(consumer, desk, committed)
    await _commit(consumer, desk, committed)


async def _commit(
    consumer: AIOKafkaConsumer, desk: Desk, committed: dict[int, int]
) -> dict[int, int]:
    settled = desk.settled()
    held = {each.partition for each in consumer.assignment()}
    fresh = {p: at for p, at in settled.items() if committed.get(p) != at and p in held}
    if fresh:
        offsets = {TopicPartition(PAYMENT_COMMANDS.name, p): at for p, at in fresh.items()}
        await asyncio.wait_for(consumer.commit(offsets), COMMIT_LIMIT_S)
    return committed | fresh


def _consumer(kafka: str) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        PAYMENT_COMMANDS.name,
        bootstrap_servers=kafka,
        group_id=GROUP,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=SESSION_MS,
        heartbeat_interval_ms=HEARTBEAT_MS,
    )

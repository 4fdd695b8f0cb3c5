"""The provider on a real broker: it answers across restarts of its own and of the broker's."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Set
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from payops_contracts.refunds import RefundRequestedV1
from payops_contracts.topics import (
    DEBIT_COMMANDS,
    PAYMENT_COMMANDS,
    UPSTREAM_DEBIT_RESULTS,
    UPSTREAM_PAYMENTS,
    Topic,
)
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.testing.deadlines import eventually
from payops_local.event_publisher import EventPublisher, message
from payops_local.servers import KafkaServer
from payops_local.simulator.refunds import RefundScenario, RefundShares
from payops_testing.local.debit_commands import debit_command
from payops_testing.local.refund_commands import NOW, command

DEADLINE_S = 120.0
QUICK_S = 60.0
DEBIT_SHARES = ("HARD", "LOST", "TWICE", "CONTRADICTED", "REVERSED")
SHARES = ("FAILED", "PENDING", "LATE", "SILENT", "TWICE", "RETURNED")

pytestmark = pytest.mark.timeout(1_800)


@asynccontextmanager
async def simulator(kafka: str, **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The real process without payments of its own; killed at the end if it still runs."""
    shares = {f"PAYOPS_SIMULATOR_REFUND_{share}": "0" for share in SHARES}
    env = {**os.environ, "PAYOPS_KAFKA": kafka, "PAYOPS_SIMULATOR_RATE": "0", **shares, **settings}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "payops_local.simulator", env=env
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def debited(kafka: str, count: int) -> dict[str, str]:
    """Ask for so many debits; attempt → idempotency key."""
    run = uuid4().hex
    debits = {f"debit-{run}-{number}": str(uuid4()) for number in range(count)}
    await published(
        kafka,
        DEBIT_COMMANDS.name,
        {key: debit_command(debit_id=debit, idempotency_key=key) for debit, key in debits.items()},
    )
    return debits


async def published(kafka: str, topic: str, commands: dict[str, bytes]) -> None:
    """Commands by their keys are on the topic."""
    publisher = EventPublisher(kafka, patience_s=20.0)
    await publisher.start(topic)
    given = {"time": datetime.now(UTC).isoformat()}  # answers come after it, however late
    said = {key: orjson.dumps(orjson.loads(value) | given) for key, value in commands.items()}
    await publisher.send([message(topic, key, value) for key, value in said.items()])
    await publisher.flush()
    await publisher.close()


async def asked(kafka: str, count: int) -> dict[str, str]:
    """Ask for so many refunds; refund → idempotency key."""
    run = uuid4().hex
    refunds = {f"refund-{run}-{number}": str(uuid4()) for number in range(count)}
    await published(
        kafka,
        PAYMENT_COMMANDS.name,
        {key: command(refund_id=refund, idempotency_key=key) for refund, key in refunds.items()},
    )
    return refunds


async def answered(
    kafka: str, asked_for: dict[str, str], topic: Topic = UPSTREAM_PAYMENTS
) -> dict[str, list[Any]]:
    """Refund or debit → answers that are on the topic by now."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka, enable_auto_commit=False, isolation_level="read_committed"
    )
    await consumer.start()
    try:
        parts = [TopicPartition(topic.name, n) for n in range(topic.partitions)]
        consumer.assign(parts)
        await consumer.seek_to_beginning(*parts)
        ends = await consumer.end_offsets(parts)
        found: dict[str, list[Any]] = {}
        while any([await consumer.position(part) < end for part, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=100)).values():
                for record in records:
                    _note(record.value, asked_for, found)
        return found
    finally:
        await consumer.stop()


def _note(value: bytes | None, asked_for: dict[str, str], found: dict[str, list[Any]]) -> None:
    if value is None or not (b"upstream.refund." in value or b"upstream.debit." in value):
        return
    event = orjson.loads(value)
    one = event["data"].get("refund_id") or event["data"]["debit_id"]
    if one in asked_for:
        found.setdefault(one, []).append(event)


async def all_answered(
    kafka: str, asked_for: dict[str, str], wanted: Set[str], topic: Topic = UPSTREAM_PAYMENTS
) -> dict[str, list[Any]]:
    """The answers, as soon as exactly the wanted refunds or debits have some."""

    async def look() -> dict[str, list[Any]]:
        return await answered(kafka, asked_for, topic)

    return await eventually(look, DEADLINE_S, until=lambda found: found.keys() == wanted)


def quickly_answered(refunds: dict[str, str]) -> set[str]:
    """Those that a provider answers at once that answers half of them an hour later."""
    scenario = RefundScenario(1, RefundShares(late=0.5, late_seconds=3_600.0))

    def waits_s(refund: str, key: str) -> float:
        asked_for = command(refund_id=refund, idempotency_key=key)
        said = RefundRequestedV1.model_validate_json(asked_for).data
        return scenario.answers(said, NOW, NOW)[-1].at - NOW

    return {refund for refund, key in refunds.items() if waits_s(refund, key) < QUICK_S}


@pytest.mark.faults
async def test_an_answer_that_is_owed_survives_kill_9(kafka_address: str) -> None:
    await ensure_topics(kafka_address)
    late = {"PAYOPS_SIMULATOR_REFUND_LATE": "0.5"}
    async with simulator(kafka_address, **late, PAYOPS_SIMULATOR_REFUND_LATE_S="3600"):
        refunds = await asked(kafka_address, 30)
        quick = quickly_answered(refunds)
        assert 0 < len(quick) < len(refunds)
        before = await all_answered(kafka_address, refunds, quick)
    async with simulator(kafka_address, **late, PAYOPS_SIMULATOR_REFUND_LATE_S="0"):
        found = await all_answered(kafka_address, refunds, refunds.keys())
    for refund, events in found.items():
        assert {event["id"] for event in events} == {f"refund:{refunds[refund]}:succeeded"}
        assert refund not in before or before[refund][0] in events


@pytest.mark.faults
async def test_a_debit_that_is_not_answered_yet_is_answered_once_after_kill_9(
    kafka_address: str,
) -> None:
    await ensure_topics(kafka_address)
    shares = {f"PAYOPS_SIMULATOR_DEBIT_{share}": "0" for share in DEBIT_SHARES}
    late = {**shares, "PAYOPS_SIMULATOR_DEBIT_SOFT": "0.5", "PAYOPS_SIMULATOR_DEBIT_LATE": "1"}
    async with simulator(kafka_address, **late, PAYOPS_SIMULATOR_DEBIT_LATE_S="3600"):
        debits = await debited(kafka_address, 30)
        refunds = await asked(kafka_address, 1)
        await all_answered(kafka_address, refunds, refunds.keys())
        assert await answered(kafka_address, debits, UPSTREAM_DEBIT_RESULTS) == {}
    async with simulator(kafka_address, **late, PAYOPS_SIMULATOR_DEBIT_LATE_S="0"):
        found = await all_answered(kafka_address, debits, debits.keys(), UPSTREAM_DEBIT_RESULTS)
    assert {len(events) for events in found.values()} == {1}
    ends = {event["type"].split(".")[2] for (event,) in found.values()}
    assert ends == {"succeeded", "failed"}
    for debit, (event,) in found.items():
        assert event["id"].startswith(f"debit:{debits[debit]}:")


@pytest.mark.faults
async def test_a_broker_that_restarts_interrupts_the_answers_and_loses_none(
    kafka_server: KafkaServer,
) -> None:
    kafka = kafka_server.address
    await ensure_topics(kafka)
    async with simulator(kafka) as process:
        for round_number in range(2):
            refunds = await asked(kafka, 20)
            found = await all_answered(kafka, refunds, refunds.keys())
            assert all(len(events) == 1 for events in found.values())
            if round_number == 0:
                await kafka_server.akill()
                await kafka_server.astart()
        assert process.returncode is None
        process.terminate()
        assert await asyncio.wait_for(process.wait(), DEADLINE_S) == 0

"""Other publishers' transactions on a real broker: what was aborted never happened, once is once.

Positions pass what nobody can read, so that a log which ends in an abort is no lag; an open
transaction holds its partition without a restart, and the report says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer

from payops_kernel.clock import DrivenClock
from payops_kernel.messaging import consumer as consumer_module
from payops_kernel.messaging import open_transactions
from payops_kernel.messaging import watch as watch_module
from payops_kernel.messaging.consumer import TopicConsumer
from payops_kernel.messaging.passing import pass_over
from payops_kernel.messaging.positions import Anchor, Position, Positions
from payops_kernel.messaging.records import Record
from payops_kernel.mongo import Mongo
from payops_kernel.testing import SLOW_MACHINE, eventually
from payops_kernel.worker import Worker
from payops_testing.kernel.toy_worker import ACCOUNTS, PATIENCE_S, Stage, drained, event, stage

PARTITION = 0
TRANSACTIONS = 40
MARKER = 1
"""The offset that the end of a transaction takes."""
OPEN_MAX_MS = 600_000
"""The broker ends no transaction of a test before the test does."""


@pytest.fixture
async def on(kafka_address: str, own_mongo: Mongo, driven_clock: DrivenClock) -> Stage:
    return await stage(kafka_address, own_mongo, driven_clock)


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_module, "LOOK_SECONDS", 0.2)
    monkeypatch.setattr(open_transactions, "HELD_SECONDS", 0.5)


@asynccontextmanager
async def publisher(on: Stage, transactional: bool = True) -> AsyncIterator[AIOKafkaProducer]:
    name = uuid4().hex if transactional else None
    producer = AIOKafkaProducer(
        bootstrap_servers=on.kafka, transactional_id=name, transaction_timeout_ms=OPEN_MAX_MS
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def send(producer: AIOKafkaProducer, on: Stage, *numbers: int) -> None:
    for n in numbers:
        key, value = event(0, n)
        await producer.send_and_wait(on.subscription.topic.name, value, key.encode(), PARTITION)


async def transaction(producer: AIOKafkaProducer, on: Stage, *numbers: int, commit: bool) -> None:
    await producer.begin_transaction()
    await send(producer, on, *numbers)
    await (producer.commit_transaction() if commit else producer.abort_transaction())


async def taken(on: Stage) -> list[int]:
    document = await on.mongo.db["accounts"].find_one({"_id": "a0"})
    return [] if document is None else list(document["taken"])


async def accounts(on: Stage) -> dict[str, list[int]]:
    return {row["_id"]: sorted(row["taken"]) async for row in on.mongo.db["accounts"].find()}


async def said(on: Stage, count: int) -> list[tuple[bytes | None, bytes | None]]:
    return await on.published(on.said.name, count)


def positions(on: Stage) -> Positions:
    return Positions(on.mongo.db, on.subscription.group, on.subscription.topic.name)


async def place(on: Stage) -> Position:
    stored = await positions(on).load(PARTITION)
    assert stored is not None
    return stored


async def test_an_aborted_record_is_never_applied_and_a_committed_one_once(on: Stage) -> None:
    async with publisher(on) as upstream:
        await transaction(upstream, on, 1, 2, commit=False)
        await transaction(upstream, on, 3, 4, commit=True)
        await transaction(upstream, on, 5, commit=False)
        await transaction(upstream, on, 6, commit=True)
    async with on.worker() as worker:
        await drained(worker)
        assert worker.report().events_total == 3
    assert await taken(on) == [3, 4, 6]
    assert len(await said(on, 3)) == 3


async def test_a_log_that_ends_in_an_abort_is_no_lag_and_the_next_start_goes_on_behind_it(
    on: Stage,
) -> None:
    async with publisher(on) as upstream:
        await transaction(upstream, on, 1, commit=True)
        await transaction(upstream, on, *range(100, 160), commit=False)
        async with on.worker() as worker:
            await drained(worker)
        end = 1 + MARKER + 60 + MARKER
        stood = await place(on)
        assert stood.next == end
        assert stood.last is not None
        assert stood.last.offset == 0  # what was applied last
        async with on.worker() as worker:
            await eventually(lambda: worker.report().reasons == (), PATIENCE_S)
            await transaction(upstream, on, 2, commit=True)
            await applied(worker, 1)
            await drained(worker)
    assert await taken(on) == [1, 2]


async def test_a_first_start_on_a_log_of_aborted_records_alone_is_no_lag(on: Stage) -> None:
    async with publisher(on) as upstream:
        await transaction(upstream, on, 1, 2, commit=False)
        async with on.worker() as worker:
            await drained(worker)
        assert await place(on) == Position(2 + MARKER, None)
        async with on.worker() as worker:
            await drained(worker)
            await transaction(upstream, on, 3, commit=True)
            await applied(worker, 1)
    assert await taken(on) == [3]


@pytest.mark.parametrize("commit", [True, False])
async def test_an_open_transaction_holds_its_partition_and_the_report_says_why(
    on: Stage, commit: bool
) -> None:
    async with publisher(on) as upstream, publisher(on, transactional=False) as plain:
        await send(plain, on, 1)
        await upstream.begin_transaction()
        await send(upstream, on, 2)
        await send(plain, on, 3)
        async with on.worker() as worker:
            await applied(worker, 1)
            (said,) = await eventually(lambda: worker.report().notices, PATIENCE_S)
            assert "partition 0: an open transaction of a publisher holds it at offset 1" in said
            assert "2 offset(s)" in said
            assert (worker.lag, worker.report().reasons) == (0, ())
            assert await taken(on) == [1]
            assert held_offsets(worker) == 2
        async with on.worker() as worker:  # a restart changes nothing about it
            await eventually(lambda: worker.report().notices, PATIENCE_S)
            await (upstream.commit_transaction() if commit else upstream.abort_transaction())
            await applied(worker, 2 if commit else 1)
            await drained(worker)
            await eventually(lambda: worker.report().notices == (), PATIENCE_S)
            assert held_offsets(worker) == 0
    assert await taken(on) == ([1, 2, 3] if commit else [1, 3])


async def test_a_position_behind_the_last_stable_offset_is_no_truncated_log(on: Stage) -> None:
    async with publisher(on) as upstream, publisher(on, transactional=False) as plain:
        await upstream.begin_transaction()
        await send(upstream, on, 1)
        await send(plain, on, 2)
        await positions(on).begin(PARTITION, 2)  # as one that read what was not committed
        async with on.worker() as worker:
            await eventually(lambda: worker.consumers[0].assignment.positioned, PATIENCE_S)
            await eventually(lambda: worker.lag == 0, PATIENCE_S)
            await upstream.abort_transaction()
            await drained(worker)
            assert worker.consumers[0].assignment.refusals() == []


async def test_an_anchor_that_was_aborted_is_refused_also_when_nothing_lies_behind_it(
    on: Stage,
) -> None:
    async with publisher(on) as upstream:
        await transaction(upstream, on, 1, commit=False)
    key, value = event(0, 1)
    record = Record("t", PARTITION, 0, 1, key.encode(), value, ())
    rows = positions(on)
    await rows.begin(PARTITION, 0)
    await on.mongo.db["positions"].update_one(
        {"_id": rows.row_id(PARTITION)},
        {"$set": {"next": 1, "last": {"offset": 0, "timestamp": 1, "crc32": record.crc}}},
    )
    async with on.worker() as worker:
        (refused,) = await eventually(worker.consumers[0].assignment.refusals, PATIENCE_S)
    assert "is gone from the log, or was aborted" in refused
    assert await place(on) == Position(1, Anchor(0, 1, record.crc))


async def test_publishers_side_by_side_and_restarts_between_lose_and_double_nothing(
    on: Stage,
) -> None:
    chance = Random(7)
    wanted: list[int] = []
    async with publisher(on) as one, publisher(on) as two, publisher(on, False) as plain:
        for turn in range(6):
            await _traffic(on, chance, turn, wanted, [one, two], plain)
            async with on.worker() as worker:
                if turn % 2:
                    await drained(worker)  # else it is stopped in the midst of it
        async with on.worker() as worker:
            await drained(worker)
    found = await taken(on)
    assert sorted(found) == sorted(wanted)
    assert len(await said(on, len(wanted))) == len(wanted)
    assert await on.mongo.db["accounts"].count_documents({}) == 1


async def _traffic(
    on: Stage,
    chance: Random,
    turn: int,
    wanted: list[int],
    publishers: list[AIOKafkaProducer],
    plain: AIOKafkaProducer,
) -> None:
    fates = [chance.random() < 0.5 for _ in publishers]
    for upstream in publishers:
        await upstream.begin_transaction()
    for step in range(12):
        number = turn * 100 + step
        who = chance.randrange(3)
        await send([*publishers, plain][who], on, number)
        if who == 2 or fates[who]:
            wanted.append(number)
    for upstream, committed in zip(publishers, fates, strict=True):
        await (upstream.commit_transaction() if committed else upstream.abort_transaction())


async def test_records_that_were_handed_out_and_not_applied_yet_are_never_passed_over(
    on: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    polled, go_on, apply = asyncio.Event(), asyncio.Event(), TopicConsumer._on_poll

    async def held_up(consumer: TopicConsumer, records: Any) -> None:
        polled.set()
        await go_on.wait()
        await apply(consumer, records)

    monkeypatch.setattr(TopicConsumer, "_on_poll", held_up)
    async with publisher(on) as upstream, on.worker() as worker:
        await eventually(lambda: worker.report().reasons == (), PATIENCE_S)  # it has its place
        await transaction(upstream, on, 1, commit=False)
        await transaction(upstream, on, 2, commit=True)
        await asyncio.wait_for(polled.wait(), PATIENCE_S * SLOW_MACHINE)

        async def passed() -> int:
            await pass_over(worker.consumers[0])
            return (await place(on)).next

        # Up to the record, and no further.
        await eventually(passed, until=lambda seen: seen == 1 + MARKER)
        go_on.set()
        await applied(worker, 1)
    assert await taken(on) == [2]


async def test_members_come_and_go_while_transactions_end_and_nothing_is_skipped(
    on: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_module, "LOOK_SECONDS", 0.02)  # passes over whenever it may
    wanted: list[set[int]] = [set() for _ in range(ACCOUNTS)]
    async with publisher(on) as one, publisher(on) as two, on.worker() as first:
        sending = [
            asyncio.create_task(_small_transactions(on, producer, Random(seed), seed, wanted))
            for seed, producer in enumerate([one, two])
        ]
        while not all(task.done() for task in sending):
            async with on.worker() as second:
                await eventually(lambda: second.report().reasons == (), PATIENCE_S)
        await asyncio.gather(*sending)
        expected = {f"a{n}": sorted(each) for n, each in enumerate(wanted)}
        await eventually(lambda: accounts(on), PATIENCE_S, until=lambda seen: seen == expected)
        await drained(first)
    assert await accounts(on) == expected


async def _small_transactions(
    on: Stage, producer: AIOKafkaProducer, chance: Random, seed: int, wanted: list[set[int]]
) -> None:
    for number in range(seed * TRANSACTIONS, (seed + 1) * TRANSACTIONS):
        committed = chance.random() < 0.6
        await producer.begin_transaction()
        for account in chance.sample(range(ACCOUNTS), chance.randint(1, 3)):
            key, value = event(account, number)
            topic = on.subscription.topic
            await producer.send(topic.name, value, key.encode(), account % topic.partitions)
            if committed:
                wanted[account].add(number)
        await (producer.commit_transaction() if committed else producer.abort_transaction())


async def test_transactions_of_one_record_each_are_read_without_a_seek_at_every_gap(
    on: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer_module, "POLL_RECORDS_MAX", 1)
    monkeypatch.setattr(consumer_module, "PARTITION_POLL_RECORDS", 1)
    seeks = 0
    async with publisher(on) as upstream:
        for n in range(40):
            await transaction(upstream, on, n, commit=True)
    async with on.worker() as worker:
        consumer: Any = await eventually(lambda: worker.consumers[0].kafka, PATIENCE_S)
        really = consumer.seek

        def seek(*to: Any) -> None:
            nonlocal seeks
            seeks += 1
            really(*to)

        monkeypatch.setattr(consumer, "seek", seek)
        await drained(worker)
    assert await taken(on) == list(range(40))
    assert seeks < 20


async def applied(worker: Worker, records: int) -> None:
    await eventually(
        lambda: worker.report().events_total, PATIENCE_S, until=lambda seen: seen >= records
    )


def held_offsets(worker: Worker) -> float:
    (consumer,) = worker.consumers
    return sum(
        sample.value
        for metric in consumer.runner.metrics.held.collect()
        for sample in metric.samples
        if sample.labels["group"] == consumer.subscription.group
    )

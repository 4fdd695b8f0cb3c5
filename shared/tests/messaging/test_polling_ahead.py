"""Polls that are applied while others wait behind them: nothing is skipped, nothing comes twice.

The log has gaps, fetches stop anywhere, slices fail before and after their commit, and another
consumer moves the position: whatever happens, the records are applied in order, each once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from random import Random
from typing import Any, cast

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError
from faststream.kafka import KafkaBroker

from payops_kernel.messaging import queues as queues_module
from payops_kernel.messaging.consumer import ConsumerLimits, TopicConsumer
from payops_kernel.messaging.log_reading import LogStarts
from payops_kernel.messaging.queues import PartitionQueues
from payops_kernel.messaging.records import Record
from payops_kernel.testing import eventually
from payops_testing.kernel.polling_fakes import (
    LIMIT_SECONDS,
    PARTITIONS,
    RECORDS,
    SLICE,
    AskedStarts,
    FakeKafka,
    FakeRunner,
    raw,
)


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> AskedStarts:
    starts = AskedStarts()

    async def of(_: LogStarts, tp: TopicPartition) -> int:
        return await starts.of(tp)

    monkeypatch.setattr(LogStarts, "of", of)
    return starts


Positioned = tuple[TopicConsumer, FakeKafka, FakeRunner]


@pytest.mark.parametrize("failing", [0.0, 0.1])
@pytest.mark.parametrize("seed", range(8))
async def test_every_record_is_applied_once_and_in_order(
    seed: int, failing: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues_module, "AHEAD_RECORDS", 30)
    chance = Random(seed)
    kafka, runner = FakeKafka(chance), FakeRunner(chance, failing)
    limits = ConsumerLimits(slice_records=SLICE)
    consumer = TopicConsumer(KafkaBroker("127.0.0.1:1", logger=None), cast(Any, runner), limits)
    monkeypatch.setattr(TopicConsumer, "kafka", kafka)
    numbers = [TopicPartition("toy", number) for number in range(PARTITIONS)]
    await consumer.assignment.on_partitions_assigned(numbers)
    async with asyncio.timeout(LIMIT_SECONDS):
        while runner.applied != kafka.logs:
            fetched = await kafka.getmany(timeout_ms=1, max_records=1)
            if fetched:
                await consumer._on_poll([each for records in fetched.values() for each in records])
    assert consumer.in_flight == 0
    assert kafka.polls_ahead > 0
    await consumer.close()


async def test_partitions_go_side_by_side_and_each_in_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(queues_module, "AHEAD_RECORDS", 2)
    order: list[tuple[int, int]] = []
    gate = asyncio.Event()

    async def take(partition: int, records: list[Record]) -> bool:
        if partition == 0:
            await gate.wait()
        order.extend((partition, record.offset) for record in records)
        return True

    queues = PartitionQueues(take)
    queues.add([Record.of(raw(0, 1)), Record.of(raw(1, 1))])
    queues.add([Record.of(raw(0, 2)), Record.of(raw(1, 2))])
    await queues.until_there_is_room()
    assert order == [(1, 1), (1, 2)]
    gate.set()
    await queues.done()
    assert order == [(1, 1), (1, 2), (0, 1), (0, 2)]
    assert queues.waiting == 0


async def test_what_waits_behind_a_partition_out_of_step_is_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken: list[int] = []

    async def take(_partition: int, records: list[Record]) -> bool:
        taken.append(records[0].offset)
        return False

    queues = PartitionQueues(take)
    queues.add([Record.of(raw(0, 1))])
    queues.add([Record.of(raw(0, 2))])
    monkeypatch.setattr(queues_module, "AHEAD_RECORDS", 0)
    await queues.until_there_is_room()
    assert not queues.in_step
    await queues.done()
    queues.add([Record.of(raw(0, 3))])
    await queues.done()
    assert (taken, queues.waiting, queues.waiting_bytes) == ([1], 0, 0)


async def test_what_comes_while_a_partition_is_busy_is_taken_together_within_a_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(queues_module, "TAKEN_RECORDS_MAX", 3)
    taken: list[list[int]] = []
    gate = asyncio.Event()

    async def take(_partition: int, records: list[Record]) -> bool:
        taken.append([record.offset for record in records])
        await gate.wait()
        return True

    queues = PartitionQueues(take)
    queues.add([Record.of(raw(0, 1))])
    await asyncio.sleep(0)
    for offset in range(2, 7):
        queues.add([Record.of(raw(0, offset))])
    gate.set()
    await queues.done()
    assert taken == [[1], [2, 3, 4], [5, 6]]
    assert not await queues.moved()


async def test_what_take_raises_is_raised_when_all_is_done() -> None:
    async def take(partition: int, _records: list[Record]) -> bool:
        if partition == 1:
            raise ValueError("broken")
        return True

    queues = PartitionQueues(take)
    queues.add([Record.of(raw(0, 1)), Record.of(raw(1, 1))])
    with pytest.raises(ValueError, match="broken"):
        await queues.done()
    assert (queues.waiting, queues.in_step) == (0, False)


async def test_large_records_leave_no_room_for_many(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = asyncio.Event()

    async def take(_partition: int, _records: list[Record]) -> bool:
        await gate.wait()
        return True

    queues = PartitionQueues(take)
    large = Record.of(raw(0, 1))
    monkeypatch.setattr(queues_module, "AHEAD_BYTES", large.size)
    queues.add([large])
    assert not queues.full
    queues.add([large])
    assert queues.full
    gate.set()
    await queues.until_there_is_room()
    await queues.done()
    assert (queues.full, queues.waiting_bytes) == (False, 0)


async def test_every_partition_has_its_turn_when_there_is_room_for_few(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(queues_module, "AHEAD_RECORDS", 5)
    chance = Random(1)
    kafka, runner = FakeKafka(chance), FakeRunner(chance, 0.0)
    consumer = TopicConsumer(KafkaBroker("127.0.0.1:1", logger=None), cast(Any, runner))
    monkeypatch.setattr(TopicConsumer, "kafka", kafka)
    numbers = [TopicPartition("toy", number) for number in range(PARTITIONS)]
    await consumer.assignment.on_partitions_assigned(numbers)
    turns: list[int] = []
    plainly = kafka.getmany

    async def watched(*partitions: TopicPartition, **limits: int) -> dict[Any, list[Any]]:
        turns.extend(each.partition for each in partitions)
        return await plainly(*partitions, **limits)

    async with asyncio.timeout(LIMIT_SECONDS):
        while runner.applied != kafka.logs:
            fetched = await kafka.getmany(timeout_ms=1, max_records=1)
            monkeypatch.setattr(kafka, "getmany", watched)
            await consumer._on_poll([each for records in fetched.values() for each in records])
            monkeypatch.setattr(kafka, "getmany", plainly)
    assert turns == [number % PARTITIONS for number in range(len(turns))]
    assert len(turns) > PARTITIONS
    await consumer.close()


@pytest.fixture
async def positioned(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Positioned]:
    chance = Random(2)
    kafka, runner = FakeKafka(chance), FakeRunner(chance, 0.0)
    kafka.logs = {number: list(range(RECORDS)) for number in range(PARTITIONS)}
    consumer = TopicConsumer(KafkaBroker("127.0.0.1:1", logger=None), cast(Any, runner))
    monkeypatch.setattr(TopicConsumer, "kafka", kafka)
    numbers = [TopicPartition("toy", number) for number in range(PARTITIONS)]
    await consumer.assignment.on_partitions_assigned(numbers)
    async with asyncio.timeout(LIMIT_SECONDS):
        await asyncio.gather(*consumer.assignment._tasks.values())
    yield consumer, kafka, runner
    await consumer.close()


async def test_a_partition_taken_away_in_the_middle_of_a_turn_is_not_polled_again(
    positioned: Positioned, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer, kafka, runner = positioned
    plainly, slowly = kafka.getmany, runner.apply
    committing, revoked = asyncio.Event(), asyncio.Event()
    numbers = [TopicPartition("toy", number) for number in range(PARTITIONS)]
    revoking: list[asyncio.Task[None]] = []

    async def revoked_meanwhile(*partitions: TopicPartition, **limits: int) -> dict[Any, list[Any]]:
        if revoking:  # as aiokafka does: nothing is given out until there is another assignment
            await asyncio.Event().wait()
        await committing.wait()
        revoking.append(asyncio.create_task(consumer.assignment.on_partitions_revoked(numbers)))
        revoked.set()
        return await plainly(*partitions, **limits)

    async def still_committing(partition: int, expected: int, events: Sequence[Any]) -> int:
        committing.set()
        await revoked.wait()
        return await slowly(partition, expected, events)

    monkeypatch.setattr(kafka, "getmany", revoked_meanwhile)
    monkeypatch.setattr(runner, "apply", still_committing)
    async with asyncio.timeout(LIMIT_SECONDS):
        await consumer._on_poll([raw(0, 0)])
        await asyncio.gather(*revoking)
    assert len(revoking) == 1


async def test_polling_goes_on_while_slices_commit_though_nothing_was_there_at_first(
    positioned: Positioned, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer, kafka, runner = positioned
    plainly = kafka.getmany
    slowly, whole_turn = runner.apply, asyncio.Event()
    looks = 0

    async def late(*partitions: TopicPartition, **limits: int) -> dict[Any, list[Any]]:
        nonlocal looks
        looks += 1
        if looks == PARTITIONS:
            whole_turn.set()
        return {} if looks <= PARTITIONS else await plainly(*partitions, **limits)

    async def when_looked_for(partition: int, expected: int, events: Sequence[Any]) -> int:
        await whole_turn.wait()
        return await slowly(partition, expected, events)

    monkeypatch.setattr(kafka, "getmany", late)
    monkeypatch.setattr(runner, "apply", when_looked_for)
    kafka.at[0] = 1
    async with asyncio.timeout(LIMIT_SECONDS):
        await consumer._on_poll([raw(0, 0)])
    assert sum(map(len, runner.applied.values())) > 1


@pytest.mark.parametrize("at_once", [True, False])
async def test_records_that_retention_removed_unread_under_a_running_consumer_are_refused(
    positioned: Positioned, asked: AskedStarts, monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    consumer, kafka, runner = positioned
    slowly, start = runner.apply, RECORDS // 2

    def retention() -> None:
        kafka.starts[0] = asked.starts[0] = start

    async def overtaken(partition: int, expected: int, events: Sequence[Any]) -> int:
        retention()
        return await slowly(partition, expected, events)

    monkeypatch.setattr(runner, "apply", overtaken)
    kafka.at[0] = 1
    async with asyncio.timeout(LIMIT_SECONDS):
        if at_once:  # what was polled before and behind the gap is taken together
            retention()
            await consumer._on_poll([raw(0, 0), raw(0, start)])
        else:
            await consumer._on_poll([raw(0, 0)])
        (told,) = await eventually(consumer.assignment.refusals)
    applied = runner.applied[0]
    assert applied == list(range(len(applied)))
    assert len(applied) < start
    assert "offsets were removed before they were read" in told


async def test_a_gap_waits_for_a_broker_that_does_not_say_where_the_log_starts(
    positioned: Positioned, asked: AskedStarts
) -> None:
    consumer, kafka, runner = positioned
    kafka.logs = {0: [0, 2, 3], 1: [], 2: []}
    asked.silent = [KafkaConnectionError(), TimeoutError()]
    async with asyncio.timeout(LIMIT_SECONDS):
        while runner.applied != kafka.logs:
            fetched = await kafka.getmany(timeout_ms=1, max_records=1)
            if fetched:
                await consumer._on_poll([each for records in fetched.values() for each in records])
    assert asked.silent == []


async def test_records_without_a_gap_ask_the_broker_nothing(
    positioned: Positioned, asked: AskedStarts
) -> None:
    consumer, kafka, runner = positioned
    kafka.at[0] = 2
    async with asyncio.timeout(LIMIT_SECONDS):
        await consumer._on_poll([raw(0, 0), raw(0, 1)])
    assert runner.applied[0][:2] == [0, 1]
    assert asked.asked == 0


async def test_only_a_partition_with_records_on_their_way_is_busy(
    positioned: Positioned, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer, kafka, runner = positioned
    plainly, seen = runner.apply, []

    async def watched(partition: int, expected: int, events: Sequence[Any]) -> int:
        seen.append([consumer.busy(number) for number in range(PARTITIONS)])
        return await plainly(partition, expected, events)

    monkeypatch.setattr(runner, "apply", watched)
    kafka.logs = {number: [0] for number in range(PARTITIONS)}
    kafka.at = dict.fromkeys(kafka.logs, 1)
    await consumer._on_poll([raw(1, 0)])
    assert seen == [[False, True, False]]
    assert not consumer.busy(1)

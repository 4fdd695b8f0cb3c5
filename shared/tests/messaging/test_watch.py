"""A consumer that stands still ends its process; one that waits or works does not."""

from __future__ import annotations

import asyncio
import os
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from payops_contracts.topics import Subscription, Topic
from payops_kernel.messaging import watch as watch_module
from payops_kernel.messaging.assignment import Held
from payops_kernel.messaging.cursors import Cursor
from payops_kernel.messaging.positions import Position
from payops_kernel.messaging.watch import (
    ASK_EVERY_SECONDS,
    EXIT_STUCK,
    LOOK_SECONDS,
    SLICE_STUCK_SECONDS,
    STUCK_SECONDS,
    UNASSIGNED_STUCK_SECONDS,
    UNREAD_SECONDS,
    ConsumerWatch,
    exit_process,
)
from payops_kernel.mongo import PyMongoError
from payops_kernel.telemetry import Metrics

TOPIC = Topic("toy", publishers=("-",), subject="-", says="-", events=None, partitions=2)
OTHER = 1
"""The partition that most tests leave alone: nothing lies in it."""


class Watched:
    """A member as its watch sees it, and a clock that only the test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.starts = {0: 0, OTHER: 0}
        self.ends = {0: 10, OTHER: 0}
        self.stored = {0: Position(4, None)}
        self.others: frozenset[int] | Exception | None = frozenset()
        self.asked = 0
        self.slow = False
        self.silent: Exception | None = None
        self.stuck = 0
        self.runner = SimpleNamespace(positions=self, in_flight=0)
        self.holds = SimpleNamespace(held={0: Held(), OTHER: Held()})
        consumer: Any = SimpleNamespace(
            kafka=self,
            subscription=Subscription(TOPIC, "readers"),
            runner=self.runner,
            assignment=self.holds,
        )
        self.metrics = Metrics()
        self.watch = ConsumerWatch(
            consumer, self.metrics, self._held_by_group, self._noted, lambda: self.now
        )

    def assignment(self) -> set[TopicPartition]:
        return set()  # nothing was fetched yet

    def grow(self, **logs: tuple[int, int]) -> None:
        """The topic has more partitions now, each with a log's start and end."""
        for name, (start, end) in logs.items():
            self.starts[int(name[1:])], self.ends[int(name[1:])] = start, end

    def partitions_for_topic(self, topic: str) -> set[int]:
        assert topic == TOPIC.name
        return set(self.ends)

    async def beginning_offsets(
        self, partitions: list[TopicPartition]
    ) -> dict[TopicPartition, int]:
        return {tp: self.starts[tp.partition] for tp in partitions}

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        if self.silent is not None:
            raise self.silent
        return {tp: self.ends[tp.partition] for tp in partitions}

    async def load_all(self) -> dict[int, Position]:
        return dict(self.stored)

    async def begin(self, partition: int, log_start: int) -> Position:
        return self.stored.setdefault(partition, Position(log_start, None))

    async def _held_by_group(self) -> frozenset[int] | None:
        self.asked += 1
        if self.slow:  # longer than anybody waits
            await asyncio.Event().wait()
        if isinstance(self.others, Exception):
            raise self.others
        return None if self.others is None else self.others | self.holds.held.keys()

    def shown(self, name: str, **labels: str) -> float | None:
        """A number as ``/metrics`` has it."""
        known = {"topic": TOPIC.name, "group": "readers", **labels}
        return self.metrics.registry.get_sample_value(name, known)

    async def stands(self, seconds: float) -> bool:
        """Look as often as it does by itself for so long; whether the member is found stuck."""
        end = self.now + seconds
        while self.now < end and not self.stuck:
            self.now = min(end, self.now + LOOK_SECONDS)
            await self.watch.renew()
        return self.stuck > 0

    def _noted(self) -> None:
        self.stuck += 1


@pytest.fixture
async def member() -> Watched:
    """A member that holds both partitions, six records behind, seen once."""
    watched = Watched()
    await watched.watch.renew()
    assert watched.watch.lag == 6
    return watched


async def test_a_held_partition_with_lag_that_does_not_move_is_stuck_after_the_limit(
    member: Watched,
) -> None:
    assert not await member.stands(STUCK_SECONDS)
    assert await member.stands(LOOK_SECONDS)


async def test_a_position_that_moves_is_never_stuck(member: Watched) -> None:
    for place in range(5, 15):
        member.stored[0], member.ends[0] = Position(place, None), place + 6
        assert not await member.stands(STUCK_SECONDS)


async def test_a_partition_without_lag_is_never_stuck(member: Watched) -> None:
    member.stored[0] = Position(10, None)
    assert not await member.stands(10 * SLICE_STUCK_SECONDS)
    member.ends[0] = 11
    assert not await member.stands(STUCK_SECONDS)  # counted from when there is something to do
    assert await member.stands(LOOK_SECONDS)


async def test_a_partition_that_no_record_of_was_ever_applied_can_be_stuck(
    member: Watched,
) -> None:
    member.stored.clear()
    assert not await member.stands(STUCK_SECONDS)
    assert await member.stands(2 * LOOK_SECONDS)


@pytest.mark.parametrize(
    "silence", [KafkaConnectionError(), PyMongoError(), TimeoutError(), OSError()], ids=repr
)
async def test_silence_of_a_server_is_never_a_stuck_consumer(
    member: Watched, silence: Exception
) -> None:
    assert not await member.stands(STUCK_SECONDS)
    member.silent = silence
    assert not await member.stands(10 * SLICE_STUCK_SECONDS)
    assert member.watch.lag is None
    member.silent = None
    assert not await member.stands(STUCK_SECONDS)  # counted from when it answers again
    assert await member.stands(2 * LOOK_SECONDS)


async def test_a_slice_in_flight_has_the_longer_limit(member: Watched) -> None:
    member.runner.in_flight = 1
    assert not await member.stands(SLICE_STUCK_SECONDS)
    assert await member.stands(LOOK_SECONDS)


async def test_a_member_without_partitions_waits_longer_for_those_that_others_should_move(
    member: Watched,
) -> None:
    member.holds.held.clear()
    assert not await member.stands(UNASSIGNED_STUCK_SECONDS)
    assert await member.stands(LOOK_SECONDS)


async def test_a_partition_of_another_member_is_that_members_to_move(member: Watched) -> None:
    del member.holds.held[0]
    member.others = frozenset({0})
    assert not await member.stands(10 * SLICE_STUCK_SECONDS)
    assert not member.watch.unheld


async def test_a_partition_that_was_just_taken_over_has_the_whole_limit(member: Watched) -> None:
    del member.holds.held[0]
    member.others = frozenset({0})
    assert not await member.stands(2 * STUCK_SECONDS)  # the other one stands still, and is ended
    member.holds.held[0] = Held()
    assert not await member.stands(STUCK_SECONDS)
    assert await member.stands(2 * LOOK_SECONDS)


async def test_a_refused_partition_waits_for_its_operator(member: Watched) -> None:
    member.holds.held[0] = Held(refused="truncated")
    assert not await member.stands(10 * SLICE_STUCK_SECONDS)


async def test_new_partitions_count_as_unread_from_their_log_start_before_anybody_has_them(
    member: Watched,
) -> None:
    member.grow(p2=(0, 5), p3=(7, 9))
    assert not await member.stands(LOOK_SECONDS)
    assert member.watch.lag == 6 + 5 + 2
    assert member.stored[2] == Position(0, None)  # so the KPIs' `as_of` names it too
    assert member.stored[3] == Position(7, None)
    assert member.shown("payops_consumer_lag", partition="2") == 5
    assert member.shown("payops_topic_partitions") == 4
    assert member.shown("payops_consumer_partitions") == 2


async def test_a_topic_that_the_broker_does_not_know_is_no_topic_without_lag(
    member: Watched,
) -> None:
    member.ends.clear()
    assert not await member.stands(LOOK_SECONDS)
    assert member.watch.lag is None


async def test_an_unread_partition_that_no_member_holds_is_named_and_then_ends_the_process(
    member: Watched,
) -> None:
    member.stored[0] = Position(10, None)
    member.runner.in_flight = 1  # of the partitions that it holds; that is no excuse
    member.grow(p2=(0, 5), p3=(0, 0))
    assert not await member.stands(UNREAD_SECONDS)
    assert not member.watch.unheld
    assert not await member.stands(LOOK_SECONDS)
    assert member.watch.unheld == {2}
    assert not await member.stands(UNASSIGNED_STUCK_SECONDS - UNREAD_SECONDS - LOOK_SECONDS)
    assert await member.stands(2 * LOOK_SECONDS)


async def test_an_unread_partition_is_no_alarm_while_the_group_shares_partitions_out(
    member: Watched,
) -> None:
    member.stored[0], member.others = Position(10, None), None
    member.grow(p2=(0, 5))
    assert not await member.stands(2 * UNREAD_SECONDS)
    assert not member.watch.unheld
    member.holds.held[2] = Held()
    member.stored[2] = Position(5, None)
    assert not await member.stands(10 * SLICE_STUCK_SECONDS)


@pytest.mark.parametrize("silence", [KafkaConnectionError(), TimeoutError(), OSError()], ids=repr)
async def test_a_group_that_cannot_be_asked_leaves_the_lag_known(
    member: Watched, silence: Exception
) -> None:
    member.stored[0], member.others = Position(10, None), silence
    member.grow(p2=(0, 5))
    assert not await member.stands(2 * UNREAD_SECONDS)
    assert member.asked
    assert member.watch.lag == 5
    assert not member.watch.unheld


async def test_a_slow_coordinator_does_not_put_off_the_end_of_a_stuck_member(
    member: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_module, "ASK_SECONDS", 0.3)
    monkeypatch.setattr(watch_module, "SERVER_TIMEOUT_SECONDS", 0.2)
    member.holds.held.clear()
    member.slow = True
    assert not await member.stands(UNASSIGNED_STUCK_SECONDS)
    assert member.watch.lag == 6
    assert await member.stands(LOOK_SECONDS)


async def test_a_partition_that_a_member_takes_up_is_named_no_more(member: Watched) -> None:
    member.stored[0] = Position(10, None)
    member.grow(p2=(0, 5))
    assert not await member.stands(UNREAD_SECONDS + 2 * LOOK_SECONDS)
    assert member.watch.unheld == {2}
    member.holds.held[2] = Held()
    assert not await member.stands(LOOK_SECONDS)
    assert not member.watch.unheld


async def test_the_group_is_asked_only_about_what_stands_and_not_at_every_look(
    member: Watched,
) -> None:
    member.stored[0] = Position(10, None)
    assert not await member.stands(10 * ASK_EVERY_SECONDS)
    assert member.asked == 0
    member.grow(p2=(0, 5))
    member.others = frozenset({2})
    assert not await member.stands(UNREAD_SECONDS + LOOK_SECONDS + 3 * ASK_EVERY_SECONDS)
    assert member.asked == 4


async def test_a_new_partition_whose_log_shrank_is_looked_at_again(member: Watched) -> None:
    again: list[int] = []
    member.holds.reposition = again.append
    cursor = Cursor(9, None, awaiting_anchor=False)
    member.holds.held[5] = Held(cursor)
    member.stored[5] = Position(9, None)
    member.grow(p5=(0, 3))
    await member.watch.renew()
    assert again == [5]


def test_a_stuck_process_ends_at_once_with_the_code_that_the_runbook_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)
    exit_process()
    assert codes == [EXIT_STUCK] == [75]
    assert ConsumerWatch.__dataclass_fields__["on_stuck"].default is exit_process

"""A consumer that stands still ends its process; one that waits or works does not."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from payops_contracts.topics import Subscription, Topic
from payops_kernel.messaging.assignment import Held
from payops_kernel.messaging.positions import Position
from payops_kernel.messaging.watch import (
    EXIT_STUCK,
    LOOK_SECONDS,
    SLICE_STUCK_SECONDS,
    STUCK_SECONDS,
    UNASSIGNED_STUCK_SECONDS,
    ConsumerWatch,
    exit_process,
)
from payops_kernel.mongo import PyMongoError
from payops_kernel.telemetry import Metrics

TOPIC = Topic("toy", publisher="-", subject="-", says="-", events=None, partitions=2)
OTHER = 1
"""The partition that most tests leave alone: nothing lies in it."""


class Watched:
    """A member as its watch sees it, and a clock that only the test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.ends = {0: 10, OTHER: 0}
        self.stored = {0: Position(4, None)}
        self.silent: Exception | None = None
        self.stuck = 0
        self.runner = SimpleNamespace(positions=self, in_flight=0)
        self.assignment = SimpleNamespace(held={0: Held(), OTHER: Held()})
        consumer: Any = SimpleNamespace(
            kafka=self,
            subscription=Subscription(TOPIC, "readers"),
            runner=self.runner,
            assignment=self.assignment,
        )
        self.watch = ConsumerWatch(consumer, Metrics(), self._noted, lambda: self.now)

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        if self.silent is not None:
            raise self.silent
        return {tp: self.ends[tp.partition] for tp in partitions}

    async def load_all(self) -> dict[int, Position]:
        return dict(self.stored)

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
    member.assignment.held.clear()
    assert not await member.stands(UNASSIGNED_STUCK_SECONDS)
    assert await member.stands(LOOK_SECONDS)


async def test_a_partition_of_another_member_is_that_members_to_move(member: Watched) -> None:
    del member.assignment.held[0]
    assert not await member.stands(10 * SLICE_STUCK_SECONDS)


async def test_a_partition_that_was_just_taken_over_has_the_whole_limit(member: Watched) -> None:
    del member.assignment.held[0]
    assert not await member.stands(2 * STUCK_SECONDS)  # the other one stands still, and is ended
    member.assignment.held[0] = Held()
    assert not await member.stands(STUCK_SECONDS)
    assert await member.stands(2 * LOOK_SECONDS)


async def test_a_refused_partition_waits_for_its_operator(member: Watched) -> None:
    member.assignment.held[0] = Held(refused="truncated")
    assert not await member.stands(10 * SLICE_STUCK_SECONDS)


def test_a_stuck_process_ends_at_once_with_the_code_that_the_runbook_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)
    exit_process()
    assert codes == [EXIT_STUCK] == [75]
    assert ConsumerWatch.__dataclass_fields__["on_stuck"].default is exit_process

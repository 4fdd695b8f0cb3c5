"""An open transaction of a publisher: said when it lasts, no truncated log, no stuck consumer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition

from payops_contracts.topics import Subscription, Topic
from payops_kernel.messaging.assignment import Held
from payops_kernel.messaging.cursors import Cursor
from payops_kernel.messaging.open_transactions import HELD_SECONDS
from payops_kernel.messaging.positions import Position
from payops_kernel.messaging.watch import SLICE_STUCK_SECONDS, ConsumerWatch
from payops_kernel.telemetry import Metrics

TOPIC = Topic("toy", publishers=("-",), subject="-", says="-", events=None, partitions=1)
TP = TopicPartition("toy", 0)


class Member:
    """Holds one partition at offset 4, where an open transaction begins; the log ends at 9."""

    def __init__(self) -> None:
        self.now, self.next, self.stable, self.high = 1_000.0, 4, 4, 9
        self.sought: list[int] = []
        self.stuck = 0
        self.held = Held(cursor=Cursor(self.next, None, awaiting_anchor=False))
        consumer: Any = SimpleNamespace(
            kafka=self,
            subscription=Subscription(TOPIC, "readers"),
            runner=SimpleNamespace(positions=self, in_flight=0),
            assignment=SimpleNamespace(held={0: self.held}, reposition=self.sought.append),
        )
        self.watch = ConsumerWatch(
            consumer, Metrics(), self._held_by_group, self._end, lambda: self.now
        )

    def partitions_for_topic(self, _: str) -> set[int]:
        return {0}

    async def beginning_offsets(self, new: list[TopicPartition]) -> dict[TopicPartition, int]:
        assert not new
        return {}

    def assignment(self) -> set[TopicPartition]:
        return {TP}

    def last_stable_offset(self, _: TopicPartition) -> int:
        return self.stable

    def highwater(self, _: TopicPartition) -> int:
        return self.high

    async def end_offsets(self, _: list[TopicPartition]) -> dict[TopicPartition, int]:
        return {TP: self.stable}

    async def load_all(self) -> dict[int, Position]:
        return {0: Position(self.next, None)}

    async def looks(self, seconds: float) -> tuple[str, ...]:
        """Look, and again when so much time has passed: what is said then."""
        await self.watch.renew()
        self.now += seconds
        await self.watch.renew()
        return self.watch.waits_for.sentences

    def moves_to(self, following: int) -> None:
        assert self.held.cursor is not None
        self.next = self.held.cursor.next = following

    async def _held_by_group(self) -> frozenset[int] | None:
        return frozenset({0})

    def _end(self) -> None:
        self.stuck += 1


@pytest.fixture
def member() -> Member:
    return Member()


async def test_an_open_transaction_is_said_once_it_lasts(member: Member) -> None:
    assert await member.looks(HELD_SECONDS - 1) == ()
    (said,) = await member.looks(1)
    assert said == (
        "toy partition 0: an open transaction of a publisher holds it at offset 4; "
        "5 offset(s) from there on are read once it has ended."
    )
    member.stable = member.high = 9
    assert await member.looks(0) == ()


async def test_transactions_that_follow_one_another_hold_nobody(member: Member) -> None:
    for offset in range(4, 8):
        member.stable = offset
        member.moves_to(offset)
        assert await member.looks(HELD_SECONDS - 1) == ()


async def test_a_consumer_that_has_not_come_so_far_is_behind_and_not_held(member: Member) -> None:
    member.moves_to(2)
    assert await member.looks(HELD_SECONDS) == ()
    assert member.watch.lag == 2


async def test_a_held_partition_is_no_lag_and_never_stuck(member: Member) -> None:
    assert await member.looks(10 * SLICE_STUCK_SECONDS)
    assert (member.watch.lag, member.stuck) == (0, 0)


async def test_a_place_behind_an_open_transaction_is_looked_up_again_when_the_log_is_cut(
    member: Member,
) -> None:
    member.moves_to(7)
    await member.looks(0)
    assert member.sought == []
    member.stable = member.high = 3
    await member.watch.renew()
    assert member.sought == [0]

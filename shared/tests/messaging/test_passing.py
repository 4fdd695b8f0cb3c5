"""What is passed over at a log's end, partition by partition, and what is refused there instead."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import OffsetOutOfRangeError

from payops_contracts.topics import Subscription, Topic
from payops_kernel.messaging import passing
from payops_kernel.messaging.assignment import Held
from payops_kernel.messaging.cursors import Cursor
from payops_kernel.messaging.log_reading import free_of_records
from payops_kernel.messaging.passing import pass_over
from payops_kernel.messaging.positions import Anchor, Position

TOPIC = Topic("toy", publishers=("-",), subject="-", says="-", events=None)
ANCHOR = Anchor(5, 1, 1)


def tp(number: int) -> TopicPartition:
    return TopicPartition(TOPIC.name, number)


class Member:
    """A consumer as passing sees it: its cursors, how far it read, what another reader finds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.subscription = Subscription(TOPIC, "readers")
        self.kafka = self.assignment = self.runner = self.positions = self
        self.held: dict[int, Held] = {}
        self.read_to: dict[int, int] = {}
        self.free: dict[int, int] = {}
        self.busy_ones: set[int] = set()
        self.in_flight = 0
        self.gone: set[int] = set()
        self.moved: list[tuple[int, int, int]] = []
        self.refused: dict[int, str] = {}
        self.repositioned: list[int] = []
        self.another: Any = None
        monkeypatch.setattr(passing, "free_of_records", self._free_of_records)

    def holds(self, number: int, cursor: Cursor, read_to: int, free: int) -> None:
        """A partition with its cursor; no committed record lies from there up to ``free``."""
        self.held[number] = Held(cursor)
        self.read_to[number], self.free[number] = read_to, free

    def busy(self, partition: int) -> bool:
        return partition in self.busy_ones

    async def position(self, partition: TopicPartition) -> int:
        return self.read_to[partition.partition]

    async def pass_over(self, partition: int, expected: int, following: int) -> bool:
        self.moved.append((partition, expected, following))
        return True

    def refuse(self, partition: int, reason: str, _position: Position) -> None:
        self.refused[partition] = reason

    def reposition(self, partition: int) -> None:
        self.repositioned.append(partition)

    async def _free_of_records(
        self, _make: Any, ranges: Mapping[TopicPartition, tuple[int, int]], _limit: float
    ) -> dict[TopicPartition, int]:
        for each, (begin, _) in ranges.items():
            if each.partition in self.gone:
                raise OffsetOutOfRangeError({each: begin})
        return {each: self.free[each.partition] for each in ranges}


@pytest.fixture
def member(monkeypatch: pytest.MonkeyPatch) -> Any:
    return Member(monkeypatch)


async def test_a_partition_with_a_backlog_holds_up_no_other_one_at_its_end(member: Any) -> None:
    member.holds(0, Cursor(3, None, awaiting_anchor=False), read_to=90, free=3)
    member.holds(1, Cursor(7, None, awaiting_anchor=False), read_to=8, free=8)
    member.busy_ones, member.in_flight = {0}, 80
    await pass_over(member)
    assert member.moved == [(1, 7, 8)]
    assert member.held[1].cursor.next == 8


async def test_a_busy_partition_keeps_its_place_to_its_own_slices(member: Any) -> None:
    member.holds(0, Cursor(3, None, awaiting_anchor=False), read_to=90, free=9)
    member.busy_ones = {0}
    await pass_over(member)
    assert member.moved == []


async def test_an_anchor_that_is_gone_is_refused_by_its_name_though_the_look_goes_no_further(
    member: Any,
) -> None:
    member.holds(0, Cursor(9, ANCHOR, awaiting_anchor=True), read_to=100_000, free=50)
    await pass_over(member)
    assert member.refused == {0: "record 5, applied last, is gone from the log, or was aborted"}
    assert member.moved == []


async def test_an_anchor_that_lies_where_it_lay_is_waited_for(member: Any) -> None:
    member.holds(0, Cursor(9, ANCHOR, awaiting_anchor=True), read_to=100, free=ANCHOR.offset)
    await pass_over(member)
    assert (member.refused, member.moved) == ({}, [])


async def test_a_place_that_retention_has_overtaken_is_looked_at_again(member: Any) -> None:
    member.holds(0, Cursor(3, None, awaiting_anchor=False), read_to=90, free=3)
    member.gone = {0}
    await pass_over(member)
    assert (member.repositioned, member.moved) == ([0], [])


class Reader:
    """aiokafka's consumer on logs of records at every offset from ``first`` on."""

    def __init__(self, first: int, records: int) -> None:
        self._offsets = range(first, first + records)
        self._at: dict[TopicPartition, int] = {}
        self.given = 0

    def __call__(self, **_settings: Any) -> Any:
        return self

    async def start(self) -> None:
        return

    stop = start

    def assign(self, partitions: list[TopicPartition]) -> None:
        self._at = dict.fromkeys(partitions, 0)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self._at[partition] = offset

    async def position(self, partition: TopicPartition) -> int:
        return self._at[partition]

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int, max_records: int | None = None
    ) -> dict[TopicPartition, list[Any]]:
        found: dict[TopicPartition, list[Any]] = {}
        left = len(self._offsets) * len(partitions) if max_records is None else max_records
        for each in partitions:
            if offsets := [o for o in self._offsets if o >= self._at[each]][:left]:
                found[each] = [SimpleNamespace(offset=offset) for offset in offsets]
                self._at[each], left = offsets[-1] + 1, left - len(offsets)
        self.given += sum(map(len, found.values()))
        return found


async def test_a_look_for_records_takes_one_of_each_log_and_no_more() -> None:
    reader = Reader(first=4, records=1_000)
    free = await free_of_records(reader, {tp(0): (2, 900), tp(1): (3, 900)}, limit_seconds=5.0)
    assert free == {tp(0): 4, tp(1): 4}
    assert reader.given == 2

"""Kafka and a slice runner that fail now and then, for tests of how a consumer polls."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from random import Random
from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition

from payops_contracts.topics import Subscription, Topic
from payops_kernel.messaging.positions import Anchor, FenceLost, Position
from payops_kernel.messaging.records import Record
from payops_kernel.messaging.slices import Decoded

TOPIC = Topic("toy", publishers=("-",), subject="-", says="-", events=None)
PARTITIONS = 3
RECORDS = 80
SLICE = 7
LIMIT_SECONDS = 20.0


def raw(partition: int, offset: int) -> Any:
    return SimpleNamespace(
        topic="toy", partition=partition, offset=offset, timestamp=offset,
        key=b"k", value=f"{partition}/{offset}".encode(), headers=(),
    )  # fmt: skip


class FakeKafka:
    """Partitions with gaps; a fetch ends anywhere, and goes on at a log's start if it must."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self.logs = {
            number: sorted(chance.sample(range(RECORDS * 2), RECORDS))
            for number in range(PARTITIONS)
        }
        self.at = dict.fromkeys(self.logs, 0)
        self.starts = dict.fromkeys(self.logs, 0)
        self.polls = self.polls_ahead = 0

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int, max_records: int
    ) -> dict[Any, list[Any]]:
        await asyncio.sleep(0)
        self.polls += 1
        self.polls_ahead += timeout_ms == 0
        fetched = {}
        wanted = [each.partition for each in partitions] or list(self.logs)
        for number, log in self.logs.items():
            if number not in wanted:
                continue
            count = self._chance.randrange(25)
            self.at[number] = max(self.at[number], self.starts[number])
            offsets = [offset for offset in log if offset >= self.at[number]][:count]
            if offsets:
                self.at[number] = offsets[-1] + 1
                fetched[TopicPartition("toy", number)] = [raw(number, o) for o in offsets]
        return fetched

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.at[partition.partition] = offset

    async def beginning_offsets(self, partitions: list[TopicPartition]) -> dict[Any, int]:
        return {tp: self.starts[tp.partition] for tp in partitions}

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[Any, int]:
        return dict.fromkeys(partitions, RECORDS * 2)


class FakeRunner:
    """Applies slices against stored positions, and fails now and then."""

    def __init__(self, chance: Random, failing: float) -> None:
        self.subscription = Subscription(TOPIC, "readers")
        self.positions = self
        self.stored: dict[int, Position] = {}
        self.applied: dict[int, list[int]] = {number: [] for number in range(PARTITIONS)}
        self._chance, self._failing = chance, failing

    async def load(self, partition: int) -> Position | None:
        return self.stored.get(partition)

    async def begin(self, partition: int, log_start: int) -> Position:
        return self.stored.setdefault(partition, Position(log_start, None))

    def stopping(self) -> bool:
        return False

    def decode(self, records: Sequence[Record]) -> list[Decoded[Any]]:
        return [Decoded(record, record) for record in records]

    async def apply(self, partition: int, expected: int, events: Sequence[Decoded[Any]]) -> int:
        for _ in range(self._chance.randrange(4)):
            await asyncio.sleep(0)
        if self._chance.random() < self._failing:
            raise RuntimeError("before the commit")
        if self.stored[partition].next != expected:
            raise FenceLost(str(partition))
        last = events[-1].record
        self.stored[partition] = Position(last.offset + 1, Anchor.of(last))
        self.applied[partition] += [item.record.offset for item in events]
        if self._chance.random() < self._failing:
            raise RuntimeError("after the commit")
        return last.offset + 1


class AskedStarts:
    """What the broker says about logs' starts, and how often it was asked."""

    def __init__(self) -> None:
        self.starts = dict.fromkeys(range(PARTITIONS), 0)
        self.silent: list[Exception] = []
        self.asked = 0

    async def of(self, tp: TopicPartition) -> int:
        await asyncio.sleep(0)
        self.asked += 1
        if self.silent:
            raise self.silent.pop()
        return self.starts[tp.partition]

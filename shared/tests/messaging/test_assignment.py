"""Held partitions: positioned from MongoDB, refused loudly, taken up again by the operator."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from faststream.kafka import KafkaBroker

from payops_contracts.topics import Subscription, Topic
from payops_kernel.messaging import assignment as assignment_module
from payops_kernel.messaging.assignment import Assignment, Held
from payops_kernel.messaging.consumer import TopicConsumer
from payops_kernel.messaging.cursors import Cursor
from payops_kernel.messaging.positions import Anchor, Position
from payops_kernel.messaging.records import Record
from payops_kernel.testing import eventually

TOPIC = Topic("toy", publishers=("-",), subject="-", says="-", events=None)


class Stored:
    """The position rows, by partition."""

    def __init__(self, **rows: Position) -> None:
        self.rows = {int(name[1:]): position for name, position in rows.items()}

    async def load(self, partition: int) -> Position | None:
        return self.rows.get(partition)

    async def begin(self, partition: int, log_start: int) -> Position:
        return self.rows.setdefault(partition, Position(log_start, None))


class Log:
    """A partition's bounds, and where the consumer was sent."""

    def __init__(self, start: int, end: int, high: int | None = None) -> None:
        self.start, self.end, self.high = start, end, high
        self.sought: list[int] = []

    async def beginning_offsets(self, partitions: list[TopicPartition]) -> dict[Any, int]:
        return dict.fromkeys(partitions, self.start)

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[Any, int]:
        return dict.fromkeys(partitions, self.end)

    async def really_ends(self, partition: TopicPartition) -> int:
        return self.end if self.high is None else self.high

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.sought.append(offset)


async def _idle() -> None:
    return


def assigned(stored: Stored, log: Log) -> Assignment:
    return Assignment("toy", "readers", "reader", stored, lambda: log, _idle, log.really_ends)  # type: ignore[arg-type, return-value]


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assignment_module, "REFUSED_LOOK_SECONDS", 0.01)


async def test_a_new_partition_begins_at_the_start_of_the_log() -> None:
    stored, log = Stored(), Log(start=5, end=9)
    assignment = assigned(stored, log)
    await assignment.on_partitions_assigned([TopicPartition("toy", 0)])
    await eventually(lambda: assignment.positioned)
    assert log.sought == [5]
    assert stored.rows[0] == Position(5, None)


async def test_a_known_partition_begins_with_the_record_applied_last() -> None:
    log = Log(start=0, end=9)
    assignment = assigned(Stored(p0=Position(7, Anchor(6, 1, 1))), log)
    await assignment.on_partitions_assigned([TopicPartition("toy", 0)])
    await eventually(lambda: assignment.positioned)
    assert log.sought == [6]


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [(8, 20, "2 offsets were removed before they were read"), (0, 4, "truncated or made anew")],
)
async def test_a_log_out_of_bounds_is_refused_until_the_row_changes(
    start: int, end: int, why: str
) -> None:
    stored, log = Stored(p0=Position(6, Anchor(5, 1, 1))), Log(start, end)
    assignment = assigned(stored, log)
    await assignment.on_partitions_assigned([TopicPartition("toy", 0)])
    (told,) = await eventually(assignment.refusals)
    assert why in told
    assert "./payops reposition reader toy --partition 0" in told
    assert log.sought == []
    stored.rows[0] = Position(start, None)
    await eventually(lambda: assignment.positioned)
    assert log.sought == [start]
    assert assignment.refusals() == []
    await assignment.close()


async def test_a_place_behind_what_is_committed_is_one_as_long_as_the_log_goes_on() -> None:
    log = Log(start=0, end=4, high=9)
    assignment = assigned(Stored(p0=Position(6, None)), log)
    await assignment.on_partitions_assigned([TopicPartition("toy", 0)])
    await eventually(lambda: assignment.positioned)
    assert (log.sought, assignment.refusals()) == ([6], [])


async def test_an_operator_who_was_quicker_than_the_refusal_is_heard() -> None:
    stored, log = Stored(p0=Position(0, None)), Log(start=0, end=90)
    runner: Any = SimpleNamespace(subscription=Subscription(TOPIC, "readers"), positions=stored)
    consumer = TopicConsumer(KafkaBroker("127.0.0.1:1", logger=None), runner)
    consumer.assignment = assigned(stored, log)
    before = Position(70, Anchor(69, 1, 12345))
    consumer.assignment.held[0] = Held(cursor=Cursor.at(before, log_start=0))
    consumer.assignment.assigned_once = True
    await consumer._take(0, [Record("toy", 0, 69, 1, b"k", b"another", ())])
    assert consumer.assignment.refusals()
    await eventually(lambda: consumer.assignment.positioned)
    assert log.sought == [0]

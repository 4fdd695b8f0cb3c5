"""Polled records on their way into slices: in order within a partition, partitions side by side."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import groupby

from payops_kernel.messaging.records import Record

AHEAD_RECORDS = 12_000
"""So many may wait when more are polled behind them: about a slice of each partition."""
AHEAD_BYTES = 32 * 1024 * 1024
TAKEN_RECORDS_MAX = 2_000
"""Taken together: two slices, of which the second is decoded while the first one commits."""

Take = Callable[[int, list[Record]], Awaitable[bool]]


class PartitionQueues:
    """The records of one poll, and of those that are added while they are applied.

    ``take`` applies consecutive records of a partition and says whether the partition is in step:
    whether those that were polled after them may follow. Once one is not, ``in_step`` is False,
    and what waits for that partition is dropped: it is polled again. What waits for a partition
    when it is free is taken together, so that slices grow with the load.
    """

    def __init__(self, take: Take) -> None:
        self._take = take
        self._waiting: dict[int, list[Record]] = {}
        self._lanes: dict[int, asyncio.Task[None]] = {}
        self._out_of_step: set[int] = set()
        self._moved = asyncio.Event()
        self.waiting = 0
        """Records that are not applied yet."""
        self.waiting_bytes = 0

    @property
    def in_step(self) -> bool:
        """Whether what is polled from now on may follow what was polled before."""
        return not self._out_of_step

    def busy(self, partition: int) -> bool:
        """Whether records of the partition wait or are being applied."""
        lane = self._lanes.get(partition)
        return lane is not None and not lane.done()

    def add(self, polled: Iterable[Record]) -> None:
        """Put records behind those of their partitions."""
        for partition, group in groupby(polled, key=lambda record: record.partition):
            if partition in self._out_of_step:
                continue
            records = list(group)
            self._count(records, 1)
            self._waiting.setdefault(partition, []).extend(records)
            if partition not in self._lanes or self._lanes[partition].done():
                self._lanes[partition] = asyncio.create_task(self._lane(partition))

    @property
    def full(self) -> bool:
        """Whether so much waits that no more is to be polled behind it."""
        return self.waiting > AHEAD_RECORDS or self.waiting_bytes > AHEAD_BYTES

    async def until_there_is_room(self) -> None:
        """Wait until they are not full, or a partition is out of step."""
        while self.full and self.in_step:
            await self.moved()

    async def moved(self) -> bool:
        """Wait until some records are applied or dropped; False when none are left."""
        if not self.waiting:
            return False
        self._moved.clear()
        await self._moved.wait()
        return True

    async def done(self) -> None:
        """Wait until nothing is left; raises what ``take`` raised."""
        if self._lanes:
            await asyncio.wait(self._lanes.values())
        for lane in self._lanes.values():
            lane.result()

    def cancel(self) -> None:
        """Give up what is left."""
        for lane in self._lanes.values():
            lane.cancel()

    async def _lane(self, partition: int) -> None:
        waiting = self._waiting[partition]
        while records := waiting[:TAKEN_RECORDS_MAX]:
            del waiting[:TAKEN_RECORDS_MAX]
            in_step = False
            try:
                in_step = await self._take(partition, records)
            finally:
                self._count(records, -1)
                if not in_step:
                    self._out_of_step.add(partition)
                    self._count(waiting, -1)
                    waiting.clear()
                self._moved.set()
            if not in_step:
                return

    def _count(self, records: Sequence[Record], sign: int) -> None:
        self.waiting += sign * len(records)
        self.waiting_bytes += sign * sum(record.size for record in records)

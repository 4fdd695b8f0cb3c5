"""Polled records on their way into slices: in order within a partition, partitions side by side."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from itertools import groupby

from payops_kernel.messaging.records import Record

AHEAD_RECORDS = 12_000
"""So many may wait when more are polled behind them: about a slice of each partition."""
AHEAD_BYTES = 32 * 1024 * 1024

Take = Callable[[int, list[Record]], Awaitable[bool]]


class PartitionQueues:
    """The records of one poll, and of those that are added while they are applied.

    ``take`` applies consecutive records of a partition and says whether the partition is in step:
    whether those that were polled after them may follow. Once one is not, ``in_step`` is False,
    and what waits for that partition is dropped: it is polled again.
    """

    def __init__(self, take: Take) -> None:
        self._take = take
        self._last: dict[int, asyncio.Task[bool]] = {}
        self._running: set[asyncio.Task[bool]] = set()
        self.waiting = 0
        """Records that are not applied yet."""
        self.waiting_bytes = 0
        self.in_step = True

    def add(self, polled: Iterable[Record]) -> None:
        """Put records behind those of their partitions."""
        for partition, group in groupby(polled, key=lambda record: record.partition):
            records = list(group)
            size = sum(record.size for record in records)
            self.waiting += len(records)
            self.waiting_bytes += size
            before = self._last.get(partition)
            task = asyncio.create_task(self._after(before, partition, records, size))
            self._last[partition] = task
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    @property
    def full(self) -> bool:
        """Whether so much waits that no more is to be polled behind it."""
        return self.waiting > AHEAD_RECORDS or self.waiting_bytes > AHEAD_BYTES

    async def until_there_is_room(self) -> None:
        """Wait until they are not full, or a partition is out of step."""
        while self.full and self.in_step:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)

    async def done(self) -> None:
        """Wait until nothing is left; raises what ``take`` raised."""
        while self._running:
            await asyncio.wait(self._running)
        for task in self._last.values():
            task.result()

    def cancel(self) -> None:
        """Give up what is left."""
        for task in self._running:
            task.cancel()

    async def _after(
        self, before: asyncio.Task[bool] | None, partition: int, records: list[Record], size: int
    ) -> bool:
        in_step = False
        try:
            in_step = (before is None or await before) and await self._take(partition, records)
        finally:
            self.waiting -= len(records)
            self.waiting_bytes -= size
            self.in_step = self.in_step and in_step
        return in_step

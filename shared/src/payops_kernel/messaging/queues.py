"""Polled records on their way into slices: in order within a partition, partitions side by side."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from itertools import groupby

from payops_kernel.messaging.records import Record

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
        self.in_step = True

    def add(self, polled: Iterable[Record]) -> None:
        """Put records behind those of their partitions."""
        for partition, group in groupby(polled, key=lambda record: record.partition):
            records = list(group)
            self.waiting += len(records)
            task = asyncio.create_task(self._after(self._last.get(partition), partition, records))
            self._last[partition] = task
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def until_below(self, limit: int) -> None:
        """Wait until at most so many records wait, or a partition is out of step."""
        while self.waiting > limit and self.in_step:
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
        self, before: asyncio.Task[bool] | None, partition: int, records: list[Record]
    ) -> bool:
        in_step = False
        try:
            in_step = (before is None or await before) and await self._take(partition, records)
        finally:
            self.waiting -= len(records)
            self.in_step = self.in_step and in_step
        return in_step

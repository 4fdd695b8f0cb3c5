"""The partitions that this member holds: positioned from MongoDB after each assignment.

Positioning runs in the background, again until the servers answer, because aiokafka holds the
group's rebalance while a listener runs and swallows what a listener raises.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from payops_kernel.logging import get_logger
from payops_kernel.messaging.cursors import Cursor
from payops_kernel.messaging.positions import Position, Positions
from payops_kernel.mongo import PyMongoError
from payops_kernel.mongo.transactions import until_done

REVOKE_WAIT_SECONDS = 5.0
BOUNDS_TIMEOUT_SECONDS = 10.0
REFUSED_LOOK_SECONDS = 2.0
SILENCE = (PyMongoError, KafkaError, TimeoutError)

log = get_logger(__name__)


@dataclass(slots=True)
class Held:
    """One assigned partition. Without a cursor its records are not taken yet."""

    cursor: Cursor | None = None
    refused: str | None = None
    refused_at: Position | None = None


class Assignment(ConsumerRebalanceListener):
    """Follows the group's assignments and keeps a cursor for each held partition."""

    def __init__(
        self,
        topic: str,
        group: str,
        service: str,
        positions: Positions,
        consumer: Callable[[], AIOKafkaConsumer | None],
        idle: Callable[[], Awaitable[None]],
        log_end: Callable[[TopicPartition], Awaitable[int]],
    ) -> None:
        """``idle`` waits until no slice of this member is in flight.

        ``log_end`` tells where a log ends, open transactions included.
        """
        self.topic = topic
        self.held: dict[int, Held] = {}
        self.assigned_once = False
        self._group = group
        self._service = service
        self._positions = positions
        self._consumer = consumer
        self._idle = idle
        self._log_end = log_end
        self._tasks: dict[int, asyncio.Task[None]] = {}

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Take nothing more from them; let what is in flight finish, within a limit."""
        self.held.clear()
        self._cancel_all()
        try:
            async with asyncio.timeout(REVOKE_WAIT_SECONDS):
                await self._idle()
        except TimeoutError:
            log.warning("assignment.revoked_in_flight", topic=self.topic)  # the fence holds

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Hold them, and position each from its stored row."""
        self._cancel_all()
        self.held = {tp.partition: Held() for tp in assigned}
        self.assigned_once = True
        for partition in self.held:
            self.reposition(partition)

    def reposition(self, partition: int) -> None:
        """Drop the cursor and find the place again."""
        held = self.held.get(partition)
        if held is None:
            return
        held.cursor = None
        running = self._tasks.get(partition)
        if running is None or running.done():
            self._tasks[partition] = asyncio.create_task(self._position(partition, held))

    def refuse(self, partition: int, reason: str, position: Position | None) -> None:
        """Stop taking from a log that is not the one that was read before, and say so loudly."""
        held = self.held.get(partition)
        if held is None:
            return
        held.cursor = None
        held.refused = (
            f"{self.topic} partition {partition}: {reason}. Nothing was skipped. Find out what "
            f"happened to the log, then run: ./payops reposition {self._service} {self.topic} "
            f"--partition {partition}"
        )
        held.refused_at = position
        log.error("assignment.log_refused", topic=self.topic, partition=partition, why=held.refused)
        self._tasks[partition] = asyncio.create_task(self._await_operator(partition, held))

    def refusals(self) -> list[str]:
        """A sentence for each refused partition."""
        return [held.refused for held in self.held.values() if held.refused]

    @property
    def positioned(self) -> bool:
        """Whether an assignment was made and all of it has its place."""
        return self.assigned_once and all(held.cursor is not None for held in self.held.values())

    async def close(self) -> None:
        """Stop all background work."""
        self._cancel_all()

    def _cancel_all(self) -> None:
        current = asyncio.current_task()
        for task in self._tasks.values():
            if task is not current:
                task.cancel()
        self._tasks.clear()

    async def _position(self, partition: int, held: Held) -> None:
        def again(error: Exception, attempt: int) -> bool:
            silent = isinstance(error, SILENCE)
            if silent and attempt in {0, 10}:
                log.warning(
                    "assignment.positioning_waits", topic=self.topic, partition=partition,
                    error=str(error)[:200],
                )  # fmt: skip
            return silent

        await until_done(lambda: self._try_position(partition, held), again)

    async def _try_position(self, partition: int, held: Held) -> None:
        consumer = self._consumer()
        if consumer is None or self.held.get(partition) is not held:
            return
        tp = TopicPartition(self.topic, partition)
        async with asyncio.timeout(BOUNDS_TIMEOUT_SECONDS):
            # Side by side: each may have to wait for a fetch that waits for records.
            starts, ends = await asyncio.gather(
                consumer.beginning_offsets([tp]), consumer.end_offsets([tp])
            )
            log_start, log_end = starts[tp], ends[tp]
            position = await self._positions.load(partition)
            if position is None:
                position = await self._positions.begin(partition, log_start)
            if position.next > log_end:
                # The end of what is committed may lie before what was read in other ways.
                log_end = await self._log_end(tp)
        if self.held.get(partition) is not held:
            return
        problem = _out_of_bounds(position, log_start, log_end)
        if problem:
            self.refuse(partition, problem, position)
            return
        cursor = Cursor.at(position, log_start)
        consumer.seek(tp, cursor.seek_to)
        held.cursor, held.refused, held.refused_at = cursor, None, None

    async def _await_operator(self, partition: int, held: Held) -> None:
        while self.held.get(partition) is held:
            await asyncio.sleep(REFUSED_LOOK_SECONDS)
            try:
                stored = await self._positions.load(partition)
            except PyMongoError:
                continue
            if stored != held.refused_at:
                held.refused = None
                await self._position(partition, held)
                return


def _out_of_bounds(position: Position, log_start: int, log_end: int) -> str | None:
    if position.next < log_start:
        return (
            f"the log starts at offset {log_start}, but {position.next} is next: "
            f"{log_start - position.next} offsets were removed before they were read"
        )
    if position.next > log_end:
        return (
            f"the log ends at offset {log_end}, but {position.next} is next: "
            "it was truncated or made anew"
        )
    return None

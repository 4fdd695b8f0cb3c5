"""Where a hub's history stands, kept in Kafka beside the log that it was told to.

It is the offset, with its note, of a group that reads nothing. A broker that lost its log has lost
this as well, and the history is then told anew.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import OffsetAndMetadata

from payops_contracts.topics import UPSTREAM_PAYMENTS
from payops_kernel.ending import close_within

GROUP = "simulated-hub"
PLACE = TopicPartition(UPSTREAM_PAYMENTS.name, 0)
CLOSE_LIMIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Told:
    """What a history is made of, and until when it was told; instants in seconds since 1970."""

    seed: int
    customers: int
    zone: str
    per_day: float
    days: int
    anchor: float
    until: float
    driven_from: float | None = None
    """From when on charges are played with the clock driven; None when none are."""


class ToldUntil:
    """Use it as an asynchronous context manager. Raises aiokafka's errors."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=address,
            group_id=GROUP,
            enable_auto_commit=False,
            isolation_level="read_committed",
        )

    async def __aenter__(self) -> ToldUntil:
        try:
            await self._consumer.start()
        except BaseException:
            await self._close()
            raise
        self._consumer.assign([PLACE])
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._close()

    async def read(self) -> Told | None:
        """What was kept last; None when nothing was."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self._address)
        await admin.start()
        try:
            kept = await admin.list_consumer_group_offsets(GROUP, partitions=[PLACE])
        finally:
            await admin.close()
        note = kept[PLACE].metadata if PLACE in kept else ""
        return Told(**json.loads(note)) if note else None

    async def keep(self, told: Told) -> None:
        """Keep it, for good when this returns."""
        await self._consumer.commit({PLACE: OffsetAndMetadata(0, json.dumps(asdict(told)))})

    async def log_is_empty(self) -> bool:
        """Whether nobody ever told anything upstream."""
        topic = UPSTREAM_PAYMENTS.name
        numbers = self._consumer.partitions_for_topic(topic) or {PLACE.partition}
        ends = await self._consumer.end_offsets([TopicPartition(topic, each) for each in numbers])
        return not any(ends.values())

    async def _close(self) -> None:
        await close_within(CLOSE_LIMIT_S, self._consumer.stop())

"""Parking: an event about something unknown waits inside its subject's own document.

The document is a placeholder of version 0 with ``parked[]``, so that creating the subject and
parking an event for it meet on one ``_id``. The events are folded as soon as the subject appears,
and become dead letters when it does not within :data:`PARK_FOR`.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from payops_kernel.clock import Clock
from payops_kernel.contradictions import Contradiction
from payops_kernel.due import AfterCommit, DueWork
from payops_kernel.errors import DeadLetter
from payops_kernel.messaging.dead_letters import DeadLetterCount
from payops_kernel.messaging.outbox import Outbox
from payops_kernel.messaging.records import Record
from payops_kernel.messaging.slices import SliceWork
from payops_kernel.mongo import Binary, Collection, Document, Session
from payops_kernel.ports import DueRow, OutgoingMessage

PARK_FOR = timedelta(hours=24)
PARKED_MAX = 100


class FoldedParked(NamedTuple):
    """An aggregate after an event that had waited for it, and what that says."""

    aggregate: Any
    messages: Iterable[OutgoingMessage]
    contradiction: Contradiction | None


ParkedFold = Callable[[Any, Record], FoldedParked]
"""(aggregate, record) to the aggregate after it; may raise ``DeadLetter``."""


class Parking:
    """Where one collection's early events wait, and what happens when they waited too long."""

    def __init__(
        self,
        group: str,
        collection: Collection,
        due: DueWork,
        clock: Clock,
        outbox: Outbox,
        dead_letters: DeadLetterCount,
    ) -> None:
        """One for all topics whose events fold into ``collection``; ``group`` consumes them."""
        self.folds: dict[str, ParkedFold] = {}
        """How a parked record of a topic is folded once its subject is there."""
        self._group = group
        self._collection = collection
        self._due = due
        self._clock = clock
        self._outbox = outbox
        self._dead_letters = dead_letters
        self._kind = f"parked:{collection.name}"
        due.handle(self._kind, self.expire)

    async def opened(self, keys: Sequence[str], session: Session) -> None:
        """Placeholders were made: have them looked at when their time is over."""
        due_at = self._clock.now() + PARK_FOR
        for key in keys:
            await self._due.rows.schedule(self._kind, key, due_at, session)

    async def closed(self, keys: Sequence[str], session: Session) -> None:
        """Their subjects appeared."""
        for key in keys:
            await self._due.rows.cancel(self._kind, key, session)

    async def expire(self, row: DueRow, session: Session) -> AfterCommit | None:
        """Dead-letter what still waits for a subject that never came."""
        found = await self._collection.find_one({"_id": row.key, "version": 0}, session=session)
        if found is None:
            return None
        work = SliceWork(session, self._group)
        for record in parked_records(found):
            problem = DeadLetter(
                f"'{row.key}' did not appear within {PARK_FOR}", reason="subject_unknown"
            )
            work.dead_letter(record, problem)
        await self._collection.delete_one({"_id": row.key, "version": 0}, session=session)
        await self._outbox.write(work.messages, session)
        return lambda: self._dead_letters.add(work.group, work.dead)


def placeholder(key: str, records: Sequence[Record]) -> Document:
    """The document in which records wait for ``key``."""
    return {"_id": key, "version": 0, "parked": [_stored(record) for record in records]}


def is_placeholder(document: Document) -> bool:
    """Whether a document only keeps records for a subject that is not known yet."""
    return bool(document["version"] == 0)


def parked_records(document: Document) -> list[Record]:
    """The records that wait in a placeholder, oldest first."""
    return [
        Record(
            topic=row["topic"],
            partition=row["partition"],
            offset=row["offset"],
            timestamp=row["timestamp"],
            key=row["key"],
            value=row["value"],
            headers=tuple((name, value) for name, value in row["headers"]),
        )
        for row in document["parked"]
    ]


def _stored(record: Record) -> Document:
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp,
        "key": None if record.key is None else Binary(record.key),
        "value": None if record.value is None else Binary(record.value),
        "headers": [
            [name, None if value is None else Binary(value)] for name, value in record.headers
        ],
    }

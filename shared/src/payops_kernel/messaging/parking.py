"""Parking: an event about something unknown waits inside its subject's own document.

The document is a placeholder of version 0 with ``parked[]``, so that creating the subject and
parking an event for it meet on one ``_id``. The events are folded as soon as the subject appears,
and become dead letters when it does not within :data:`PARK_FOR`.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from payops_kernel.clock import Clock
from payops_kernel.due import DueWork
from payops_kernel.errors import DeadLetter
from payops_kernel.messaging.dead_letters import DeadLetterCount, dead_letter_message
from payops_kernel.messaging.records import Record
from payops_kernel.mongo import Binary, Collection, Document, Session
from payops_kernel.ports import DueRow, Work

PARK_FOR = timedelta(hours=24)
PARKED_MAX = 100

ParkedFold = Callable[[Any, Record], Any]
"""(aggregate, record) to the aggregate after it; may raise ``DeadLetter``."""


class Parking:
    """Where one collection's early events wait, and what happens when they waited too long."""

    def __init__(
        self,
        group: str,
        collection: Collection,
        due: DueWork,
        clock: Clock,
        dead_letters: DeadLetterCount,
    ) -> None:
        """One for all topics whose events fold into ``collection``; ``group`` consumes them."""
        self.folds: dict[str, ParkedFold] = {}
        """How a parked record of a topic is folded once its subject is there."""
        self._group = group
        self._collection = collection
        self._rows = due.rows
        self._clock = clock
        self._dead_letters = dead_letters
        self._kind = f"parked:{collection.name}"
        due.handle(self._kind, self.expire)

    async def opened(self, keys: Sequence[str], session: Session) -> None:
        """Placeholders were made: have them looked at when their time is over."""
        due_at = self._clock.now() + PARK_FOR
        rows = [DueRow(self._kind, key, due_at, {}) for key in keys]
        await self._rows.schedule_many(rows, session)

    async def closed(self, keys: Sequence[str], session: Session) -> None:
        """Their subjects appeared."""
        await self._rows.cancel_many(self._kind, keys, session)

    async def expire(self, work: Work, row: DueRow) -> None:
        """Dead-letter what still waits for a subject that never came."""
        waits = {"_id": row.key, "version": 0}
        found = await work.read(lambda session: self._collection.find_one(waits, session=session))
        if found is None:
            return
        problem = DeadLetter(
            f"'{row.key}' did not appear within {PARK_FOR}", reason="subject_unknown"
        )
        dead = parked_records(found)
        work.say(*(dead_letter_message(self._group, record, problem) for record in dead))
        work.write(lambda session: self._collection.delete_one(waits, session=session))
        work.after_commit(lambda: self._dead_letters.add(self._group, dead))


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

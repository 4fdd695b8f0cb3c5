"""Dead letters: document and back, the indexes of their list, and how they are taken in."""

from collections.abc import Sequence
from dataclasses import asdict

from gateway.domain.dead_letter import DeadLetter, DeadRecord, Decision, Failure
from payops_contracts.dead_letters import DeadLetterState
from payops_kernel.mongo import (
    ASCENDING,
    DESCENDING,
    Binary,
    Collections,
    Document,
    IndexModel,
    InsertOne,
    ReplaceOne,
    Session,
)
from payops_kernel.search_text import searchable

COLLECTION = "dead_letters"
KEY_CHARACTERS_MAX = 200

_NEWEST_FIRST = [("failed_at", DESCENDING), ("_id", DESCENDING)]
_FILTERED = [("topic", ASCENDING), ("consumer", ASCENDING), ("reason", ASCENDING)]


class DeadLetterStore:
    """Document ↔ entity. Satisfies the kernel's ``AggregateStore``."""

    indexes = {
        COLLECTION: [
            IndexModel([*_NEWEST_FIRST, ("state", ASCENDING), *_FILTERED], name="by_date"),
            IndexModel([("state", ASCENDING), *_NEWEST_FIRST, *_FILTERED], name="by_state"),
            IndexModel([("words", ASCENDING), *_NEWEST_FIRST], name="by_words"),
        ]
    }

    def __init__(self, db: Collections) -> None:
        self.collection = db[COLLECTION]

    async def take_in(self, letters: Sequence[DeadLetter], session: Session) -> None:
        """Store those that are new; one that is there keeps what was decided about it.

        A topic that was made anew numbers its records from the start: another record takes the
        place of the old one under its id.
        """
        by_id = {letter.id: letter for letter in letters}
        found = self.collection.find(
            {"_id": {"$in": list(by_id)}}, {"arrived_at": 1}, session=session
        )
        known = {row["_id"]: row["arrived_at"] async for row in found}
        writes: list[InsertOne[Document] | ReplaceOne[Document]] = []
        for letter in by_id.values():
            if letter.id not in known:
                writes.append(InsertOne(self.to_document(letter)))
            elif known[letter.id] != letter.arrived_at:
                writes.append(ReplaceOne({"_id": letter.id}, self.to_document(letter)))
        if writes:
            await self.collection.bulk_write(writes, ordered=False, session=session)

    def to_document(self, aggregate: DeadLetter) -> Document:
        """The stored form."""
        letter, record, failure = aggregate, aggregate.record, aggregate.failure
        key = None if record.key is None else record.key.decode(errors="replace")
        shown_key = None if key is None else key[:KEY_CHARACTERS_MAX]
        return {
            "_id": letter.id,
            "version": letter.version,
            "state": letter.state.value,
            "topic": letter.topic,
            "consumer": letter.consumer,
            "arrived_at": letter.arrived_at,
            "key": shown_key,
            "bytes": len(record.value or b""),
            **asdict(failure),
            "decision": None if letter.decision is None else asdict(letter.decision),
            "words": sorted({searchable(each) for each in (shown_key, failure.origin) if each}),
            "record": {
                "key": _stored(record.key),
                "value": _stored(record.value),
                "headers": [[name, _stored(value)] for name, value in record.headers],
            },
        }

    def from_document(self, document: Document) -> DeadLetter:
        """The entity back from its document."""
        d, record = document, document["record"]
        headers = [(name, _bytes(value)) for name, value in record["headers"]]
        return DeadLetter(
            id=d["_id"],
            topic=d["topic"],
            consumer=d["consumer"],
            arrived_at=d["arrived_at"],
            record=DeadRecord(
                _bytes(record["key"]),
                _bytes(record["value"]),
                tuple(headers),  # type: ignore[arg-type]
            ),
            failure=Failure(
                d["origin"], d["reason"], d["error"], d["failed_at"], d["code_version"],
                d["cut_bytes"],
            ),
            state=DeadLetterState(d["state"]),
            decision=None if d["decision"] is None else Decision(**d["decision"]),
            version=d["version"],
        )  # fmt: skip


def _stored(content: bytes | None) -> Binary | None:
    return None if content is None else Binary(content)


def _bytes(content: bytes | None) -> bytes | None:
    return None if content is None else bytes(content)

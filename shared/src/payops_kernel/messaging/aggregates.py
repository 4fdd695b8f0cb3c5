"""Folding a slice of events into aggregates: load all with one ``$in``, fold, write at once.

An aggregate is ``{_id, version, …}``. Its write is a compare-and-set on ``version``, so that a
concurrent writer is noticed, whichever topic or HTTP call it came from.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeVar

from payops_kernel.errors import DeadLetter
from payops_kernel.faults import crash_point
from payops_kernel.messaging.outbox import OutgoingMessage
from payops_kernel.messaging.records import Record
from payops_kernel.messaging.slices import Decoded, SliceWork
from payops_kernel.mongo import Collection, Document, InsertOne, ReplaceOne, expect_counts

A = TypeVar("A")
E_contra = TypeVar("E_contra", contravariant=True)


class AggregateStore(Protocol[A]):
    """How an aggregate lies in its collection."""

    collection: Collection

    def to_document(self, aggregate: A) -> Document:
        """The stored form; ``_id`` and ``version`` are top-level fields."""
        ...

    def from_document(self, document: Document) -> A:
        """The aggregate back from its stored form."""
        ...


class AggregateRules(Protocol[A, E_contra]):
    """A service's own part of a fold: pure, synchronous, no clock, no I/O."""

    def aggregate_id(self, event: E_contra) -> str:
        """The ``_id`` of the aggregate that an event is about."""
        ...

    def fold(self, aggregate: A | None, event: E_contra) -> A:
        """The aggregate after the event; raises :class:`DeadLetter` before changing anything."""
        ...

    def version(self, aggregate: A) -> int:
        """The aggregate's version now."""
        ...

    def messages(self, aggregate: A) -> Iterable[OutgoingMessage]:
        """What the steps of the last fold say to the world, each with the state after it.

        Called after every fold; nothing for a duplicate.
        """
        ...


class AggregateFold:
    """A :class:`SliceHandler` that folds events into one kind of aggregate."""

    def __init__(
        self,
        decode: Callable[[Record], Any],
        rules: AggregateRules[Any, Any],
        store: AggregateStore[Any],
    ) -> None:
        self._decode = decode
        self._rules = rules
        self._store = store

    def decode(self, record: Record) -> Any:
        """The record's event."""
        return self._decode(record)

    async def apply(self, work: SliceWork, events: Sequence[Decoded[Any]]) -> None:
        """Fold the events and write every aggregate that changed, with what it emits."""
        rules = self._rules
        ids = [rules.aggregate_id(item.event) for item in events]
        loaded = await self._load(set(ids), work)
        crash_point("consumer.after_load")
        versions = {key: rules.version(aggregate) for key, aggregate in loaded.items()}
        changed: dict[str, Any] = {}
        for key, item in zip(ids, events, strict=True):
            try:
                changed[key] = loaded[key] = rules.fold(loaded.get(key), item.event)
            except DeadLetter as problem:
                work.dead_letter(item.record, problem)
                continue
            for message in rules.messages(loaded[key]):
                work.emit(message)
        crash_point("consumer.after_fold")
        await self._write(changed, versions, work)

    async def _load(self, ids: set[str], work: SliceWork) -> dict[str, Any]:
        cursor = self._store.collection.find(
            {"_id": {"$in": list(ids)}}, session=work.session, batch_size=len(ids) + 1
        )
        documents = await cursor.to_list(length=None)
        return {doc["_id"]: self._store.from_document(doc) for doc in documents}

    async def _write(
        self, changed: dict[str, Any], versions: dict[str, int], work: SliceWork
    ) -> None:
        operations: list[InsertOne[Document] | ReplaceOne[Document]] = []
        inserted = 0
        for key, aggregate in changed.items():
            before = versions.get(key)
            if before == self._rules.version(aggregate):
                continue  # duplicates only
            document = self._store.to_document(aggregate)
            if before is None:
                inserted += 1
                operations.append(InsertOne(document))
            else:
                operations.append(ReplaceOne({"_id": key, "version": before}, document))
        if operations:
            result = await self._store.collection.bulk_write(
                operations, ordered=False, session=work.session
            )
            expect_counts(result, inserted=inserted, matched=len(operations) - inserted)

"""Folding a slice of events into aggregates: load all with one ``$in``, fold, write at once.

An aggregate is ``{_id, version, …}``. Its write is a compare-and-set on ``version``, so that a
concurrent writer is noticed, whichever topic or HTTP call it came from.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from payops_kernel.contradictions import Contradiction
from payops_kernel.due import DueRows
from payops_kernel.errors import DeadLetter, Park
from payops_kernel.faults import crash_point
from payops_kernel.messaging.parking import (
    PARKED_MAX,
    FoldedParked,
    Parking,
    is_placeholder,
    parked_records,
    placeholder,
)
from payops_kernel.messaging.records import Record
from payops_kernel.messaging.slices import Decoded, SliceWork
from payops_kernel.mongo import Collection, Document, InsertOne, ReplaceOne, expect_counts
from payops_kernel.ports import DueRow, OutgoingMessage

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

    def contradiction(self, aggregate: A) -> Contradiction | None:
        """What the last fold met under an id that it had seen with other content.

        Such an event is not applied; the fold may keep it once, as a step of its own.
        """
        ...


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What a step makes due: the rows, and where they are kept."""

    rows: DueRows
    after: Callable[[Any], Iterable[DueRow]]
    """Asked after every fold; nothing for a duplicate."""


class AggregateFold:
    """A :class:`SliceHandler` that folds one topic's events into one kind of aggregate."""

    def __init__(
        self,
        topic: str,
        decode: Callable[[Record], Any],
        rules: AggregateRules[Any, Any],
        store: AggregateStore[Any],
        parking: Parking | None = None,
        follow_up: FollowUp | None = None,
    ) -> None:
        """``parking`` is shared by all folds into the same collection; without it a ``Park``
        is a dead letter. ``follow_up`` says what a step makes due."""
        self.decode = decode
        self._rules = rules
        self._store = store
        self._parking = parking
        self._follow_up = follow_up
        if parking is not None:
            parking.folds[topic] = self._fold_parked

    async def apply(self, work: SliceWork, events: Sequence[Decoded[Any]]) -> None:
        """Fold the events and write every aggregate that changed, with what it emits."""
        ids = [self._rules.aggregate_id(item.event) for item in events]
        slice_ = _SliceFold(work, self._rules, self._store, self._parking, self._follow_up)
        await slice_.load(set(ids))
        crash_point("consumer.after_load")
        for key, item in zip(ids, events, strict=True):
            slice_.fold(key, item)
        crash_point("consumer.after_fold")
        await slice_.write()

    def _fold_parked(self, aggregate: Any, record: Record) -> FoldedParked:
        folded = self._rules.fold(aggregate, self.decode(record))
        messages = list(self._rules.messages(folded))
        return FoldedParked(folded, messages, self._rules.contradiction(folded))


class _SliceFold:
    """The aggregates of one slice, between load and write."""

    def __init__(
        self,
        work: SliceWork,
        rules: AggregateRules[Any, Any],
        store: AggregateStore[Any],
        parking: Parking | None,
        follow_up: FollowUp | None,
    ) -> None:
        self._work = work
        self._rules = rules
        self._store = store
        self._parking = parking
        self._known: dict[str, Any] = {}
        self._versions: dict[str, int] = {}
        self._changed: dict[str, Any] = {}
        self._waiting: dict[str, list[Record]] = {}
        self._parked_now: set[str] = set()
        self._unparked: list[str] = []
        self._follow_up = follow_up
        self._due: list[DueRow] = []

    async def load(self, ids: set[str]) -> None:
        """All touched aggregates with one ``$in``."""
        cursor = self._store.collection.find(
            {"_id": {"$in": list(ids)}}, session=self._work.session, batch_size=len(ids) + 1
        )
        for document in await cursor.to_list(length=None):
            key, version = document["_id"], document["version"]
            self._versions[key] = version
            if is_placeholder(document):
                self._waiting[key] = parked_records(document)
            else:
                self._known[key] = self._store.from_document(document)

    def fold(self, key: str, item: Decoded[Any]) -> None:
        """One event into its aggregate; emits what it says."""
        try:
            folded = self._rules.fold(self._known.get(key), item.event)
        except DeadLetter as problem:
            self._work.dead_letter(item.record, problem)
            return
        except Park as early:
            self._park(key, item.record, early)
            return
        self._known[key] = self._changed[key] = folded
        for message in self._rules.messages(folded):
            self._work.emit(message)
        if self._follow_up is not None:
            self._due += self._follow_up.after(folded)
        contradiction = self._rules.contradiction(folded)
        if contradiction is not None:
            self._work.contradict(item.record, contradiction)
        if key in self._waiting:
            self._unpark(key)

    def _park(self, key: str, record: Record, early: Park) -> None:
        waiting = self._waiting.setdefault(key, [])
        if any(each.value == record.value and each.headers == record.headers for each in waiting):
            return  # sent again: it waits already
        if self._parking is None or len(waiting) >= PARKED_MAX:
            reason = "subject_unknown" if self._parking is None else "parking_full"
            self._work.dead_letter(record, DeadLetter(str(early), reason=reason))
            return
        waiting.append(record)
        self._parked_now.add(key)

    def _unpark(self, key: str) -> None:
        folds = {} if self._parking is None else self._parking.folds
        for record in self._waiting.pop(key):
            try:
                folded = folds[record.topic](self._known[key], record)
            except (DeadLetter, Park) as problem:
                letter = problem if isinstance(problem, DeadLetter) else DeadLetter(str(problem))
                self._work.dead_letter(record, letter)
                continue
            self._known[key] = self._changed[key] = folded.aggregate
            for message in folded.messages:
                self._work.emit(message)
            if self._follow_up is not None:
                self._due += self._follow_up.after(folded.aggregate)
            if folded.contradiction is not None:
                self._work.contradict(record, folded.contradiction)
        self._parked_now.discard(key)
        self._unparked.append(key)

    async def write(self) -> None:
        """One unordered bulk write, compare-and-set on each version."""
        documents = {
            key: self._store.to_document(aggregate)
            for key, aggregate in self._changed.items()
            if self._versions.get(key) != self._rules.version(aggregate)  # else duplicates only
        }
        for key in self._parked_now:
            documents[key] = placeholder(key, self._waiting[key])
        operations: list[InsertOne[Document] | ReplaceOne[Document]] = []
        for key, document in documents.items():
            before = self._versions.get(key)
            operations.append(
                InsertOne(document)
                if before is None
                else ReplaceOne({"_id": key, "version": before}, document)
            )
        if operations:
            result = await self._store.collection.bulk_write(
                operations, ordered=False, session=self._work.session
            )
            inserted = sum(key not in self._versions for key in documents)
            expect_counts(result, inserted=inserted, matched=len(operations) - inserted)
        if self._follow_up is not None and self._due:
            await self._follow_up.rows.schedule_many(self._due, self._work.session)
        if self._parking is not None and (self._parked_now or self._unparked):
            new = [key for key in self._parked_now if key not in self._versions]
            await self._parking.opened(new, self._work.session)
            await self._parking.closed(self._unparked, self._work.session)

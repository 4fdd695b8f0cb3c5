"""Folding a slice of events into aggregates: load all with one ``$in``, fold, write at once.

An aggregate is ``{_id, version, …}``, written in the transaction that loaded it: mongod refuses
what a concurrent writer changed since, whichever topic or HTTP call it came from.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from payops_kernel.contradictions import Contradiction
from payops_kernel.due_rows import DueRows
from payops_kernel.errors import DeadLetter, Park
from payops_kernel.faults import crash_point
from payops_kernel.messaging.parking import (
    PARKED_MAX,
    Parking,
    is_placeholder,
    parked_records,
    placeholder,
)
from payops_kernel.messaging.records import Record
from payops_kernel.messaging.slices import Decoded, SliceWork
from payops_kernel.mongo import Document
from payops_kernel.ports import DueRow
from payops_kernel.repository import MongoRepository


class Versioned(Protocol):
    """What a fold must know of an aggregate."""

    version: int
    """Counts its steps: the same as before after an event that it had seen."""


A = TypeVar("A", bound=Versioned)
F = TypeVar("F")


def no_contradiction(_aggregate: object) -> None:
    """What a fold met that keeps no digests."""


@dataclass(frozen=True)
class AggregateFold(Generic[A, F]):
    """A :class:`SliceHandler` that folds one topic's events into one kind of aggregate.

    ``fact``, ``key`` and ``fold`` are a service's own part: pure, synchronous, no clock, no I/O.
    """

    topic: str
    decode: Callable[[Record], Any]
    repository: MongoRepository[A]
    due: DueRows
    """Keeps what a step makes due."""
    fact: Callable[[Any], F]
    """What an event states."""
    key: Callable[[F], str | None]
    """The id of the aggregate that it is about; None for what is about none of these."""
    fold: Callable[[A | None, F], A]
    """The aggregate after a fact; raises ``DeadLetter`` or ``Park`` before changing anything."""
    contradiction: Callable[[A], Contradiction | None] = no_contradiction
    """What the last fold met under an id that it had seen with other content."""
    parking: Parking | None = None
    """Shared by all folds into the same collection; without it a ``Park`` is a dead letter."""

    def __post_init__(self) -> None:
        fold, fact, decode = self.fold, self.fact, self.decode
        if self.parking is not None:
            self.parking.folds[self.topic] = lambda aggregate, record: fold(
                aggregate, fact(decode(record))
            )

    async def apply(self, work: SliceWork, events: Sequence[Decoded[Any]]) -> None:
        """Fold the events and write every aggregate that changed, with what it emits."""
        facts = self._facts(work, events)
        slice_ = _SliceFold(work, self)
        await slice_.load({key for key, _, _ in facts})
        crash_point("consumer.after_load")
        for key, fact, record in facts:
            slice_.fold(key, fact, record)
        crash_point("consumer.after_fold")
        await slice_.write()

    def _facts(
        self, work: SliceWork, events: Iterable[Decoded[Any]]
    ) -> Sequence[tuple[str, F, Record]]:
        facts: list[tuple[str, F, Record]] = []
        fact_of, key_of = self.fact, self.key
        for item in events:
            try:
                fact = fact_of(item.event)
            except DeadLetter as problem:
                work.dead_letter(item.record, problem)
            else:
                if (key := key_of(fact)) is not None:
                    facts.append((key, fact, item.record))
        return facts


class _SliceFold(Generic[A, F]):
    """The aggregates of one slice, between load and write."""

    def __init__(self, work: SliceWork, rules: AggregateFold[A, F]) -> None:
        self._work = work
        self._rules = rules
        self._repository = rules.repository
        self._known: dict[str, A] = {}
        self._versions: dict[str, int] = {}
        self._changed: dict[str, A] = {}
        self._waiting: dict[str, list[Record]] = {}
        self._parked_now: set[str] = set()
        self._unparked: list[str] = []
        self._due: list[DueRow] = []

    async def load(self, ids: set[str]) -> None:
        """All touched aggregates with one ``$in``."""
        from_document = self._repository.store.from_document
        for document in await self._repository.documents(list(ids), self._work.session):
            key = document["_id"]
            self._versions[key] = document["version"]
            if is_placeholder(document):
                self._waiting[key] = parked_records(document)
            else:
                self._known[key] = from_document(document)

    def fold(self, key: str, fact: F, record: Record) -> None:
        """One fact into its aggregate; emits what it says."""
        try:
            folded = self._rules.fold(self._known.get(key), fact)
        except DeadLetter as problem:
            self._work.dead_letter(record, problem)
            return
        except Park as early:
            self._park(key, record, early)
            return
        self._take(key, folded, record)
        if key in self._waiting:
            self._unpark(key)

    def _take(self, key: str, folded: A, record: Record) -> None:
        self._known[key] = self._changed[key] = folded
        self._work.messages += self._repository.says(folded)
        self._due += self._repository.due(folded)
        contradiction = self._rules.contradiction(folded)
        if contradiction is not None:
            self._work.contradict(record, contradiction)

    def _park(self, key: str, record: Record, early: Park) -> None:
        if key in self._known:  # a placeholder would take its place
            self._work.dead_letter(record, DeadLetter(str(early), reason="subject_unknown"))
            return
        waiting = self._waiting.setdefault(key, [])
        if any(each.value == record.value and each.headers == record.headers for each in waiting):
            return  # sent again: it waits already
        if self._rules.parking is None or len(waiting) >= PARKED_MAX:
            reason = "subject_unknown" if self._rules.parking is None else "parking_full"
            self._work.dead_letter(record, DeadLetter(str(early), reason=reason))
            return
        waiting.append(record)
        self._parked_now.add(key)

    def _unpark(self, key: str) -> None:
        folds = {} if self._rules.parking is None else self._rules.parking.folds
        for record in self._waiting.pop(key):
            try:
                folded = folds[record.topic](self._known[key], record)
            except (DeadLetter, Park) as problem:
                letter = problem if isinstance(problem, DeadLetter) else DeadLetter(str(problem))
                self._work.dead_letter(record, letter)
            else:
                self._take(key, folded, record)
        self._parked_now.discard(key)
        self._unparked.append(key)

    async def write(self) -> None:
        """One unordered bulk write; then what became due."""
        session, before = self._work.session, self._versions
        to_document = self._repository.store.to_document
        added: list[Document] = []
        changed: list[Document] = []
        # What has its old version was told duplicates only.
        news = {k: each for k, each in self._changed.items() if before.get(k) != each.version}
        for key, aggregate in news.items():
            (changed if key in before else added).append(to_document(aggregate))
        for key in self._parked_now:
            parked = placeholder(key, self._waiting[key])
            (changed if key in before else added).append(parked)
        await self._repository.write_many(added, changed, session)
        await self._repository.write_rows(list(news.values()), session)
        await self._rules.due.schedule_many(self._due, session)
        parking = self._rules.parking
        if parking is not None and (self._parked_now or self._unparked):
            new = [key for key in self._parked_now if key not in self._versions]
            await parking.opened(new, session)
            await parking.closed(self._unparked, session)

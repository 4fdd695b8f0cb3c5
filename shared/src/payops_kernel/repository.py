"""A kind of aggregate in its collection: loaded many at a time, written by compare-and-set.

An aggregate is stored as ``{_id, version, …}``. Its write names the version that was loaded, so
that a concurrent writer is noticed, whichever topic, request or due work it came from. What a
change says to the world, and what it makes due, is declared here once for all of them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from payops_kernel.errors import PayOpsError
from payops_kernel.mongo import (
    Collection,
    Document,
    InsertOne,
    ReplaceOne,
    Session,
    expect_counts,
)
from payops_kernel.ports import DueRow, OutgoingMessage

A = TypeVar("A")

Write = InsertOne[Document] | ReplaceOne[Document]


class AggregateStore(Protocol[A]):
    """How an aggregate lies in its collection."""

    collection: Collection

    def to_document(self, aggregate: A) -> Document:
        """The stored form; ``_id`` and ``version`` are top-level fields."""
        ...

    def from_document(self, document: Document) -> A:
        """The aggregate back from its stored form."""
        ...


def nothing_due(_aggregate: object) -> Iterable[DueRow]:
    """What a step makes due that makes nothing due."""
    return ()


@dataclass(frozen=True, slots=True)
class Loaded(Generic[A]):
    """An aggregate as it was stored."""

    aggregate: A
    version: int


class Repository(Generic[A]):
    """One kind of aggregate. A version below 1 is a placeholder and no aggregate."""

    def __init__(
        self,
        store: AggregateStore[A],
        *,
        missing: Callable[[str], PayOpsError],
        says: Callable[[A], Iterable[OutgoingMessage]],
        due: Callable[[A], Iterable[DueRow]] = nothing_due,
    ) -> None:
        """``missing`` is the refusal for an id that is not stored.

        ``says`` and ``due`` are asked after every step of an aggregate, and answer for the last.
        """
        self.store = store
        self.missing = missing
        self.says = says
        self.due = due

    @property
    def name(self) -> str:
        """The collection's."""
        return str(self.store.collection.name)

    async def load_many(
        self, keys: Sequence[str], session: Session | None
    ) -> dict[str, Loaded[A]]:
        """Those of the aggregates that are stored, by id."""
        found = await self.documents(keys, session)
        return {
            row["_id"]: Loaded(self.store.from_document(row), row["version"])
            for row in found
            if row["version"] > 0
        }

    async def documents(self, keys: Sequence[str], session: Session | None) -> list[Document]:
        """Their stored forms with one read, placeholders included."""
        wanted = {"_id": keys[0]} if len(keys) == 1 else {"_id": {"$in": list(keys)}}
        cursor = self.store.collection.find(wanted, session=session, batch_size=len(keys) + 1)
        rows: list[Document] = await cursor.to_list(length=None)
        return rows

    async def save_many(self, changed: Sequence[Loaded[A]], session: Session) -> None:
        """Write aggregates over the versions that they were loaded with, all or none.

        Raises ``VersionConflict`` when another writer was quicker.
        """
        await self.replace_many(
            [(each.version, self.store.to_document(each.aggregate)) for each in changed], session
        )

    async def replace_many(
        self, documents: Sequence[tuple[int | None, Document]], session: Session
    ) -> None:
        """The same of stored forms, each with the version it replaces; None for a new one."""
        writes: list[Write] = [
            InsertOne(document)
            if before is None
            else ReplaceOne({"_id": document["_id"], "version": before}, document)
            for before, document in documents
        ]
        if not writes:
            return
        result = await self.store.collection.bulk_write(writes, ordered=False, session=session)
        inserted = sum(before is None for before, _ in documents)
        expect_counts(result, inserted=inserted, matched=len(writes) - inserted)

"""A kind of aggregate in its collection: loaded many at a time, written by compare-and-set.

An aggregate is stored as ``{_id, version, …}``. Its write names the version that was loaded, so
that a concurrent writer is noticed, whichever topic, request or due work it came from. What a
change says to the world, and what it makes due, is declared here once for all of them.
"""

from collections.abc import Callable, Iterable, Sequence
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
from payops_kernel.ports import DueRow, Loaded, OutgoingMessage

A = TypeVar("A")


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


class MongoRepository(Generic[A]):
    """Satisfies ``Repository``. A version below 1 is a placeholder and no aggregate."""

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
        self.name = str(store.collection.name)

    async def find(self, key: str) -> A | None:
        """The aggregate as it is committed, to be looked at and not saved."""
        loaded = (await self.load_many([key], None)).get(key)
        return None if loaded is None else loaded.aggregate

    async def load_many(self, keys: Sequence[str], session: Session | None) -> dict[str, Loaded[A]]:
        """Those of the aggregates that are stored, by id."""
        return {
            row["_id"]: Loaded(self.store.from_document(row), row["version"])
            for row in await self.documents(keys, session)
            if row["version"] > 0
        }

    async def documents(self, keys: Sequence[str], session: Session | None) -> list[Document]:
        """Their stored forms with one read, placeholders included."""
        cursor = self.store.collection.find(
            {"_id": {"$in": list(keys)}}, session=session, batch_size=len(keys) + 1
        )
        rows: list[Document] = await cursor.to_list(length=None)
        return rows

    async def save_many(self, changed: Sequence[Loaded[A]], session: Session) -> None:
        """Write aggregates over the versions that they were loaded with, all or none.

        Raises ``VersionConflict`` when another writer was quicker.
        """
        to_document = self.store.to_document
        await self.replace_many(
            [(each.version, to_document(each.aggregate)) for each in changed], session
        )

    async def replace_many(
        self, documents: Sequence[tuple[int | None, Document]], session: Session
    ) -> None:
        """The same of stored forms, each with the version it replaces; None for a new one."""
        if not documents:
            return
        writes: list[InsertOne[Document] | ReplaceOne[Document]] = [
            InsertOne(document)
            if before is None
            else ReplaceOne({"_id": document["_id"], "version": before}, document)
            for before, document in documents
        ]
        result = await self.store.collection.bulk_write(writes, ordered=False, session=session)
        inserted = sum(before is None for before, _ in documents)
        expect_counts(result, inserted=inserted, matched=len(writes) - inserted)

"""A kind of aggregate in its collection: loaded many at a time, written many at a time.

An aggregate is stored as ``{_id, version, …}``. It is written in the transaction that read it:
mongod refuses what another writer changed since (WriteConflict), whichever topic, request or due
work that came from, and the transaction runs anew. What a change says to the world, and what it
makes due, is declared here once for all of them.
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
from payops_kernel.ports import DueRow, OutgoingMessage

A = TypeVar("A")
A_contra = TypeVar("A_contra", contravariant=True)


class AggregateStore(Protocol[A]):
    """How an aggregate lies in its collection."""

    collection: Collection

    def to_document(self, aggregate: A) -> Document:
        """The stored form; ``_id`` and ``version`` are top-level fields."""
        ...

    def from_document(self, document: Document) -> A:
        """The aggregate back from its stored form."""
        ...


class Rows(Protocol[A_contra]):
    """Parts of an aggregate that have a list of their own: a row each, beside its document."""

    async def write(self, changed: Sequence[A_contra], session: Session) -> None:
        """Write anew the rows of what changed in these aggregates."""
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
        rows: Rows[A] | None = None,
    ) -> None:
        """``missing`` is the refusal for an id that is not stored; ``rows`` are its parts'.

        ``says`` and ``due`` are asked after every step of an aggregate, and answer for the last.
        """
        self.store = store
        self.missing = missing
        self.says = says
        self.due = due
        self.rows = rows
        self.name = str(store.collection.name)

    async def find(self, key: str) -> A | None:
        """The aggregate as it is committed, to be looked at and not saved."""
        return (await self.load_many([key], None)).get(key)

    async def load_many(self, keys: Sequence[str], session: Session | None) -> dict[str, A]:
        """Those of the aggregates that are stored, by id."""
        return {
            row["_id"]: self.store.from_document(row)
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

    async def save_many(
        self, changed: Sequence[A], session: Session, added: Sequence[A] = ()
    ) -> None:
        """Write aggregates that this transaction has read, and new ones; all or none."""
        to_document = self.store.to_document
        await self.write_many(map(to_document, added), map(to_document, changed), session)
        await self.write_rows([*changed, *added], session)

    async def write_rows(self, changed: Sequence[A], session: Session) -> None:
        """Write the rows of their parts."""
        if self.rows is not None and changed:
            await self.rows.write(changed, session)

    async def write_many(
        self, added: Iterable[Document], changed: Iterable[Document], session: Session
    ) -> None:
        """The same of stored forms: those that this transaction did not find, and has found.

        By ``_id`` alone: naming the version, too, would cost mongod half as much again, and the
        transaction's snapshot says it already.
        """
        new = list(map(InsertOne, added))
        replaced = [ReplaceOne({"_id": document["_id"]}, document) for document in changed]
        if new or replaced:
            result = await self.store.collection.bulk_write(
                [*new, *replaced], ordered=False, session=session
            )
            expect_counts(result, inserted=len(new), matched=len(replaced))

"""Aggregates are written in the transaction that read them: nobody's change is written over."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from payops_kernel.errors import NotFound
from payops_kernel.mongo import (
    Collection,
    Document,
    Mongo,
    PyMongoError,
    Session,
    in_transaction,
    is_transient,
)
from payops_kernel.mongo.transactions import run_once
from payops_kernel.repository import MongoRepository


@dataclass
class Tally:
    """A toy aggregate: a number that only grows by one."""

    id: str
    version: int


class TallyStore:
    def __init__(self, collection: Collection) -> None:
        self.collection = collection

    def to_document(self, tally: Tally) -> Document:
        return {"_id": tally.id, "version": tally.version}

    def from_document(self, document: Document) -> Tally:
        return Tally(document["_id"], document["version"])


Tallies = MongoRepository[Tally]


@pytest.fixture
async def tallies(own_mongo: Mongo) -> Tallies:
    await own_mongo.db["tallies"].insert_one({"_id": "known", "version": 1})
    return MongoRepository(TallyStore(own_mongo.db["tallies"]), missing=NotFound, says=lambda _: ())


async def raised(tallies: Tallies) -> None:
    """What another writer commits."""
    await tallies.store.collection.update_one({"_id": "known"}, {"$inc": {"version": 1}})


async def removed(tallies: Tallies) -> None:
    await tallies.store.collection.delete_one({"_id": "known"})


async def appeared(tallies: Tallies) -> None:
    await tallies.store.collection.insert_one({"_id": "new", "version": 1})


@pytest.mark.parametrize("other", [raised, removed, appeared])
async def test_what_another_changed_since_it_was_read_undoes_the_transaction_which_may_run_again(
    own_mongo: Mongo, tallies: Tallies, other: Callable[[Tallies], Awaitable[None]]
) -> None:
    async def body(session: Session) -> None:
        found = await tallies.load_many(["known", "new"], session)
        assert list(found) == ["known"]
        await other(tallies)
        found["known"].version += 1
        await tallies.write_many(
            [{"_id": "new", "version": 7}], [{"_id": "known", "version": 7}], session
        )

    with pytest.raises(PyMongoError) as refused:
        await run_once(own_mongo, body)
    assert is_transient(refused.value)
    left = await tallies.documents(["known", "new"], None)
    assert all(document["version"] != 7 for document in left)


async def test_of_two_that_change_one_aggregate_at_once_neither_is_lost(
    own_mongo: Mongo, tallies: Tallies
) -> None:
    tries = 0

    async def body(session: Session) -> None:
        nonlocal tries
        tries += 1
        tally = (await tallies.load_many(["known"], session))["known"]
        if tries == 1:
            await raised(tallies)
        tally.version += 1
        await tallies.save_many([tally], session)

    await in_transaction(own_mongo, body)
    found = await tallies.find("known")
    assert found is not None
    assert (found.version, tries) == (3, 2)

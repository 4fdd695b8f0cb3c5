"""A pass over what was stored before: once, in batches, and never over somebody's newer write."""

from typing import Any

import pytest
import pytest_asyncio

from payops_kernel.mongo import Document, Mongo, ensure_collections
from payops_kernel.mongo.renewing import COLLECTION, INDEXES, Renewal, Renewing

ROWS, BATCH = 25, 10
THINGS = "things"


def lowered(row: Document) -> Document:
    return {"word": row["name"].lower()}


RENEWAL = Renewal("lower words", THINGS, ("name", "word"), lowered)


def stored(number: int) -> Document:
    return {"_id": f"t-{number:02}", "version": 1, "name": f"Name{number}", "more": number}


@pytest_asyncio.fixture
async def mongo(own_mongo: Mongo) -> Mongo:
    await ensure_collections(own_mongo.db, {THINGS: [], **INDEXES})
    await own_mongo.db[THINGS].insert_many([stored(number) for number in range(ROWS)])
    await own_mongo.db[THINGS].insert_one({"_id": "t-00-parked", "version": 0})
    return own_mongo


async def rows_of(mongo: Mongo) -> list[Document]:
    found: list[Document] = await mongo.db[THINGS].find({"version": {"$gt": 0}}).to_list(None)
    return sorted(found, key=lambda row: str(row["_id"]))


async def test_every_row_is_renewed_and_nothing_else_of_it_moves(mongo: Mongo) -> None:
    await Renewing(mongo.db, RENEWAL, BATCH).run()
    assert await rows_of(mongo) == [
        stored(number) | {"word": f"name{number}"} for number in range(ROWS)
    ]
    assert await mongo.db[THINGS].find_one({"version": 0}) == {"_id": "t-00-parked", "version": 0}


async def test_a_pass_goes_on_where_it_was_and_is_made_once(mongo: Mongo) -> None:
    seen: list[str] = []

    def noting(row: Document) -> dict[str, Any]:
        seen.append(row["_id"])
        return lowered(row)

    renewal = Renewal("noted", THINGS, ("name", "word"), noting)
    assert not await Renewing(mongo.db, renewal, BATCH).step()
    while not await Renewing(mongo.db, renewal, BATCH).step():
        pass
    assert seen == [f"t-{number:02}" for number in range(ROWS)]
    assert await Renewing(mongo.db, renewal, BATCH).step()
    assert len(seen) == ROWS
    assert await mongo.db[COLLECTION].count_documents({"done": True}) == 1


async def test_another_name_is_another_pass(mongo: Mongo) -> None:
    await Renewing(mongo.db, RENEWAL, BATCH).run()
    upper = Renewal("upper words", THINGS, ("name", "word"), lambda r: {"word": r["name"].upper()})
    await Renewing(mongo.db, upper, BATCH).run()
    assert {row["word"] for row in await rows_of(mongo)} == {f"NAME{n}" for n in range(ROWS)}


async def test_what_was_written_between_look_and_write_is_renewed_as_it_is_then(
    mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, moved = Renewing._next, False

    async def looking_too_early(renewing: Renewing, after: Any) -> list[Document]:
        nonlocal moved
        rows = await look(renewing, after)
        if not moved:
            moved = True
            newer = {"$set": {"name": "Newer"}, "$inc": {"version": 1}}
            await mongo.db[THINGS].update_one({"_id": "t-03"}, newer)
        return rows

    monkeypatch.setattr(Renewing, "_next", looking_too_early)
    await Renewing(mongo.db, RENEWAL, BATCH).run()
    row = (await rows_of(mongo))[3]
    assert (row["name"], row["word"], row["version"]) == ("Newer", "newer", 2)

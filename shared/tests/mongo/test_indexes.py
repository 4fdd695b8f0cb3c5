"""A collection has the indexes that it declares; what an earlier version left behind is gone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from payops_kernel.mongo import ASCENDING, DESCENDING, IndexModel, Mongo, ensure_collections

pytestmark = pytest.mark.servers

BY_DAY = IndexModel([("day", ASCENDING), ("_id", DESCENDING)], name="day")
BY_SUM = IndexModel([("sum", ASCENDING)], name="sum", unique=True)
EXPIRY = IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0)
STARTING_AT_ONCE = 6


async def indexes(mongo: Mongo, collection: str = "rows") -> dict[str, Any]:
    """Every index but that of the id, by name."""
    found = dict(await mongo.db[collection].index_information())
    assert found.pop("_id_")
    return found


async def test_an_index_that_nobody_declares_any_more_is_dropped_and_told(own_mongo: Mongo) -> None:
    await ensure_collections(own_mongo.db, {"rows": [BY_DAY, BY_SUM, EXPIRY]})
    await own_mongo.db["rows"].insert_one({"_id": 1, "day": "2026-03-01", "sum": 5})
    with capture_logs() as logs:
        await ensure_collections(own_mongo.db, {"rows": [BY_SUM, EXPIRY]})
    assert set(await indexes(own_mongo)) == {"sum", "expiry"}
    told = [(line["event"], line["collection"], line["index"]) for line in logs]
    assert told == [("mongo.index_dropped", "rows", "day")]
    await ensure_collections(own_mongo.db, {"rows": []})
    assert await indexes(own_mongo) == {}
    assert await own_mongo.db["rows"].count_documents({}) == 1


async def test_indexes_that_are_as_declared_stay_untouched(own_mongo: Mongo) -> None:
    declared = {"rows": [BY_DAY, BY_SUM, EXPIRY]}
    await ensure_collections(own_mongo.db, declared)
    before = await indexes(own_mongo)
    with capture_logs() as logs:
        await ensure_collections(own_mongo.db, declared)
    assert await indexes(own_mongo) == before
    assert logs == []


@pytest.mark.parametrize(
    "changed",
    [
        IndexModel([("day", DESCENDING)], name="day"),
        IndexModel([("day", ASCENDING), ("_id", DESCENDING)], name="day", unique=True),
        IndexModel([("day", ASCENDING), ("_id", DESCENDING)], name="another name"),
        IndexModel([("expires_at", ASCENDING)], name="day", expireAfterSeconds=60),
    ],
    ids=["keys", "options", "name", "what another had"],
)
async def test_an_index_that_changed_takes_the_place_of_the_old_one(
    own_mongo: Mongo, changed: IndexModel
) -> None:
    await ensure_collections(own_mongo.db, {"rows": [BY_DAY, EXPIRY]})
    await ensure_collections(own_mongo.db, {"rows": [changed]})
    (name, found), *others = (await indexes(own_mongo)).items()
    assert others == []
    assert name == changed.document["name"]
    assert found["key"] == list(changed.document["key"].items())
    assert found.get("unique") == changed.document.get("unique")


async def test_collections_that_are_not_declared_keep_their_indexes(own_mongo: Mongo) -> None:
    await own_mongo.db["others"].create_index([("by_hand", ASCENDING)], name="by_hand")
    await ensure_collections(own_mongo.db, {"rows": [BY_DAY]})
    assert set(await indexes(own_mongo, "others")) == {"by_hand"}


async def test_many_processes_that_start_at_once_end_with_the_same_indexes(
    own_mongo: Mongo,
) -> None:
    await ensure_collections(own_mongo.db, {"rows": [BY_DAY, EXPIRY]})
    renamed = IndexModel([("expires_at", ASCENDING)], name="ends", expireAfterSeconds=0)
    await asyncio.gather(
        *(
            ensure_collections(own_mongo.db, {"rows": [BY_SUM, renamed]})
            for _ in range(STARTING_AT_ONCE)
        )
    )
    assert set(await indexes(own_mongo)) == {"sum", "ends"}

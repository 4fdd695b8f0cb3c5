"""A page by merged walks through an index, one a combination of words; on real mongod."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random
from typing import Any
from uuid import uuid4

import pymongo
import pytest
import pytest_asyncio

from payops_kernel.mongo import (
    ChosenWay,
    IndexChoice,
    IndexModel,
    IndexWay,
    Mongo,
    choosing,
    connect,
    ensure_collections,
    find_rows,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
FIELDS = ("status", "channel", "method", "at", "amount")
WAYS = (
    IndexWay("by_at", ("at",), in_order_of="at", covers=True),
    IndexWay("by_facets", ("status", "channel", "method", "at"), in_order_within="at", covers=True),
)
INDEXES = {
    "rows": [
        IndexModel(
            [("at", -1), ("_id", -1), ("status", 1), ("channel", 1), ("method", 1), ("amount", 1)],
            name="by_at",
        ),
        IndexModel(
            [("status", 1), ("channel", 1), ("method", 1), ("at", -1), ("_id", -1), ("amount", 1)],
            name="by_facets",
        ),
    ]
}
STATUSES = {"PAID": 970, "FAILED": 25, "REFUNDED": 5}
CHANNELS = {"web": 800, "pos": 196, "kiosk": 4}
METHODS = {"card": 700, "cash": 290, "cheque": 10}
ROWS = 20_000
PAGE = 50
on_one_loop = pytest.mark.asyncio(loop_scope="module")

Row = dict[str, Any]


def rows() -> list[Row]:
    """Two rows an instant, so that the id decides between them."""
    random = Random(5)
    drawn = [
        random.choices(list(weights), list(weights.values()), k=ROWS)
        for weights in (STATUSES, CHANNELS, METHODS)
    ]
    return [
        {
            "_id": f"row-{random.randrange(10**9)}-{number}",
            "status": status,
            "channel": channel,
            "method": method,
            "at": START + timedelta(minutes=number // 2),
            "amount": random.randrange(10_000),
        }
        for number, (status, channel, method) in enumerate(zip(*drawn, strict=True))
    ]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled(mongo_uri: str) -> AsyncIterator[Mongo]:
    mongo = connect(mongo_uri, f"test_{uuid4().hex[:12]}")
    await ensure_collections(mongo.db, INDEXES)
    await mongo.db["rows"].insert_many(rows())
    yield mongo
    await mongo.client.drop_database(mongo.db.name)
    mongo.close()


async def page(mongo: Mongo, query: Row, direction: int, way: ChosenWay) -> list[Row]:
    return await find_rows(
        mongo.db["rows"],
        query,
        sort=[("at", direction), ("_id", direction)],
        limit=PAGE,
        projection={"at": 1, "status": 1, "channel": 1, "method": 1},
        way=way,
    )


@on_one_loop
async def test_a_rare_combination_is_walked_in_order_and_not_sorted(
    filled: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "SECOND_READ_US", 0.0)  # among so few rows nothing is that dear
    choice = IndexChoice(filled.db["rows"], WAYS, FIELDS)
    asked = {"status": "FAILED", "channel": "web"}
    way = await choice.for_page(asked, in_order_of="at", limit=PAGE)
    assert way.index == "by_facets"
    assert set(way.words) == {"method"}
    keys = 0
    for each in way.queries(asked):
        find = {"find": "rows", "filter": each, "sort": {"at": -1, "_id": -1}, "limit": PAGE}
        told = await filled.db.command(
            {"explain": find | {"hint": "by_facets"}, "verbosity": "executionStats"}
        )
        keys += told["executionStats"]["totalKeysExamined"]
    assert keys <= PAGE + 10 * len(METHODS)


@on_one_loop
async def test_the_rows_are_those_of_a_plain_find_whatever_words_are_known(filled: Mongo) -> None:
    random = Random(8)
    middle = START + timedelta(minutes=ROWS // 4)
    places: list[Row] = [{}, {"at": {"$lt": middle}}, {"at": {"$gt": middle}}]
    filters: list[Row] = [
        {"status": "REFUNDED"},
        {"status": {"$in": ["FAILED", "REFUNDED"]}, "channel": "pos"},
        {"channel": "kiosk"},
        {"method": "cheque", "amount": {"$gte": 5_000}},
        {"status": "PAID", "channel": "web", "method": "card"},
    ]
    words = {"status": STATUSES, "channel": CHANNELS, "method": METHODS}
    for asked, place, direction in product(filters, places, (-1, 1)):
        query = asked | place
        known = {
            name: random.sample(sorted(values), random.randrange(1, len(values) + 1))
            for name, values in words.items()
            if name not in asked
        }
        found = await page(filled, query, direction, ChosenWay("by_facets", known))
        assert found == await page(filled, query, direction, ChosenWay("by_at")), (query, known)
        assert found


@on_one_loop
async def test_more_combinations_than_mongod_merges_are_not_merged(filled: Mongo) -> None:
    rows = filled.db["rows"]
    choice = IndexChoice(rows, WAYS, FIELDS)
    many = {"status": {"$in": [f"S{number}" for number in range(100)]}, "channel": "kiosk"}
    way = await choice.for_page(many, in_order_of="at", limit=PAGE)
    assert not way.words
    ranged = {"status": {"$gte": "REFUNDED"}, "channel": "kiosk"}
    assert not (await choice.for_page(ranged, in_order_of="at", limit=PAGE)).words


@on_one_loop
async def test_a_row_that_changes_its_word_between_the_two_looks_is_there_once(
    filled: Mongo, mongo_uri: str
) -> None:
    asked = {"status": "REFUNDED", "channel": "pos"}
    way = ChosenWay("by_facets", {"method": ["card"]})
    before = await page(filled, asked, -1, ChosenWay("by_at"))
    card = next(row for row in before if row["method"] == "card")
    other = next(row for row in before if row["method"] != "card")
    with pymongo.MongoClient[Row](mongo_uri) as client:
        behind = client[filled.db.name]["rows"]

        def swap() -> None:
            behind.update_one({"_id": card["_id"]}, {"$set": {"method": "cash"}})
            behind.update_one({"_id": other["_id"]}, {"$set": {"method": "card"}})

        found = await find_rows(
            Meddled(filled.db["rows"], swap),  # type: ignore[arg-type]
            asked,
            sort=[("at", -1), ("_id", -1)],
            limit=PAGE,
            projection={"at": 1, "status": 1, "channel": 1, "method": 1},
            way=way,
        )
        assert behind.count_documents({"_id": card["_id"], "method": "cash"}) == 1
    assert found == before


class Meddled:
    """A collection in which something else happens before the second look."""

    def __init__(self, collection: Any, meddle: Any) -> None:
        self._collection, self._meddle = collection, meddle
        self.database = collection.database
        self._looks = 0

    def find(self, *given: Any, **options: Any) -> Any:
        self._looks += 1
        if self._looks == 2:
            self._meddle()
        return self._collection.find(*given, **options)

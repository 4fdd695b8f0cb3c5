"""A page by merged walks through an index, one a combination of words; on real mongod."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random
from typing import Any
from uuid import uuid4

import pymongo
import pytest
import pytest_asyncio
from pymongo.errors import OperationFailure

from payops_kernel.http.cursors import CursorCodec
from payops_kernel.http.lists import FindPlan, ListResource, SortField, close_page, plan_find
from payops_kernel.mongo import (
    ChosenWay,
    IndexChoice,
    IndexModel,
    IndexWay,
    Mongo,
    Session,
    at_one_instant,
    connect,
    ensure_collections,
    find_rows,
    index_selection,
)
from payops_testing.kernel.dropping import drop_database

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
    await drop_database(mongo)
    mongo.close()


async def page(mongo: Mongo, query: Row, direction: int, way: ChosenWay) -> list[Row]:
    return await page_of(mongo.db["rows"], query, direction, way)


async def page_of(collection: Any, query: Row, direction: int, way: ChosenWay) -> list[Row]:
    return await find_rows(
        collection,
        query,
        sort=[("at", direction), ("_id", direction)],
        limit=PAGE,
        projection={"at": 1, "status": 1, "channel": 1, "method": 1},
        way=way,
    )


async def keys_walked(mongo: Mongo, query: Mapping[str, Any]) -> int:
    find = {"find": "rows", "filter": query, "sort": {"at": -1, "_id": -1}, "limit": PAGE}
    told = await mongo.db.command(
        {"explain": find | {"hint": "by_facets"}, "verbosity": "executionStats"}
    )
    return int(told["executionStats"]["totalKeysExamined"])


@on_one_loop
async def test_a_rare_combination_is_walked_in_order_and_not_sorted(
    filled: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        index_selection, "SECOND_READ_US", 0.0
    )  # among so few rows nothing is that dear
    choice = IndexChoice(filled.db["rows"], WAYS, FIELDS)
    asked = {"status": "FAILED", "channel": "web"}
    way = await choice.for_page(asked, in_order_of="at", limit=PAGE)
    assert way.index == "by_facets"
    assert set(way.words) == {"method"}
    keys = sum([await keys_walked(filled, each) for each in way.queries(asked)])
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
async def test_the_second_look_costs_a_few_keys_for_each_combination(filled: Mongo) -> None:
    asked = {"status": "FAILED"}
    way = ChosenWay("by_facets", {"channel": list(CHANNELS), "method": list(METHODS)})
    assert await keys_walked(filled, way.queries(asked)[1]) <= 4 * len(CHANNELS) * len(METHODS)


@on_one_loop
async def test_more_combinations_than_mongod_merges_are_not_merged(
    filled: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_selection, "MERGED_WALK_US", 0.0)
    monkeypatch.setattr(index_selection, "SECOND_READ_US", 0.0)
    choice = IndexChoice(filled.db["rows"], WAYS, FIELDS)

    async def merged(status: Any) -> bool:
        asked = {"status": status, "channel": "pos"}
        return bool((await choice.for_page(asked, in_order_of="at", limit=PAGE)).words)

    assert await merged("FAILED")
    assert not await merged({"$in": ["PAID", *(f"S{number}" for number in range(99))]})
    assert not await merged({"$gte": "FAILED"})


@on_one_loop
@pytest.mark.parametrize("sort", ["-at", "at"])
async def test_pages_there_and_back_are_those_of_a_plain_find(filled: Mongo, sort: str) -> None:
    asked = {"status": {"$in": ["FAILED", "REFUNDED"]}, "channel": "pos"}
    resource = ListResource("rows", {"at": SortField("at")}, "-at")
    codec = CursorCodec("a secret of the tests")
    way = ChosenWay("by_facets", {"method": ["card"]})
    turned, cursor = False, None
    places = []
    for _ in range(8):
        opened = resource.open(codec, filters={}, limit=10, sort=sort, cursor=cursor)
        plan = plan_find(opened, asked)
        merged, plain = [await found_by(filled, plan, each) for each in (way, ChosenWay("by_at"))]
        assert merged == plain
        closed = close_page(opened, merged)
        places.append((closed.first, closed.last))
        turned = turned or len(places) == 4
        cursor = closed.previous if turned else closed.next
        if cursor is None:
            break
    assert places == [(1, 10), (11, 20), (21, 30), (31, 40), (21, 30), (11, 20), (1, 10)]


@on_one_loop
async def test_a_page_in_the_middle_is_merged_by_as_many_walks(filled: Mongo) -> None:
    resource = ListResource("rows", {"at": SortField("at")}, "-at")
    codec = CursorCodec("a secret of the tests")
    asked = {"status": "FAILED"}
    way = ChosenWay("by_facets", {"channel": list(CHANNELS), "method": list(METHODS)})
    first = resource.open(codec, filters={}, limit=PAGE)
    rows = await found_by(filled, plan_find(first, asked), way)
    cursor = close_page(first, rows).next
    plan = plan_find(resource.open(codec, filters={}, limit=PAGE, cursor=cursor), asked)
    keys = await keys_walked(filled, way.queries(plan.filter)[0])
    assert keys <= 2 * PAGE + 2 * len(CHANNELS) * len(METHODS)


@on_one_loop
async def test_without_a_snapshot_the_looks_are_repeated(filled: Mongo) -> None:
    asked = {"status": "REFUNDED", "channel": "pos"}
    refused_once = Meddled(filled.db["rows"], refuse)
    found = await page_of(refused_once, asked, -1, ChosenWay("by_facets", {"method": ["card"]}))
    assert found == await page(filled, asked, -1, ChosenWay("by_at"))
    assert refused_once.looks == 4
    with pytest.raises(OperationFailure):
        await at_one_instant(filled, refuse_always)


def refuse() -> None:
    raise OperationFailure("Unable to read from a snapshot", 246)


async def refuse_always(_session: Session) -> None:
    refuse()


async def found_by(mongo: Mongo, plan: FindPlan, way: ChosenWay) -> list[Row]:
    return await find_rows(
        mongo.db["rows"],
        plan.filter,
        sort=plan.sort,
        limit=plan.limit,
        projection={"at": 1},
        way=way,
    )


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

        found = await page_of(Meddled(filled.db["rows"], swap), asked, -1, way)
        assert behind.count_documents({"_id": card["_id"], "method": "cash"}) == 1
    assert found == before


class Meddled:
    """A collection in which something else happens before the second look."""

    def __init__(self, collection: Any, meddle: Any) -> None:
        self._collection, self._meddle = collection, meddle
        self.database = collection.database
        self.looks = 0

    def find(self, *given: Any, **options: Any) -> Any:
        self.looks += 1
        if self.looks == 2:
            self._meddle()
        return self._collection.find(*given, **options)

"""Which index a list takes, by a sample of the rows; on real mongod."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from pymongo.errors import OperationFailure

from payops_kernel.mongo import (
    ChosenWay,
    Database,
    IndexChoice,
    IndexWay,
    Mongo,
    count_up_to,
    find_rows,
    sampling,
)
from payops_kernel.mongo.sampling import SAMPLE_AGE_MAX_S, Sample, SampledCollection

START = datetime(2026, 1, 1, tzinfo=UTC)
FIELDS = ("status", "channel", "at", "amount")
WAYS = (
    IndexWay("by_at", ("at",), in_order_of="at", covers=True),
    IndexWay("by_facets", ("status", "channel", "at"), covers=True),
    IndexWay("by_amount", ("amount",), in_order_of="amount"),
)
ROWS = 20_000
PAGE = 50


def rows(count: int) -> list[dict[str, Any]]:
    """Nine in ten are paid, one in two hundred comes from a kiosk; a row a minute."""
    random = Random(5)
    return [
        {
            "status": "PAID" if random.random() < 0.9 else "FAILED",
            "channel": "kiosk" if random.random() < 0.005 else "web",
            "at": START + timedelta(minutes=number),
            "amount": random.randrange(10_000),
        }
        for number in range(count)
    ]


def meets(row: dict[str, Any], field: str, condition: Any) -> bool:
    if not isinstance(condition, dict):
        return bool(row[field] == condition)
    tests: dict[str, Callable[[Any, Any], bool]] = {
        "$in": lambda value, wanted: value in wanted,
        "$gte": lambda value, bound: value >= bound,
        "$lt": lambda value, bound: value < bound,
        "$lte": lambda value, bound: value <= bound,
    }
    return all(tests[operator](row[field], bound) for operator, bound in condition.items())


CONDITIONS: Sequence[dict[str, Any]] = [
    {},
    {"status": "PAID"},
    {"status": {"$in": ["FAILED", "PAID"]}},
    {"status": "FAILED", "channel": "web"},
    {"at": {"$gte": START + timedelta(minutes=100), "$lt": START + timedelta(minutes=900)}},
    {"at": {"$lt": START + timedelta(minutes=500)}, "amount": {"$gte": 4000}},
    {"amount": {"$gte": 9999, "$lte": 9999}},
    {"amount": {"$lte": 5000}, "status": {"$in": ["FAILED"]}},
]


@pytest.mark.parametrize("conditions", CONDITIONS)
def test_a_sample_of_every_row_counts_exactly(conditions: dict[str, Any]) -> None:
    every = rows(1_000)
    exact = sum(all(meets(row, *each) for each in conditions.items()) for row in every)
    assert Sample(every, FIELDS, 1_000).rows(conditions) == (exact or 0.5)


def test_what_the_sample_does_not_hold_is_not_taken_for_nothing() -> None:
    sample = Sample(rows(100), FIELDS, 1_000_000)
    assert sample.rows({"status": "REFUNDED"}) == 5_000
    assert sample.rows({"at": {"$gte": START + timedelta(days=9)}}) == 5_000
    assert Sample([], FIELDS, 0).rows({"status": "PAID"}) > 0
    assert Sample([{"_id": 1}, {"status": "PAID"}], FIELDS, 2).rows({"status": "PAID"}) == 1


def test_a_few_hits_are_not_taken_for_more_than_they_prove() -> None:
    sample = Sample(rows(100), FIELDS, 1_000)
    by_hits = {hits: {"at": {"$lt": START + timedelta(minutes=hits)}} for hits in (0, 1, 4, 100)}
    told = {hits: sample.rows_at_least(each) for hits, each in by_hits.items()}
    assert told == {0: 5, 1: 5, 4: 20, 100: 900}


def test_an_index_is_entered_once_for_each_combination_before_the_last_condition() -> None:
    sample = Sample(rows(1_000), FIELDS, 1_000)
    fields = ("status", "channel", "at")
    assert sample.leaps(fields, {}) == 1
    assert sample.leaps(fields, {"status": "PAID"}) == 1
    assert sample.leaps(fields, {"channel": "kiosk"}) == 2
    assert sample.leaps(fields, {"status": "PAID", "at": {"$gte": START}}) == 2
    assert sample.leaps(fields, {"status": {"$in": ["PAID", "FAILED"]}, "channel": "web"}) == 2
    seen = {(row["status"], row["channel"]) for row in rows(1_000)}
    assert sample.leaps(fields, {"at": {"$gte": START}}) == len(seen)
    assert sample.leaps(("amount", "at"), {"at": {"$gte": START}}) <= 1_000


@pytest.mark.parametrize(
    ("conditions", "in_order_of", "index"),
    [
        ({}, "at", "by_at"),
        ({}, "amount", "by_amount"),
        ({"status": "PAID"}, "at", "by_at"),
        ({"status": "PAID"}, "amount", "by_amount"),
        ({"status": "FAILED", "channel": "kiosk"}, "at", "by_facets"),
        ({"status": "FAILED", "channel": "kiosk"}, "amount", "by_facets"),
        ({"amount": {"$gte": 9990}}, "at", "by_amount"),
        ({"at": {"$lt": START + timedelta(minutes=60)}}, "amount", "by_at"),
        ({"customer": "u-1"}, "at", None),
    ],
)
async def test_common_filters_are_walked_in_order_and_rare_ones_are_looked_up(
    own_mongo: Mongo, conditions: dict[str, Any], in_order_of: str, index: str | None
) -> None:
    collection = own_mongo.db["rows"]
    await collection.insert_many(rows(ROWS))
    choice = IndexChoice(collection, WAYS, FIELDS)
    way = await choice.for_page(conditions, in_order_of=in_order_of, limit=PAGE)
    assert way == ChosenWay(index)


@pytest.mark.parametrize(
    ("conditions", "direction", "before"),
    [
        ({"channel": "old"}, -1, 800),
        ({"channel": "old"}, 1, 0),
        ({"channel": "new"}, 1, 200),
        ({"channel": "new"}, -1, 0),
        ({"status": "PAID"}, -1, 0),  # here and there
        ({"status": "REFUNDED"}, -1, 0),  # none was seen
    ],
)
def test_rows_that_lie_together_at_the_far_end_of_an_order_are_far(
    conditions: dict[str, Any], direction: int, before: int
) -> None:
    some = [row | {"channel": "old" if n < 200 else "new"} for n, row in enumerate(rows(1_000))]
    told = Sample(some, FIELDS, 1_000).rows_before(conditions, {}, "at", direction)
    assert told == pytest.approx(before, abs=20)


@pytest.mark.parametrize("direction", [1, -1])
def test_rows_without_the_field_have_no_place_in_its_order(direction: int) -> None:
    some: list[dict[str, Any]] = [{"status": "PAID"}, {"at": START}, {"status": "FAILED"}]
    sample = Sample(some, FIELDS, 3)
    for conditions in ({}, {"status": "PAID"}, {"status": "FAILED"}):
        assert sample.rows_before(conditions, {}, "at", direction) == 0


async def test_who_asks_for_an_old_month_is_not_led_through_all_that_came_since(
    own_mongo: Mongo,
) -> None:
    collection = own_mongo.db["rows"]
    months = [row | {"channel": f"m{number * 10 // ROWS}"} for number, row in enumerate(rows(ROWS))]
    await collection.insert_many(months)
    in_status = IndexWay("by_status", ("status",), in_order_of="at", covers=True)
    in_month = IndexWay("by_month", ("channel",), in_order_of="at", covers=True)
    choice = IndexChoice(collection, (in_status, in_month), FIELDS)
    for month, direction in (("m0", -1), ("m2", -1), ("m7", 1), ("m9", 1)):
        asked = {"status": "FAILED", "channel": month}
        way = await choice.for_page(asked, in_order_of="at", direction=direction, limit=PAGE)
        assert way.index == "by_month", month


async def test_a_count_takes_the_index_that_leaves_the_fewest_rows(own_mongo: Mongo) -> None:
    collection = own_mongo.db["rows"]
    await collection.insert_many(rows(ROWS))
    choice = IndexChoice(collection, WAYS, FIELDS)
    assert await choice.for_count({"channel": "kiosk"}, limit=50_001) == "by_facets"
    within = {"at": {"$lt": START + timedelta(minutes=60)}}
    assert await choice.for_count(within, limit=50_001) == "by_at"


async def test_the_sample_is_renewed_when_it_is_old(own_mongo: Mongo) -> None:
    db: Database = own_mongo.db
    now = 0.0
    sampled = SampledCollection(db["rows"], FIELDS, lambda: now)
    assert await rows_told(sampled) <= 1
    await db["rows"].insert_many(rows(500))
    assert await rows_told(sampled) <= 1
    now = SAMPLE_AGE_MAX_S
    assert await rows_told(sampled) == 500


async def rows_told(sampled: SampledCollection) -> float:
    sample = await sampled.sample()
    assert sample is not None
    return sample.rows({})


async def test_a_sample_that_takes_too_long_leaves_the_choice_to_mongod(
    own_mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection = own_mongo.db["rows"]
    await collection.insert_many(rows(ROWS))
    monkeypatch.setattr(sampling, "SAMPLE_TIME_MAX_MS", 1)
    choice = IndexChoice(collection, WAYS, FIELDS)
    assert await choice.for_page({}, in_order_of="at", limit=PAGE) == ChosenWay()


async def test_an_index_that_is_not_there_costs_time_and_not_the_answer(own_mongo: Mongo) -> None:
    collection = own_mongo.db["rows"]
    await collection.insert_many(rows(10))
    options: dict[str, Any] = {"sort": [("at", 1)], "limit": 3, "projection": {"at": 1}}
    assert len(await find_rows(collection, {}, way=ChosenWay("no_such_index"), **options)) == 3
    assert await count_up_to(collection, {}, 100, hint="no_such_index") == 10
    with pytest.raises(OperationFailure):
        await find_rows(collection, {"$no": 1}, way=ChosenWay("_id_"), **options)

"""Contexts of the past on a real mongod: packed once, packed again when a day has changed."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from checkout_rules.domain.past import PastContext, learned
from checkout_rules.store import past as reading
from checkout_rules.store.contexts import BLOCKS, DAYS, INDEXES, ROWS, ContextStore, on_days
from checkout_rules.store.past import PastContexts
from payops_kernel.mongo import Mongo, ensure_collections, in_transaction
from payops_testing.checkout_rules.past import START, some_past

FIRST = START.date()
SPAN = (FIRST, FIRST + timedelta(days=2))


@pytest.fixture
async def mongo(own_mongo: Mongo) -> Mongo:
    """With the collections."""
    await ensure_collections(own_mongo.db, INDEXES)
    return own_mongo


async def tell(mongo: Mongo, told: Sequence[PastContext], partition: int = 0) -> None:
    """A slice of one partition."""
    store = ContextStore(mongo.db)

    async def slice_(session: Any) -> None:
        known = await store.known([each.transaction_id for each in told], session)
        await store.learn(learned(told, known), partition, session)

    await in_transaction(mongo, slice_)


async def read(mongo: Mongo, first: date = SPAN[0], last: date = SPAN[1]) -> list[tuple[str, Any]]:
    """Every context as it is replayed: its payment, and what is at each path."""
    past = PastContexts(mongo.db, mongo)
    found: list[tuple[str, Any]] = []
    for day in await past.days(first, last):
        before = len(found)
        async for each in past.blocks(day.day):
            paths = {path: it.unpacked() for path, it in each.block.columns.items()}
            for row, name in enumerate(each.block.names):
                said = ((path, values[row]) for path, values in sorted(paths.items()))
                found.append((name, [each for each in said if each[1] is not None]))
        assert len(found) - before == day.rows
    return found


def expected(told: Sequence[PastContext]) -> list[tuple[str, Any]]:
    """The same of contexts as they were told."""
    return [
        (
            each.transaction_id,
            sorted(
                [
                    ("amount_minor", each.amount_minor),
                    ("currency", each.currency),
                    ("channel", each.channel),
                    ("type", each.type),
                    *each.attributes.items(),
                ]
            ),
        )
        for each in sorted(told, key=lambda each: (each.day, each.transaction_id))
    ]


async def test_packed_days_say_what_the_rows_say_and_are_packed_once(
    mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "ROWS_A_BLOCK", 70)
    monkeypatch.setattr(reading, "DOCUMENTS_A_READ", 2)
    told = some_past(600)
    for partition in range(3):
        await tell(mongo, told[partition::3], partition)
    assert repr(await read(mongo)) == repr(expected(told))
    blocks = await mongo.db[BLOCKS].find({}, {"data": 0}).to_list(length=None)
    assert len(blocks) > 9
    await mongo.db[ROWS].delete_many({})  # so that what is said can only come from blocks
    assert repr(await read(mongo)) == repr(expected(told))


async def test_a_day_that_changed_is_packed_again_and_no_other(mongo: Mongo) -> None:
    told = some_past(300)
    await tell(mongo, told)
    await read(mongo)
    moved = next(each for each in told if each.day == FIRST)
    later = moved._replace(sequence=4, at_ms=moved.at_ms + 86_400_000, channel="pay-by-call")
    await tell(mongo, [later, moved._replace(sequence=3)], 2)
    await mongo.db[ROWS].delete_many({"day": (FIRST + timedelta(days=2)).isoformat()})
    now = [later if each is moved else each for each in told]
    assert repr(await read(mongo)) == repr(expected(now))
    await tell(mongo, [moved, later, later._replace(sequence=9)])
    assert repr(await read(mongo)) == repr(expected(now)), "the same again changes nothing"


async def test_a_part_that_is_missing_is_made_again(mongo: Mongo) -> None:
    told = some_past(100)
    await tell(mongo, told)
    await read(mongo)
    await mongo.db[BLOCKS].delete_one({})
    assert repr(await read(mongo)) == repr(expected(told))
    assert await read(mongo, FIRST - timedelta(days=9), FIRST - timedelta(days=1)) == []


async def test_no_read_of_contexts_goes_through_a_collection(mongo: Mongo) -> None:
    await tell(mongo, some_past(300))
    await read(mongo)
    of_day: dict[str, Any] = {"_id": on_days(FIRST, FIRST)}
    for name, query, sort in (
        (DAYS, of_day, "_id"),
        (BLOCKS, of_day, "_id"),
        (ROWS, {"day": FIRST.isoformat(), "_id": {"$gt": "ORD-000100"}}, "_id"),
    ):
        plan = await mongo.db.command(
            {
                "explain": {"find": name, "filter": query, "sort": {sort: 1}},
                "verbosity": "executionStats",
            }
        )
        assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"]), name
        assert "SORT" not in str(plan["queryPlanner"]["winningPlan"]), name
        stats = plan["executionStats"]
        assert stats["totalKeysExamined"] <= stats["nReturned"] + 2, name

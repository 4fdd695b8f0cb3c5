"""Subscriptions on a real MongoDB: exact under contention, read by index alone, recounted."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from analytics.domain.comparison import Period
from analytics.domain.payment_facts import PaymentTotals
from analytics.domain.subscription_facts import CHURNED, NEW, SubscriptionFact
from analytics.domain.windows import Window, WindowName
from analytics.store.day_buckets import counters_of, parts_of_days
from analytics.store.payments import BUCKETS
from analytics.store.subscription_reads import MongoSubscriptionReads
from analytics.store.subscriptions import (
    SUBSCRIPTION_FACTS,
    SubscriptionStore,
    moved_on,
    standing_of_a_day,
    subscription_document,
    subscription_fact_of,
)
from analytics.store.verifications import MongoVerifications
from analytics.use_cases.record_facts import record_facts
from payops_kernel.mongo import Mongo, Session, ensure_collections, in_transaction
from payops_testing.analytics.debits import Numbers
from payops_testing.analytics.subscriptions import (
    NOON,
    a_subscription_fact,
    recompute_subscriptions,
)

MARCH = Window(WindowName.CUSTOM, date(2026, 3, 1), date(2026, 3, 31))
FEBRUARY = Period(date(2026, 2, 1), date(2026, 2, 28))
STATUSES = ("CREATED", "ACTIVE", "ON_HOLD", "NOT_ACTIVE")
PARTITIONS = 4


@pytest.fixture
async def mongo(own_mongo: Mongo) -> Mongo:
    await ensure_collections(own_mongo.db, MongoSubscriptionReads.indexes)
    return own_mongo


async def _apply(mongo: Mongo, facts: list[SubscriptionFact]) -> None:
    async def body(session: Session) -> None:
        await record_facts(SubscriptionStore(mongo.db).within(session), facts)

    await in_transaction(mongo, body, deadline_seconds=60)


async def _stored(mongo: Mongo) -> tuple[Numbers, Numbers]:
    """The numbers, and what the facts say that they must be."""
    facts = [subscription_fact_of(doc) async for doc in mongo.db[SUBSCRIPTION_FACTS].find()]
    numbers = Numbers()
    async for document in mongo.db[BUCKETS].find({"kpi": "subscriptions"}):
        for (bucket, part), (count, amount) in counters_of(document):
            for name, number in (("count", count), ("amount", amount)):
                if number:
                    numbers[(*bucket, *part, name)] = number
    return numbers, recompute_subscriptions(facts)


def _lives(random: Random, subscriptions: int = 30) -> list[SubscriptionFact]:
    """Several versions of each subscription, of all statuses, over a few days."""
    told = []
    for number in range(subscriptions):
        for version in range(1, 5):
            status = random.choice(STATUSES)
            ended = NOON + timedelta(hours=random.randrange(96)) if status == STATUSES[3] else None
            told.append(
                a_subscription_fact(
                    f"sub-{number}",
                    version,
                    partition=random.randrange(PARTITIONS),
                    status=status,
                    currency=("USD", "EUR")[number % 2],
                    amount_minor=random.randrange(1, 1_000),
                    interval=random.choice(("DAY", "WEEK", "MONTH", "YEAR")),
                    interval_count=random.randrange(1, 4),
                    end_reason=random.choice(("CANCELLED", None)) if ended else None,
                    started_at=random.choice((None, NOON + timedelta(hours=random.randrange(96)))),
                    ended_at=ended,
                )
            )
    return told


def test_a_fact_comes_out_of_its_document_as_it_went_in() -> None:
    largest = a_subscription_fact(amount_minor=2**63 - 1, interval="DAY", started_at=NOON)
    for fact in [*_lives(Random(3), 9), largest]:
        assert subscription_fact_of(subscription_document(fact)) == fact


async def test_subscriptions_that_hop_between_partitions_at_once_are_counted_exactly(
    mongo: Mongo,
) -> None:
    random = Random(7)  # a seed, so that a failure comes again
    told = _lives(random) * 2
    random.shuffle(told)
    queues = [[f for f in told if f.partition == number] for number in range(PARTITIONS)]

    async def consume(queue: list[SubscriptionFact]) -> None:
        for start in range(0, len(queue), 10):
            await _apply(mongo, queue[start : start + 10])

    await asyncio.gather(*map(consume, queues))
    numbers, expected = await _stored(mongo)
    assert len(expected) > 50
    assert numbers == expected


@pytest.mark.parametrize("part", ["started", "ended", "standing", "end_reason"])
async def test_a_recount_agrees_and_names_one_minor_unit_planted_in_a_bucket(
    mongo: Mongo, part: str
) -> None:
    await _apply(mongo, _lives(Random(11)))
    verify, at = MongoVerifications(mongo.db), datetime.now(UTC)
    assert (await verify.recount(at)).differences == 0
    planted = {"kpi": "subscriptions", part: {"$exists": True}}
    bucket = await mongo.db[BUCKETS].find_one(planted)
    assert bucket is not None
    word = next(iter(bucket[part]))
    by_one = {"$inc": {f"{part}.{word}.amount_minor": 1}}
    await mongo.db[BUCKETS].update_one({"_id": bucket["_id"]}, by_one)
    assert (await verify.recount(at)).differences == 1


async def test_a_fact_that_says_one_more_than_its_buckets_is_found(mongo: Mongo) -> None:
    await _apply(mongo, [a_subscription_fact(status="ACTIVE", started_at=NOON)])
    await mongo.db[SUBSCRIPTION_FACTS].update_one({"_id": "sub-1"}, {"$inc": {"monthly_minor": 1}})
    verify = MongoVerifications(mongo.db)
    assert (await verify.recount(datetime.now(UTC))).differences == 2  # its start and its status


async def test_windows_open_with_all_before_and_the_cut_day_counts_up_to_its_instant(
    mongo: Mongo,
) -> None:
    january, morning = NOON - timedelta(days=40), NOON - timedelta(hours=3)
    evening, february = NOON + timedelta(hours=6), NOON - timedelta(days=10)
    await _apply(
        mongo,
        [
            a_subscription_fact("sub-1", started_at=january),
            a_subscription_fact("sub-2", started_at=january, ended_at=morning),
            a_subscription_fact("sub-3", started_at=morning, currency="EUR"),
            a_subscription_fact("sub-4", started_at=evening),
            a_subscription_fact("sub-5", started_at=january, ended_at=evening),
            a_subscription_fact("sub-6"),
            a_subscription_fact("sub-7", started_at=february),
        ],
    )
    reads = MongoSubscriptionReads(mongo.db)
    new, churned = ("started", None), ("ended", None)
    moves, opened = (await reads.look(MARCH, FEBRUARY, None)).found
    assert moves.now["USD"] == {
        (*new, "2026-03-01"): PaymentTotals(1, 1200), (*churned, "2026-03-01"): (2, 2400)
    }  # fmt: skip
    assert moves.now["EUR"] == {(*new, "2026-03-01"): (1, 1200)}
    assert opened.now == {"USD": {new: (4, 4800)}}
    assert moves.before == {"USD": {new: (1, 1200)}}
    assert opened.before == {"USD": {new: (3, 3600)}}
    cut = Period(date(2026, 2, 1), date(2026, 3, 1), NOON)
    moves, opened = (await reads.look(MARCH, cut, "USD")).found
    assert moves.before == {"USD": {new: (1, 1200), churned: (1, 1200)}}
    assert opened.before == {"USD": {new: (3, 3600)}}


async def test_where_all_of_them_stand_is_summed_over_all_days(mongo: Mongo) -> None:
    ended: dict[str, Any] = {"status": "NOT_ACTIVE", "end_reason": "EXPIRED"}
    await _apply(
        mongo,
        [
            a_subscription_fact("sub-1", day="2025-03-01"),
            a_subscription_fact("sub-2"),
            a_subscription_fact("sub-3", **ended),
            a_subscription_fact("sub-4", currency="EUR", interval="YEAR", status="ON_HOLD"),
        ],
    )
    reads = MongoSubscriptionReads(mongo.db)
    assert (await reads.standing(None)).found == {
        "USD": {
            ("standing", "CREATED"): (2, 2400),
            ("standing", "NOT_ACTIVE"): (1, 1200),
            ("end_reason", "EXPIRED"): (1, 1200),
        },
        "EUR": {("standing", "ON_HOLD"): (1, 100)},
    }
    assert set((await reads.standing("EUR")).found) == {"EUR"}


def _stages(plan: Any) -> list[str]:
    if isinstance(plan, list):
        return [stage for part in plan for stage in _stages(part)]
    if not isinstance(plan, dict):
        return []
    own = [plan["stage"]] if isinstance(plan.get("stage"), str) else []
    return own + [stage for part in plan.values() for stage in _stages(part)]


async def test_every_read_and_the_days_of_a_recount_are_by_index(mongo: Mongo) -> None:
    await _apply(mongo, _lives(Random(5), 300))
    for currency in (None, "USD"):
        reads = [
            (BUCKETS, parts_of_days("subscriptions", parts, days, currency, by_day=by_day))
            for parts, days, by_day in (
                (("started", "ended"), {"$gte": "2026-03-01", "$lte": "2026-03-31"}, True),
                (("started", "ended"), {"$lt": "2026-03-01"}, False),
                (("standing", "end_reason"), {}, False),
            )
        ]
        for part in (NEW, CHURNED):
            reads.append((SUBSCRIPTION_FACTS, moved_on(part, "2026-03-02", NOON, currency)))
        reads.append((SUBSCRIPTION_FACTS, standing_of_a_day("2026-03-01")))
        for collection, pipeline in reads:
            explained = await mongo.db.command(
                "explain", {"aggregate": collection, "pipeline": pipeline, "cursor": {}}
            )
            stages = set(_stages(explained))
            assert stages & {"IXSCAN", "ixseek"}, pipeline
            assert not stages & {"COLLSCAN", "scan"}, pipeline
    for name in ("day", "started_day", "ended_day"):
        explained = await mongo.db.command("explain", {"distinct": SUBSCRIPTION_FACTS, "key": name})
        assert "COLLSCAN" not in _stages(explained), name

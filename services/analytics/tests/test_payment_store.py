"""Facts and buckets on a real MongoDB: exact under contention, read by index alone."""

import asyncio
from datetime import date
from random import Random
from typing import Any

import pytest

from analytics.domain.payment_facts import Bucket, PaymentFact, PaymentTotals
from analytics.domain.reporting_days import ReportingZoneChanged
from analytics.domain.windows import Window, WindowName
from analytics.store import payments
from analytics.store.kpi_reads import MongoKpiReads, sums_pipeline, window_filter
from analytics.store.payments import PaymentStore, bucket_id, bucket_of, contribution_of
from analytics.use_cases.kpi_reads import AMOUNT_MAX, SumTooLarge
from analytics.use_cases.read_kpis import PAID_STATUSES
from analytics.use_cases.record_payments import record_payments
from payops_kernel.messaging.positions import Positions
from payops_kernel.mongo import (
    Decimal128,
    Int64,
    Mongo,
    Session,
    ensure_collections,
    in_transaction,
)
from payops_testing.analytics.builders import a_fact
from payops_testing.analytics.recompute_payments import differences, recompute_payments, totals_of

MARCH = Window(WindowName.CUSTOM, date(2026, 3, 1), date(2026, 3, 31))
PARTITIONS = 4
STATUSES = ("CREATED", "PAID", "FAILED", "PARTIALLY_REFUNDED", "TOTALLY_REFUNDED")


@pytest.fixture
async def mongo(own_mongo: Mongo) -> Mongo:
    await ensure_collections(own_mongo.db, MongoKpiReads.indexes)
    return own_mongo


async def _apply(mongo: Mongo, facts: list[PaymentFact]) -> None:
    async def body(session: Session) -> None:
        await record_payments(PaymentStore(mongo.db).within(session), facts)

    await in_transaction(mongo, body, deadline_seconds=60)


async def _stored(mongo: Mongo) -> tuple[dict[Bucket, PaymentTotals], dict[Bucket, PaymentTotals]]:
    """The buckets, and what the facts say that they must be."""
    facts = [contribution_of(doc) async for doc in mongo.db[payments.FACTS].find()]
    buckets = {bucket_of(doc): totals_of(doc) async for doc in mongo.db[payments.BUCKETS].find()}
    return buckets, recompute_payments(facts)


async def test_payments_that_hop_between_partitions_at_once_are_counted_exactly(
    mongo: Mongo,
) -> None:
    random = Random(7)  # a seed, so that a failure comes again
    told = [
        a_fact(
            f"t-{number}",
            version,
            partition=random.randrange(PARTITIONS),
            status=random.choice(STATUSES),
            amount_minor=random.randrange(100),
        )
        for number in range(40)
        for version in range(1, 6)
    ] * 2
    random.shuffle(told)
    queues = [[f for f in told if f.partition == number] for number in range(PARTITIONS)]

    async def consume(queue: list[PaymentFact]) -> None:
        for start in range(0, len(queue), 25):
            await _apply(mongo, queue[start : start + 25])

    await asyncio.gather(*(consume(queue) for queue in queues))
    buckets, expected = await _stored(mongo)
    assert differences(buckets, expected) == {}
    assert sum(totals.payments for totals in buckets.values()) == 40
    assert await mongo.db[payments.FACTS].count_documents({"version": 5}) == 40


async def test_a_bucket_says_in_its_fields_what_its_id_says(mongo: Mongo) -> None:
    await _apply(mongo, [a_fact(method="pay/later", channel="100%", partition=3)])
    (document,) = await mongo.db[payments.BUCKETS].find().to_list(None)
    assert document == {
        "_id": "payments/USD/2026-03-01/CREATED/pay%2Flater/100%25/3",
        "kpi": "payments",
        "partition": 3,
        "currency": "USD",
        "day": "2026-03-01",
        "status": "CREATED",
        "method": "pay/later",
        "channel": "100%",
        "count": 1,
        "amount_minor": Decimal128("1200"),
    }
    assert isinstance(document["count"], Int64)


def test_words_with_separators_never_share_a_bucket() -> None:
    words = ["a/b", "a", "b", "a%2Fb", "%", "/"]
    pairs = [(method, channel) for method in words for channel in words]
    ids = {bucket_id(Bucket("USD", "2026-03-01", "PAID", m, c, 0)) for m, c in pairs}
    assert len(ids) == len(pairs)


async def _sums(mongo: Mongo, currency: str | None = None) -> tuple[Any, Any]:
    reads = MongoKpiReads(mongo.db)
    by_day = await reads.sums("day", MARCH, currency, PAID_STATUSES)
    return by_day.sums, (await reads.sums("status", MARCH, currency)).sums


async def test_sums_go_over_partitions_methods_and_channels_and_stop_at_the_window(
    mongo: Mongo,
) -> None:
    await _apply(
        mongo,
        [
            a_fact("a", status="PAID", partition=0),
            a_fact("b", status="TOTALLY_REFUNDED", partition=1, method="pay-pal"),
            a_fact("c", status="FAILED", channel="pos"),
            a_fact("d", status="PAID", currency="EUR", day="2026-03-31"),
            a_fact("e", status="PAID", day="2026-02-28"),
            a_fact("f", status="PAID", day="2026-04-01"),
        ],
    )
    by_day, by_status = await _sums(mongo)
    assert by_day == {
        "USD": {"2026-03-01": PaymentTotals(2, 2400)},
        "EUR": {"2026-03-31": PaymentTotals(1, 1200)},
    }
    assert by_status["USD"] == {
        "PAID": PaymentTotals(1, 1200),
        "TOTALLY_REFUNDED": PaymentTotals(1, 1200),
        "FAILED": PaymentTotals(1, 1200),
    }
    by_day, by_status = await _sums(mongo, "EUR")
    assert (by_day, by_status) == (
        {"EUR": {"2026-03-31": PaymentTotals(1, 1200)}},
        {"EUR": {"PAID": PaymentTotals(1, 1200)}},
    )


async def test_sums_beyond_doubles_are_exact_and_beyond_64_bits_refused(mongo: Mongo) -> None:
    big = 10**15
    facts = [a_fact(f"t-{n}", status="PAID", amount_minor=big - n) for n in range(100)]
    await _apply(mongo, facts)
    by_day, _ = await _sums(mongo)
    assert by_day["USD"]["2026-03-01"] == PaymentTotals(100, 100 * big - 4950)
    await mongo.db[payments.BUCKETS].update_one({}, {"$set": {"amount_minor": Int64(AMOUNT_MAX)}})
    await _apply(mongo, [a_fact("more", status="PAID", partition=1)])
    with pytest.raises(SumTooLarge):
        await _sums(mongo)


async def test_a_bucket_is_never_full_and_stays_exact_past_64_bits(mongo: Mongo) -> None:
    """One that was stored as an integer of 64 bits goes on as a decimal."""
    await _apply(mongo, [a_fact("a", status="PAID", amount_minor=1)])
    await mongo.db[payments.BUCKETS].update_one({}, {"$set": {"amount_minor": Int64(AMOUNT_MAX)}})
    for number in range(3):
        await _apply(mongo, [a_fact(f"b-{number}", status="PAID", amount_minor=10**15 + 1)])
    (document,) = await mongo.db[payments.BUCKETS].find().to_list(None)
    assert totals_of(document) == PaymentTotals(4, AMOUNT_MAX + 3 * (10**15 + 1))
    await _apply(mongo, [a_fact("a", version=9, status="FAILED", amount_minor=1)])
    stored = [totals_of(it) async for it in mongo.db[payments.BUCKETS].find({"status": "PAID"})]
    assert stored == [PaymentTotals(3, AMOUNT_MAX + 3 * (10**15 + 1) - 1)]


def _stages(plan: Any) -> list[str]:
    if isinstance(plan, list):
        return [stage for part in plan for stage in _stages(part)]
    if not isinstance(plan, dict):
        return []
    own = [plan["stage"]] if isinstance(plan.get("stage"), str) else []
    return own + [stage for part in plan.values() for stage in _stages(part)]


async def test_a_read_examines_the_buckets_of_its_window_by_index_and_nothing_else(
    mongo: Mongo,
) -> None:
    days = [f"2026-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29)]
    documents = [
        {"_id": f"{currency}{day}{status}", "kpi": "payments", "currency": currency, "day": day}
        | {"status": status, "count": Int64(1), "amount_minor": Int64(1)}
        for currency in ("EUR", "JPY", "USD")
        for day in days
        for status in STATUSES
    ]
    await mongo.db[payments.BUCKETS].insert_many(documents)
    for currency in (None, "USD"):
        for statuses in (None, PAID_STATUSES):
            query = window_filter(MARCH, currency, statuses)
            explained = await mongo.db.command(
                "explain",
                {
                    "aggregate": payments.BUCKETS,
                    "pipeline": sums_pipeline(query, "day"),
                    "cursor": {},
                },
                verbosity="executionStats",
            )
            stages = _stages(explained)
            assert "IXSCAN" in stages or "ixseek" in stages, stages
            assert not {"COLLSCAN", "scan"} & set(stages), stages
            examined = await _examined(mongo, query)
            assert examined["docs"] == examined["rows"]
            assert examined["keys"] <= 2 * examined["rows"] + 100


async def _examined(mongo: Mongo, query: dict[str, Any]) -> dict[str, int]:
    explained = await mongo.db.command(
        "explain", {"find": payments.BUCKETS, "filter": query}, verbosity="executionStats"
    )
    stats = explained["executionStats"]
    return {
        "rows": stats["nReturned"],
        "docs": stats["totalDocsExamined"],
        "keys": stats["totalKeysExamined"],
    }


async def test_the_zone_is_stored_once_and_another_one_is_refused(mongo: Mongo) -> None:
    await asyncio.gather(*(PaymentStore(mongo.db).claim_zone("Europe/Rome") for _ in range(4)))
    await PaymentStore(mongo.db).claim_zone("Europe/Rome")
    with pytest.raises(ReportingZoneChanged, match="Set PAYOPS_ZONE to Europe/Rome"):
        await PaymentStore(mongo.db).claim_zone("UTC")
    assert (await MongoKpiReads(mongo.db).sums("day", MARCH, None)).zone == "Europe/Rome"


async def test_a_snapshot_shows_the_positions_that_belong_to_its_numbers(
    mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = mongo.db["positions"]
    await rows.insert_one(
        {
            "_id": "analytics/payops.transactions/1",
            "next": 7,
            "last": {"offset": 6, "timestamp": 1_772_366_400_123, "crc32": 0},
        }
    )
    await _apply(mongo, [a_fact("a", status="PAID")])

    following = Positions.load_all

    async def counting_goes_on(positions: Positions, session: Session | None = None) -> Any:
        stored = await following(positions, session)
        await rows.update_one({}, {"$set": {"next": 9}})
        await _apply(mongo, [a_fact("b", status="PAID")])
        assert await following(positions, session) == stored
        return stored

    monkeypatch.setattr(Positions, "load_all", counting_goes_on)
    found = await MongoKpiReads(mongo.db).sums("day", MARCH, None, PAID_STATUSES)
    applied, sums = found.applied, found.sums
    assert applied.positions[0].next == 7
    assert applied.at is not None
    assert applied.at.isoformat() == "2026-03-01T12:00:00.123000+00:00"
    assert sums["USD"]["2026-03-01"] == PaymentTotals(1, 1200)

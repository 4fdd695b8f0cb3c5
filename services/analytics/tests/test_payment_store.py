"""Facts and buckets on a real MongoDB: exact under contention, read by index alone."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from analytics.domain.comparison import Period
from analytics.domain.payment_facts import (
    PAID_STATUSES,
    Bucket,
    Counter,
    PaymentFact,
    PaymentTotals,
)
from analytics.domain.reporting_days import ReportingZoneChanged
from analytics.domain.windows import Window, WindowName
from analytics.store import payments
from analytics.store.kpi_reads import MongoKpiReads
from analytics.store.parts import read_word, stored_word
from analytics.store.payments import PaymentStore, bucket_id, contribution_of
from analytics.use_cases.kpi_reads import (
    AMOUNT_MAX,
    BeingCounted,
    Field,
    Found,
    Measure,
    Reading,
    SumTooLarge,
)
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
from payops_testing.analytics.recompute_payments import (
    counters_of,
    differences,
    recompute_payments,
    totals_of,
)

MARCH = Window(WindowName.CUSTOM, date(2026, 3, 1), date(2026, 3, 31))
FEBRUARY = Period(date(2026, 2, 1), date(2026, 2, 28))
DAILY = Reading((Field.DAY,), PAID_STATUSES)
BY_STATUS = Reading((Field.STATUS,))
EVERY_READING = [
    DAILY,
    BY_STATUS,
    *(
        Reading((field, Field.DAY), PAID_STATUSES)
        for field in (Field.METHOD, Field.CHANNEL, Field.PROVIDER, Field.TYPE)
    ),
    Reading((Field.FAILURE_CODE,), ("FAILED",)),
    Reading((Field.DAY,), PAID_STATUSES, Measure.REFUNDED),
]
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


async def _stored(
    mongo: Mongo,
) -> tuple[dict[Counter, PaymentTotals], dict[Counter, PaymentTotals]]:
    """The counters, and what the facts say that they must be."""
    facts = [contribution_of(doc) async for doc in mongo.db[payments.FACTS].find()]
    counted: dict[Counter, PaymentTotals] = {}
    async for document in mongo.db[payments.BUCKETS].find():
        counted |= counters_of(document)
    return counted, recompute_payments(facts)


async def _found(
    mongo: Mongo, *readings: Reading, currency: str | None = None, before: Period = FEBRUARY
) -> list[Found]:
    return list((await MongoKpiReads(mongo.db).look(readings, MARCH, before, currency)).found)


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
            provider=random.choice(("stripe", "adyen")),
            failure_code=random.choice(("declined", None)),
            total_refunded_minor=random.randrange(2),
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
    assert sum(totals.payments for each, totals in buckets.items() if not each.part.by) == 40
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


def test_a_word_is_read_as_it_was_stored_and_no_two_share_a_field() -> None:
    words = ["a.b", "a%2Eb", "$a", "a$", "%", "%24", "", None, ".", "a.b.c", "%25"]
    stored = [stored_word(word) for word in words]
    assert [read_word(each) for each in stored] == words
    assert len(set(stored)) == len(words)
    assert not {".", "$"} & set("".join(stored))


async def _sums(mongo: Mongo, currency: str | None = None) -> tuple[Any, Any]:
    by_day, by_status = await _found(mongo, DAILY, BY_STATUS, currency=currency)
    return by_day.now, by_status.now


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
        "USD": {("2026-03-01",): PaymentTotals(2, 2400)},
        "EUR": {("2026-03-31",): PaymentTotals(1, 1200)},
    }
    assert by_status["USD"] == {
        ("PAID",): PaymentTotals(1, 1200),
        ("TOTALLY_REFUNDED",): PaymentTotals(1, 1200),
        ("FAILED",): PaymentTotals(1, 1200),
    }
    by_day, by_status = await _sums(mongo, "EUR")
    assert (by_day, by_status) == (
        {"EUR": {("2026-03-31",): PaymentTotals(1, 1200)}},
        {"EUR": {("PAID",): PaymentTotals(1, 1200)}},
    )


async def test_sums_beyond_doubles_are_exact_and_beyond_64_bits_refused(mongo: Mongo) -> None:
    big = 10**15
    facts = [a_fact(f"t-{n}", status="PAID", amount_minor=big - n) for n in range(100)]
    await _apply(mongo, facts)
    by_day, _ = await _sums(mongo)
    assert by_day["USD"][("2026-03-01",)] == PaymentTotals(100, 100 * big - 4950)
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


async def test_the_zone_is_stored_once_and_another_one_is_refused(mongo: Mongo) -> None:
    await asyncio.gather(*(PaymentStore(mongo.db).claim_zone("Europe/Rome") for _ in range(4)))
    await PaymentStore(mongo.db).claim_zone("Europe/Rome")
    with pytest.raises(ReportingZoneChanged, match="Set PAYOPS_ZONE to Europe/Rome"):
        await PaymentStore(mongo.db).claim_zone("UTC")
    seen = await MongoKpiReads(mongo.db).look([DAILY], MARCH, FEBRUARY, None)
    assert seen.zone == "Europe/Rome"


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
    seen = await MongoKpiReads(mongo.db).look([DAILY], MARCH, FEBRUARY, None)
    applied, sums = seen.applied, seen.found[0].now
    assert applied.positions[0].next == 7
    assert applied.at is not None
    assert applied.at.isoformat() == "2026-03-01T12:00:00.123000+00:00"
    assert sums["USD"][("2026-03-01",)] == PaymentTotals(1, 1200)


async def _told(mongo: Mongo) -> None:
    noon = datetime(2026, 2, 15, 12, tzinfo=UTC)
    await _apply(
        mongo,
        [
            a_fact("a", status="PAID", provider="nexi.it", type="PAY_BY_LINK"),
            a_fact("b", status="TOTALLY_REFUNDED", partition=1, total_refunded_minor=1200),
            a_fact("c", status="PARTIALLY_REFUNDED", total_refunded_minor=200, day="2026-03-02"),
            a_fact("d", status="FAILED", failure_code="100%", provider="nexi.it"),
            a_fact("e", status="FAILED", partition=2),
            a_fact("f", status="CREATED", awaiting_refunds=2, awaiting_minor=70),
            a_fact("k", status="CREATED", awaiting_refunds=2, awaiting_minor=5),
            a_fact("l", status="CREATED", awaiting_refunds=1, awaiting_minor=9),
            a_fact("g", status="PAID", day="2026-02-14", provider="nexi.it"),
            a_fact("h", status="PAID", day="2026-02-15", created_at=noon - timedelta(seconds=1)),
            a_fact("i", status="PAID", day="2026-02-15", created_at=noon, provider="nexi.it"),
            a_fact("j", status="FAILED", day="2026-02-15", created_at=noon - timedelta(hours=9),
                   failure_code="100%"),
        ],
    )  # fmt: skip


async def test_parts_are_summed_by_their_words_beside_the_period_before(mongo: Mongo) -> None:
    await _told(mongo)
    until = datetime(2026, 2, 15, 12, tzinfo=UTC)
    cut = Period(date(2026, 2, 1), date(2026, 2, 15), until)
    providers, reasons, refunded, awaiting = await _found(
        mongo,
        Reading((Field.PROVIDER, Field.DAY), PAID_STATUSES),
        Reading((Field.FAILURE_CODE,), ("FAILED",)),
        Reading((Field.DAY,), PAID_STATUSES, Measure.REFUNDED),
        Reading((Field.AWAITING_REFUNDS,), of=Measure.AWAITING),
        before=cut,
    )
    one = PaymentTotals(1, 1200)
    assert providers.now == {
        "USD": {
            ("nexi.it", "2026-03-01"): one,
            ("adyen", "2026-03-01"): one,
            ("adyen", "2026-03-02"): one,
        }
    }
    assert providers.before == {"USD": {("nexi.it",): one, ("adyen",): one}}
    assert reasons.now == {"USD": {("100%",): one, (None,): one}}
    assert reasons.before == {"USD": {("100%",): one}}
    assert refunded.now == {"USD": {("2026-03-01",): one, ("2026-03-02",): PaymentTotals(1, 200)}}
    assert refunded.before == {}
    assert awaiting.now == {"USD": {("2",): PaymentTotals(2, 75), ("1",): PaymentTotals(1, 9)}}


async def test_a_part_that_is_empty_again_is_not_there(mongo: Mongo) -> None:
    await _apply(mongo, [a_fact("a", 1, status="FAILED", failure_code="declined")])
    await _apply(mongo, [a_fact("a", 2, status="FAILED", failure_code="timeout")])
    (reasons,) = await _found(mongo, Reading((Field.FAILURE_CODE,), ("FAILED",)))
    assert reasons.now == {"USD": {("timeout",): PaymentTotals(1, 1200)}}


async def test_one_bucket_is_one_update_however_many_parts_it_has(mongo: Mongo) -> None:
    facts = [
        a_fact(f"t-{number}", status="PAID", provider=f"p-{number}", total_refunded_minor=1)
        for number in range(10)
    ]
    await _apply(mongo, facts)
    assert await mongo.db[payments.BUCKETS].count_documents({}) == 1
    buckets, expected = await _stored(mongo)
    assert differences(buckets, expected) == {}


async def test_what_was_stored_without_parts_answers_what_it_knows_and_refuses_the_rest(
    mongo: Mongo,
) -> None:
    await _apply(mongo, [a_fact("a", status="PAID")])
    await mongo.db[payments.ZONES].insert_one({"_id": "payments", "zone": "UTC"})
    by_method = Reading((Field.METHOD, Field.DAY), PAID_STATUSES)
    (found,) = await _found(mongo, by_method)
    assert found.now["USD"] == {("credit-cards", "2026-03-01"): PaymentTotals(1, 1200)}
    for reading in [*EVERY_READING[4:], Reading(of=Measure.AWAITING)]:
        with pytest.raises(BeingCounted):
            await _found(mongo, reading)

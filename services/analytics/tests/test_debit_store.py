"""Debits on a real MongoDB: exact under contention, read by index alone, recounted."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from analytics.domain.comparison import Period
from analytics.domain.debit_facts import ChargeFact
from analytics.domain.payment_facts import PaymentTotals
from analytics.domain.windows import Window, WindowName
from analytics.store import debit_pipelines as pipelines
from analytics.store.day_buckets import counters_of
from analytics.store.debit_reads import MongoDebitReads
from analytics.store.debits import (
    CHARGE_FACTS,
    DebitStore,
    charge_document,
    charge_fact_of,
)
from analytics.store.payments import BUCKETS
from analytics.store.verifications import MongoVerifications
from analytics.use_cases.read_debits import (
    ATTEMPTS_BY_BATCH,
    ATTEMPTS_BY_DAY,
    ATTEMPTS_BY_NUMBER,
    BY_REASON,
    MONEY_BY_DAY,
)
from analytics.use_cases.record_facts import record_facts
from payops_kernel.mongo import Mongo, Session, ensure_collections, in_transaction
from payops_testing.analytics.debits import (
    NOON,
    Numbers,
    a_charge_fact,
    an_attempt,
    recompute_debits,
)

MARCH = Window(WindowName.CUSTOM, date(2026, 3, 1), date(2026, 3, 31))
FEBRUARY = Period(date(2026, 2, 1), date(2026, 2, 28))
READINGS = (MONEY_BY_DAY, ATTEMPTS_BY_DAY, ATTEMPTS_BY_NUMBER, ATTEMPTS_BY_BATCH, BY_REASON)
STATUSES = ("SUBMITTED", "FINALIZED", "TEMP_REJECTED", "PERMANENT_REJECTED", "REVERSED")
PARTITIONS = 4


@pytest.fixture
async def mongo(own_mongo: Mongo) -> Mongo:
    await ensure_collections(own_mongo.db, MongoDebitReads.indexes)
    return own_mongo


async def _apply(mongo: Mongo, facts: list[ChargeFact]) -> None:
    async def body(session: Session) -> None:
        await record_facts(DebitStore(mongo.db).within(session), facts)

    await in_transaction(mongo, body, deadline_seconds=60)


async def _stored(mongo: Mongo) -> tuple[Numbers, Numbers]:
    """The numbers, and what the facts say that they must be."""
    facts = [charge_fact_of(doc) async for doc in mongo.db[CHARGE_FACTS].find()]
    numbers = Numbers()
    async for document in mongo.db[BUCKETS].find({"kpi": "debits"}):
        for (bucket, part), (count, amount) in counters_of(document):
            for name, number in (("count", count), ("amount", amount)):
                if number:
                    numbers[(*bucket, *part, name)] = number
    return numbers, recompute_debits(facts)


def _lives(random: Random, charges: int = 30) -> list[ChargeFact]:
    """Several versions of each charge, with attempts of all outcomes over a few days."""
    told = []
    for number in range(charges):
        rail = random.choice(("ACH", "SEPA", "CARD"))
        for version in range(1, 5):
            attempts = tuple(
                an_attempt(
                    each + 1,
                    random.choice(STATUSES),
                    NOON + timedelta(days=random.randrange(6), hours=random.randrange(12)),
                    rail,
                    batch_code=random.choice((None, "MB-260301-0600", "MB.1$%")),
                    failure_code=random.choice((None, "R01", "a.b$%")),
                )
                for each in range(random.randrange(4))
            )
            told.append(
                a_charge_fact(
                    f"c-{number}",
                    version,
                    partition=random.randrange(PARTITIONS),
                    status=random.choice(STATUSES),
                    currency=("USD", "EUR")[number % 2],
                    amount_minor=random.randrange(1, 1_000),
                    collected_minor=random.randrange(3),
                    rail=rail,
                    mpass_number=f"MP-{number % 3}",
                    next_retry_at=random.choice((None, NOON + timedelta(days=1))),
                    exceptions=random.randrange(2),
                    attempts=attempts,
                )
            )
    return told


def test_a_fact_comes_out_of_its_document_as_it_went_in() -> None:
    for fact in _lives(Random(3), 5):
        assert charge_fact_of(charge_document(fact)) == fact


async def test_charges_that_hop_between_partitions_at_once_are_counted_exactly(
    mongo: Mongo,
) -> None:
    random = Random(7)  # a seed, so that a failure comes again
    told = _lives(random) * 2
    random.shuffle(told)
    queues = [[f for f in told if f.partition == number] for number in range(PARTITIONS)]

    async def consume(queue: list[ChargeFact]) -> None:
        for start in range(0, len(queue), 10):
            await _apply(mongo, queue[start : start + 10])

    await asyncio.gather(*map(consume, queues))
    numbers, expected = await _stored(mongo)
    assert len(expected) > 100
    assert numbers == expected


async def test_a_recount_agrees_and_names_one_minor_unit_planted_in_a_bucket_or_a_fact(
    mongo: Mongo,
) -> None:
    await _apply(mongo, _lives(Random(11)))
    verify, at = MongoVerifications(mongo.db), datetime.now(UTC)
    assert (await verify.recount(at)).differences == 0
    planted = {"kpi": "debits", "charged.%": {"$exists": True}}
    by_one = {"$inc": {"charged.%.amount_minor": 1}}
    assert (await mongo.db[BUCKETS].update_one(planted, by_one)).modified_count == 1
    assert (await verify.recount(at)).differences == 1
    await mongo.db[BUCKETS].update_one(planted, {"$inc": {"charged.%.amount_minor": -1}})
    await mongo.db[CHARGE_FACTS].update_one({"_id": "c-3"}, {"$inc": {"tax_minor": 1}})
    assert (await verify.recount(at)).differences == 1


async def test_windows_are_sums_of_their_days_and_the_cut_day_counts_up_to_its_instant(
    mongo: Mongo,
) -> None:
    morning, evening = NOON - timedelta(hours=3), NOON + timedelta(hours=6)
    await _apply(
        mongo,
        [
            a_charge_fact("c-1", created_at=morning, attempts=(an_attempt(1, at=morning),)),
            a_charge_fact("c-2", created_at=evening, attempts=(an_attempt(1, at=evening),)),
            a_charge_fact("c-3", currency="EUR", day="2026-03-02"),
        ],
    )
    reads = MongoDebitReads(mongo.db)
    cut = Period(date(2026, 2, 1), date(2026, 3, 1), NOON)
    (money,) = (await reads.look(MONEY_BY_DAY, MARCH, cut, None)).found
    assert money.now["USD"]["charged", None, "2026-03-01"] == PaymentTotals(2, 2400)
    assert money.now["EUR"]["charged", None, "2026-03-02"] == PaymentTotals(1, 1200)
    assert money.before == {
        "USD": {("charged", None): (1, 1200), ("owed", None): (1, 1200), ("tax", None): (1, 216)}
    }
    (attempts,) = (await reads.look(ATTEMPTS_BY_NUMBER, MARCH, cut, "USD")).found
    assert attempts.now["USD"]["number_attempts", "1"] == PaymentTotals(2, 2400)
    assert attempts.before["USD"]["number_succeeded", "1"] == PaymentTotals(1, 1200)


async def test_exposure_ends_at_the_instant_at_which_a_rail_s_window_ends(mongo: Mongo) -> None:
    await _apply(
        mongo,
        [
            a_charge_fact(f"c-{rail}", rail=rail, attempts=(an_attempt(1, rail=rail),))
            for rail in ("ACH", "SEPA", "CARD")
        ],
    )
    reads, succeeded = MongoDebitReads(mongo.db), NOON + timedelta(hours=1)
    for days, left in ((56, {"ACH", "CARD"}), (60, {"CARD"}), (120, set())):
        end = succeeded + timedelta(days=days)
        just = end - timedelta(milliseconds=1)
        at_end = (await reads.exposure(end, end.date(), None)).found.get("USD", {})
        before = (await reads.exposure(just, just.date(), "USD")).found["USD"]
        assert set(at_end) == left
        assert len(before) == len(left) + 1
        assert set(before.values()) == {PaymentTotals(1, 1200)}


async def test_a_reason_is_repeated_from_three_times_on_for_a_member_a_batch_and_a_day(
    mongo: Mongo,
) -> None:
    def failed(number: int, code: str, member: str, batch: str | None, day: int) -> ChargeFact:
        at = NOON + timedelta(days=day)
        attempt = an_attempt(1, "TEMP_REJECTED", at, failure_code=code, batch_code=batch)
        return a_charge_fact(f"c-{number}", mpass_number=member, attempts=(attempt,))

    facts = [failed(n, "R01", "MP-1", None, n) for n in range(3)]
    facts += [failed(10 + n, "R02", f"MP-{10 + n}", "MB-1", 10 + n) for n in range(4)]
    facts += [failed(20 + n, "R03", f"MP-{20 + n}", f"MB-2{n}", 20) for n in range(3)]
    facts += [failed(30 + n, "R04", "MP-1", "MB-30", 25 + n) for n in range(2)]  # not often enough
    facts += [failed(40, "R01", "MP-1", None, 40)]  # outside the window
    await _apply(mongo, facts)
    found = (await MongoDebitReads(mongo.db).repeated(MARCH, None, 3)).found
    told = {(each.of, each.value, each.reason, each.totals.payments) for each in found}
    assert told == {
        ("member", "MP-1", "R01", 3), ("batch", "MB-1", "R02", 4), ("day", "2026-03-21", "R03", 3)
    }  # fmt: skip
    (member,) = [each for each in found if each.of == "member"]
    assert (member.first_day, member.last_day) == ("2026-03-01", "2026-03-03")


async def test_retries_until_an_instant_and_open_exceptions_stand_by_currency(mongo: Mongo) -> None:
    soon, later = NOON + timedelta(hours=23), NOON + timedelta(hours=24)
    await _apply(
        mongo,
        [
            a_charge_fact("c-1", next_retry_at=soon),
            a_charge_fact("c-2", next_retry_at=NOON - timedelta(days=1), currency="EUR"),
            a_charge_fact("c-3", next_retry_at=later, exceptions=2),
        ],
    )
    standing = (await MongoDebitReads(mongo.db).standing(later, None)).found
    assert standing.retries == {"USD": (1, 1200), "EUR": (1, 1200)}
    assert standing.exceptions == {"USD": (2, 1200)}


def _stages(plan: Any) -> list[str]:
    if isinstance(plan, list):
        return [stage for part in plan for stage in _stages(part)]
    if not isinstance(plan, dict):
        return []
    own = [plan["stage"]] if isinstance(plan.get("stage"), str) else []
    return own + [stage for part in plan.values() for stage in _stages(part)]


async def test_every_read_is_by_index(mongo: Mongo) -> None:
    await _apply(mongo, _lives(Random(5), 300))
    cut = Period(date(2026, 3, 1), date(2026, 3, 31), NOON)
    for currency in (None, "USD"):
        reads = [
            (BUCKETS, pipelines.whole_days(each.parts, cut, currency, by_day=each.by_day))
            for each in READINGS
        ]
        reads += [
            (
                BUCKETS,
                pipelines.parts_between(
                    ("returnable",), "2026-05-01", None, currency, by_day=False
                ),
            ),
            (CHARGE_FACTS, pipelines.charges_of_a_day("2026-03-02", NOON, currency)),
            (CHARGE_FACTS, pipelines.attempts_of_a_day("2026-03-02", NOON, currency)),
            (CHARGE_FACTS, pipelines.returnable_until("2026-05-02", NOON, currency)),
            (CHARGE_FACTS, pipelines.retries_due(NOON, currency)),
            (CHARGE_FACTS, pipelines.open_exceptions(currency)),
            *(
                (CHARGE_FACTS, pipelines.repeated(what, MARCH.first, MARCH.last, currency, 3, 100))
                for what in pipelines.REPEATED_BY
            ),
        ]
        for collection, pipeline in reads:
            explained = await mongo.db.command(
                "explain", {"aggregate": collection, "pipeline": pipeline, "cursor": {}}
            )
            stages = set(_stages(explained))
            assert stages & {"IXSCAN", "ixseek"}, pipeline
            assert not stages & {"COLLSCAN", "scan"}, pipeline


async def test_the_days_of_a_recount_are_found_by_index(mongo: Mongo) -> None:
    await _apply(mongo, _lives(Random(5), 50))
    for name in ("day", "attempts.day", "attempts.last_day"):
        explained = await mongo.db.command("explain", {"distinct": CHARGE_FACTS, "key": name})
        assert "COLLSCAN" not in _stages(explained), name

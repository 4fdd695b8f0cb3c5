"""The verified mark on a real MongoDB: claimed once, and one minor unit anywhere is found."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from analytics.store import payments, verifications
from analytics.store.kpi_reads import MongoKpiReads
from analytics.store.payments import PaymentStore
from analytics.store.verifications import MongoVerifications, recount_of_a_day
from analytics.use_cases.record_payments import record_payments
from analytics.use_cases.verify_kpis import VerifyKpis
from payops_kernel.mongo import Int64, Mongo, Session, ensure_collections, in_transaction
from payops_testing.analytics.builders import a_fact

FACTS = [
    a_fact("a", status="PAID", provider="nexi.it", type="PAY_BY_LINK"),
    a_fact("b", status="TOTALLY_REFUNDED", partition=1, total_refunded_minor=1200),
    a_fact("c", status="PAID", day="2026-03-02", channel="a/b", currency="JPY"),
    a_fact("d", status="FAILED", failure_code="100%", day="2026-03-02"),
    a_fact("e", status="FAILED", partition=2),
    a_fact("f", status="CREATED", amount_minor=10**15),
]


@pytest.fixture
async def mongo(own_mongo: Mongo) -> Mongo:
    await ensure_collections(own_mongo.db, MongoKpiReads.indexes)
    await PaymentStore(own_mongo.db).claim_zone("UTC")

    async def body(session: Session) -> None:
        await record_payments(PaymentStore(own_mongo.db).within(session), FACTS)

    await in_transaction(own_mongo, body)
    return own_mongo


def _verify(mongo: Mongo) -> VerifyKpis:
    return VerifyKpis(MongoVerifications(mongo.db))


async def _asked(mongo: Mongo) -> Any:
    await _verify(mongo).ask()
    return await _verify(mongo).when_due()


async def test_what_agrees_is_said_to_agree_and_kept_for_every_answer(mongo: Mongo) -> None:
    before = datetime.now(UTC)
    made = await _verify(mongo).when_due()
    assert made is not None
    assert (made.agreed, made.differences, made.payments) == (True, 0, len(FACTS))
    assert before - timedelta(seconds=1) < made.verified_at
    (asked, other) = await asyncio.gather(_verify(mongo).ask(), _verify(mongo).ask())
    assert asked.last == other.last == made


@pytest.mark.parametrize(
    ("status", "planted"),
    [
        ("PAID", {"amount_minor": 1}),
        ("PAID", {"count": 1}),
        ("PAID", {"provider.nexi%2Eit.amount_minor": 1}),
        ("PAID", {"type.DIRECT.count": 1}),
        ("PAID", {"provider.nobody.count": 1}),
        ("TOTALLY_REFUNDED", {"refunded.amount_minor": -1}),
        ("FAILED", {"failure_code.100%25.count": -1}),
        ("FAILED", {"failure_code.%.amount_minor": 1}),
    ],
)
async def test_one_unit_planted_anywhere_in_the_buckets_is_found(
    mongo: Mongo, status: str, planted: dict[str, int]
) -> None:
    (path,) = planted
    place = path.rpartition(".")[0]
    names = [f"{place}.{name}" if place else name for name in ("count", "amount_minor")]
    there: dict[str, Any] = {"status": status}
    if place and not place.endswith("nobody"):
        there[place] = {"$exists": True}
    await mongo.db[payments.BUCKETS].update_one(
        there, {"$inc": {name: Int64(planted.get(name, 0)) for name in names}}
    )
    made = await _asked(mongo)
    assert (made.agreed, made.differences) == (False, 1)
    assert (await _verify(mongo).ask()).last == made


async def test_a_fact_that_is_not_counted_and_a_bucket_without_a_fact_are_found(
    mongo: Mongo,
) -> None:
    await mongo.db[payments.FACTS].delete_one({"_id": "f"})
    assert (await _asked(mongo)).differences == 1
    await mongo.db[payments.BUCKETS].delete_one({"status": "CREATED"})
    assert (await _asked(mongo)).agreed
    await mongo.db[payments.FACTS].update_one({"_id": "c"}, {"$inc": {"amount_minor": 1}})
    assert (await _asked(mongo)).differences == 3, "the whole, its provider and its type"


async def test_one_is_made_when_it_is_due_or_asked_for_and_by_one_process_alone(
    mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await asyncio.gather(*(_verify(mongo).when_due() for _ in range(4)))
    assert len([each for each in made if each is not None]) == 1
    assert await _verify(mongo).when_due() is None
    await _verify(mongo).ask()
    made = await asyncio.gather(*(_verify(mongo).when_due() for _ in range(4)))
    assert len([each for each in made if each is not None]) == 1
    assert await _verify(mongo).when_due() is None
    monkeypatch.setattr(verifications, "EVERY", timedelta(0))
    assert await _verify(mongo).when_due() is not None


async def test_payments_that_arrive_meanwhile_do_not_disturb_it(
    mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    rest = asyncio.sleep
    arrived = 0

    async def arrives(_seconds: float) -> None:
        nonlocal arrived
        arrived += 1

        async def body(session: Session) -> None:
            later = a_fact(f"later-{arrived}", status="PAID", day="2026-03-02")
            moved = FACTS[0]._replace(version=1 + arrived, day="2026-03-02", status="FAILED")
            await record_payments(PaymentStore(mongo.db).within(session), [later, moved])

        await in_transaction(mongo, body)
        await rest(0)

    monkeypatch.setattr("analytics.store.verifications.asyncio.sleep", arrives)
    made = await _asked(mongo)
    assert arrived == 2
    assert (made.agreed, made.payments) == (True, len(FACTS))


async def test_it_waits_until_stored_facts_are_renewed(mongo: Mongo) -> None:
    await mongo.db[payments.ZONES].update_one({"_id": payments.KPI}, {"$unset": {"form": 1}})
    assert await _asked(mongo) is None


async def test_a_day_is_recounted_by_its_index(mongo: Mongo) -> None:
    explained = await mongo.db.command(
        "explain",
        {"aggregate": payments.FACTS, "pipeline": recount_of_a_day("2026-03-02"), "cursor": {}},
        verbosity="queryPlanner",
    )
    assert payments.BY_DAY in str(explained)
    assert "COLLSCAN" not in str(explained)

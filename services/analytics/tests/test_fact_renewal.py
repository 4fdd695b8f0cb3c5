"""Facts and buckets as an earlier version stored them, made anew out of a real log."""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import uuid4

import orjson
import pytest
from aiokafka import AIOKafkaProducer

from analytics.consumers import PaymentFacts
from analytics.domain.comparison import Period
from analytics.domain.payment_facts import (
    PAID_STATUSES,
    Counter,
    PaymentFact,
    PaymentTotals,
)
from analytics.domain.reporting_days import ReportingZone
from analytics.domain.windows import Window, WindowName
from analytics.store import background, payments
from analytics.store.background import FactRenewal
from analytics.store.kpi_reads import MongoKpiReads
from analytics.store.payments import PaymentStore, contribution_of
from analytics.store.verifications import MongoVerifications
from analytics.use_cases.kpi_reads import BeingCounted, Field, Found, Reading
from analytics.use_cases.record_payments import record_payments
from analytics.use_cases.verify_kpis import VerifyKpis
from payops_contracts.topics import TRANSACTIONS
from payops_kernel.messaging.topics import ensure_topics
from payops_kernel.mongo import Mongo, Session, ensure_collections, in_transaction
from payops_testing.analytics.builders import a_fact, a_record, an_event
from payops_testing.analytics.recompute_payments import (
    counters_of,
    differences,
    recompute_payments,
)

PAYMENTS = 60
PARTITIONS = 4
PARTS = ("provider", "type", "failure_code", "refunded")
NEW_FIELDS = ("form", "failure_code", "awaiting_refunds", "awaiting_minor")
MARCH = Window(WindowName.CUSTOM, date(2026, 3, 1), date(2026, 3, 31))
FEBRUARY = Period(date(2026, 2, 1), date(2026, 2, 28))
DAILY = Reading((Field.DAY,), PAID_STATUSES)
BY_PROVIDER = Reading((Field.PROVIDER,), PAID_STATUSES)
REASONS = Reading((Field.FAILURE_CODE,), ("FAILED",))


@pytest.fixture
async def mongo(own_mongo: Mongo) -> Mongo:
    await ensure_collections(own_mongo.db, MongoKpiReads.indexes)
    return own_mongo


def _handler(mongo: Mongo) -> PaymentFacts:
    return PaymentFacts(PaymentStore(mongo.db), ReportingZone("UTC"))


def _history(tag: str, number: int) -> list[dict[str, Any]]:
    """A payment's events: created, then as it ends."""
    key = f"{tag}-{number:03}"
    amount = {"amount_minor": 100 + number, "provider": ("stripe", "nexi")[number % 2]}
    end = (
        {"status": "PAID"},
        {"status": "FAILED", "failure": {"code": "card_declined"}},
        {"status": "PARTIALLY_REFUNDED", "total_refunded_minor": 7},
    )[number % 3]
    asked = {"refund_id": "r", "amount_minor": 5, "status": "REQUESTED", "external": False}
    refunds = [asked] if number % 6 == 0 else []
    return [an_event(key, 1, **amount), an_event(key, 2, **amount, **end, refunds=refunds)]


async def _publish(address: str, events: Sequence[dict[str, Any]]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=address)
    await producer.start()
    try:
        for event in events:
            await producer.send(TRANSACTIONS.name, orjson.dumps(event), event["subject"].encode())
        await producer.flush()
    finally:
        await producer.stop()


async def _record(mongo: Mongo, facts: Sequence[PaymentFact]) -> None:
    async def body(session: Session) -> None:
        await record_payments(PaymentStore(mongo.db).within(session), facts)

    await in_transaction(mongo, body, deadline_seconds=60)


async def _as_it_was_stored(mongo: Mongo, facts: Sequence[PaymentFact]) -> None:
    """Counted by the version that knew no parts, under its own row of the zone."""
    await _record(mongo, facts)
    await mongo.db[payments.FACTS].update_many({}, {"$unset": dict.fromkeys(NEW_FIELDS, 1)})
    await mongo.db[payments.BUCKETS].update_many({}, {"$unset": dict.fromkeys(PARTS, 1)})
    await mongo.db[payments.ZONES].insert_one({"_id": payments.KPI, "zone": "UTC"})
    await PaymentStore(mongo.db).claim_zone("UTC")


def _last_states(mongo: Mongo, events: Sequence[dict[str, Any]]) -> list[PaymentFact]:
    handler = _handler(mongo)
    return [
        handler.fact(a_record(event, partition=number % PARTITIONS))
        for number, event in enumerate(events)
    ]


async def _look(mongo: Mongo, *readings: Reading) -> Sequence[Found]:
    return (await MongoKpiReads(mongo.db).look(readings, MARCH, FEBRUARY, None)).found


async def _assert_exact(mongo: Mongo) -> None:
    facts = [contribution_of(doc) async for doc in mongo.db[payments.FACTS].find()]
    assert all(fact.renewed for fact in facts)
    counted: dict[Counter, PaymentTotals] = {}
    async for document in mongo.db[payments.BUCKETS].find():
        counted |= counters_of(document)
    assert differences(counted, recompute_payments(facts)) == {}


@pytest.fixture
def renewal_of(kafka_address: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(background, "BATCH_FACTS", 7)

    def made(mongo: Mongo) -> FactRenewal:
        return FactRenewal(mongo, kafka_address, PaymentStore(mongo.db), _handler(mongo).fact)

    return made


async def test_stored_facts_are_counted_in_all_parts_while_payments_go_on(
    mongo: Mongo, kafka_address: str, renewal_of: Any
) -> None:
    await ensure_topics(kafka_address)
    tag = uuid4().hex[:8]
    histories = [_history(tag, number) for number in range(PAYMENTS)]
    await _publish(kafka_address, [event for history in histories for event in history])
    last = _last_states(mongo, [history[-1] for history in histories])
    await _as_it_was_stored(mongo, last)
    (before,) = await _look(mongo, DAILY)
    with pytest.raises(BeingCounted):
        await _look(mongo, BY_PROVIDER)

    moves = [fact._replace(version=3, status="PAID", partition=2) for fact in last[::5]]

    async def goes_on() -> None:
        for number, fact in enumerate(moves):
            await _record(mongo, [fact, a_fact(f"{tag}-new-{number}", status="PAID")])

    async def is_read_meanwhile(renewing: asyncio.Future[Any]) -> None:
        while not renewing.done():
            (daily,) = await _look(mongo, DAILY)
            total = sum(each.payments for each in daily.now["USD"].values())
            assert total >= sum(each.payments for each in before.now["USD"].values())

    renewing = asyncio.ensure_future(
        asyncio.gather(renewal_of(mongo).run(), renewal_of(mongo).run(), goes_on())
    )
    await is_read_meanwhile(renewing)
    await renewing
    await _assert_exact(mongo)
    daily, providers, reasons = await _look(mongo, DAILY, BY_PROVIDER, REASONS)
    gross = sum(each.amount_minor for each in daily.now["USD"].values())
    assert sum(each.amount_minor for each in providers.now["USD"].values()) == gross
    assert set(reasons.now["USD"]) == {("card_declined",)}
    awaiting = await mongo.db[payments.FACTS].count_documents({"awaiting_refunds": 1})
    moved = {fact.transaction_id for fact in moves}
    assert awaiting >= len({fact.transaction_id for fact in last[::6]} - moved)
    made = await VerifyKpis(MongoVerifications(mongo.db)).when_due()
    assert made is not None
    assert (made.agreed, made.payments) == (True, PAYMENTS + len(moves))


async def test_facts_whose_events_the_log_has_lost_are_renewed_with_what_they_know(
    mongo: Mongo, kafka_address: str, renewal_of: Any
) -> None:
    await ensure_topics(kafka_address)
    tag = uuid4().hex[:8]
    lost = _last_states(mongo, [_history(tag, number)[-1] for number in range(20)])
    await _as_it_was_stored(mongo, lost)
    await renewal_of(mongo).run()
    await _assert_exact(mongo)
    (reasons,) = await _look(mongo, REASONS)
    assert set(reasons.now["USD"]) == {(None,)}


async def test_a_renewal_that_was_broken_off_goes_on_and_counts_nothing_twice(
    mongo: Mongo, kafka_address: str, renewal_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ensure_topics(kafka_address)
    tag = uuid4().hex[:8]
    last = _last_states(mongo, [_history(tag, number)[-1] for number in range(30)])
    await _as_it_was_stored(mongo, last)
    following = PaymentStore.not_renewed
    looks = 0

    async def breaks_off(store: PaymentStore, after: str, limit: int) -> list[PaymentFact]:
        nonlocal looks
        looks += 1
        if looks == 3:
            raise asyncio.CancelledError
        return await following(store, after, limit)

    monkeypatch.setattr(PaymentStore, "not_renewed", breaks_off)
    with pytest.raises(asyncio.CancelledError):
        await renewal_of(mongo).run()
    assert 0 < await mongo.db[payments.FACTS].count_documents({"form": payments.FORM}) < len(last)
    with pytest.raises(BeingCounted):
        await _look(mongo, BY_PROVIDER)
    await renewal_of(mongo).run()
    await _assert_exact(mongo)
    assert await PaymentStore(mongo.db).is_renewed()


async def test_a_new_database_has_nothing_to_renew(mongo: Mongo, renewal_of: Any) -> None:
    await PaymentStore(mongo.db).claim_zone("UTC")
    assert await PaymentStore(mongo.db).is_renewed()
    await renewal_of(mongo).run()
    assert (await _look(mongo, BY_PROVIDER))[0].now == {}

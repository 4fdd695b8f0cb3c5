"""KPIs are read by index alone, on a real MongoDB."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from analytics.domain.comparison import Period
from analytics.domain.payment_facts import PAID_STATUSES
from analytics.store import payments, pipelines
from analytics.store.kpi_reads import MongoKpiReads
from analytics.store.payments import PaymentStore
from analytics.use_cases.kpi_reads import FAILED_STATUSES, Field, Measure, Reading
from analytics.use_cases.record_payments import record_payments
from payops_contracts.payments import PaymentType
from payops_kernel.mongo import Mongo, Session, ensure_collections, in_transaction
from payops_testing.analytics.builders import a_fact

STATUSES = ("CREATED", "PAID", "FAILED", "PARTIALLY_REFUNDED", "TOTALLY_REFUNDED")
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
    Reading((Field.DAY,), PAID_STATUSES, type=PaymentType.SUBSCRIPTION),
]
FAILED = Reading((Field.DAY,), FAILED_STATUSES, type=PaymentType.SUBSCRIPTION)


@pytest.fixture
async def mongo(own_mongo: Mongo) -> Mongo:
    await ensure_collections(own_mongo.db, MongoKpiReads.indexes)
    return own_mongo


def _stages(plan: Any) -> list[str]:
    """Of plans that were chosen."""
    if isinstance(plan, list):
        return [stage for part in plan for stage in _stages(part)]
    if not isinstance(plan, dict):
        return []
    own = [plan["stage"]] if isinstance(plan.get("stage"), str) else []
    return own + [
        stage for name, part in plan.items() if name != "rejectedPlans" for stage in _stages(part)
    ]


NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
CUT = Period(date(2026, 3, 1), date(2026, 3, 31), NOON)


async def _many(mongo: Mongo) -> None:
    """A year of facts and buckets in three currencies; one payment in twenty awaits a refund."""
    facts = [
        a_fact(
            f"{currency}-{day}-{status}",
            currency=currency,
            status=status,
            day=(date(2026, 1, 1) + timedelta(days=day)).isoformat(),
            created_at=datetime(2026, 1, 1, 10, tzinfo=UTC) + timedelta(days=day, minutes=number),
            failure_code="declined",
            type=("DIRECT", "SUBSCRIPTION")[day % 2],
            total_refunded_minor=number % 2,
            awaiting_refunds=int((day + number) % 20 == 0),
        )
        for currency in ("EUR", "JPY", "USD")
        for day in range(365)
        for number, status in enumerate(STATUSES)
    ]
    for start in range(0, len(facts), 1_000):

        async def body(session: Session, some: Any = facts[start : start + 1_000]) -> None:
            await record_payments(PaymentStore(mongo.db).within(session), some)

        await in_transaction(mongo, body, deadline_seconds=60)


async def test_every_read_examines_what_it_sums_by_index_and_nothing_else(mongo: Mongo) -> None:
    await _many(mongo)
    for currency in (None, "USD"):
        for reading in EVERY_READING:
            days = pipelines.whole_days(reading, CUT, currency)
            await _assert_by_index(mongo, payments.BUCKETS, days)
            part = pipelines.part_of_a_day(reading, CUT.last, NOON, currency)
            await _assert_by_index(mongo, payments.FACTS, part)
        await _assert_by_index(mongo, payments.FACTS, pipelines.awaiting(currency))
        failed = pipelines.failed_of_a_type(FAILED, CUT, currency)
        await _assert_by_index(mongo, payments.FACTS, failed)
        part = pipelines.part_of_a_day(FAILED, CUT.last, NOON, currency)
        await _assert_by_index(mongo, payments.FACTS, part)


async def _assert_by_index(mongo: Mongo, collection: str, pipeline: list[dict[str, Any]]) -> None:
    explained = await mongo.db.command(
        "explain",
        {"aggregate": collection, "pipeline": pipeline, "cursor": {}},
        verbosity="executionStats",
    )
    stages = _stages(explained)
    assert "IXSCAN" in stages or "ixseek" in stages, stages
    assert not {"COLLSCAN", "scan"} & set(stages), stages
    examined = await _examined(mongo, collection, pipeline[0]["$match"])
    # The status and currency of a few facts of one day are looked at in the fact.
    assert examined["docs"] <= max(examined["rows"], 20)
    assert examined["keys"] <= 2 * examined["rows"] + 100


async def _examined(mongo: Mongo, collection: str, query: dict[str, Any]) -> dict[str, int]:
    explained = await mongo.db.command(
        "explain", {"find": collection, "filter": query}, verbosity="executionStats"
    )
    stats = explained["executionStats"]
    return {
        "rows": stats["nReturned"],
        "docs": stats["totalDocsExamined"],
        "keys": stats["totalKeysExamined"],
    }


async def test_open_refunds_and_failed_payments_of_subscriptions_are_read_from_their_index_alone(
    mongo: Mongo,
) -> None:
    await _many(mongo)
    for pipeline in (
        pipelines.awaiting("USD"),
        pipelines.failed_of_a_type(FAILED, CUT, "USD"),
        pipelines.failed_of_a_type(FAILED, CUT, None),
    ):
        explained = await mongo.db.command(
            "explain",
            {"aggregate": payments.FACTS, "pipeline": pipeline, "cursor": {}},
            verbosity="executionStats",
        )
        assert "FETCH" not in _stages(explained)

"""Subscription facts as documents, how they are found, and what a day of them adds up to."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from analytics.domain.day_buckets import Counted, DayBucket, DayCounter
from analytics.domain.payment_facts import NOTHING, Part, PaymentTotals
from analytics.domain.subscription_facts import (
    CHURNED,
    NEW,
    REASON,
    STATUS,
    SubscriptionFact,
)
from analytics.store.day_buckets import DayStore, counters_of, one_currency, present
from analytics.store.payments import BUCKETS, PaymentStore
from payops_contracts.subscriptions import SubscriptionStatus
from payops_kernel.mongo import (
    ASCENDING,
    Collections,
    Document,
    IndexModel,
    Int64,
    Session,
    whole_decimal,
    whole_number,
)

SUBSCRIPTION_FACTS = "subscription_facts"
SUBSCRIPTIONS = "subscriptions"
"""The KPI of their buckets."""
BY_DAY, BY_START, BY_END = "by_day", "by_start", "by_end"
MOVES = {
    NEW: ("started_day", "started_at", BY_START),
    CHURNED: ("ended_day", "ended_at", BY_END),
}
"""What counts on a day of its own: the fields of its day and instant, and their index."""
Counters = dict[DayCounter, PaymentTotals]


class SubscriptionStore(DayStore[SubscriptionFact]):
    """Subscriptions."""

    indexes = {
        SUBSCRIPTION_FACTS: [
            IndexModel([("day", ASCENDING)], name=BY_DAY),
            # Part of a day, and a day at a time.
            *(
                IndexModel([(day, ASCENDING), (at, ASCENDING)], name=name, sparse=True)
                for day, at, name in MOVES.values()
            ),
        ],
        BUCKETS: PaymentStore.indexes[BUCKETS],
    }

    def __init__(self, db: Collections) -> None:
        super().__init__(
            db, SUBSCRIPTION_FACTS, SUBSCRIPTIONS, subscription_document, subscription_fact_of
        )


def subscription_document(fact: SubscriptionFact) -> Document:
    """The stored form of a fact; what is absent is left out."""
    document = fact._asdict()
    del document["subscription_id"]
    return present(
        {
            "_id": fact.subscription_id,
            **document,
            "amount_minor": Int64(fact.amount_minor),
            # A decimal: a month of the largest daily amount passes 64 bits.
            "monthly_minor": whole_decimal(fact.monthly_minor),
        }
    )


def subscription_fact_of(document: Document) -> SubscriptionFact:
    """The fact that is stored."""
    fields: dict[str, Any] = {name: document.get(name) for name in SubscriptionFact._fields}
    fields |= {"subscription_id": document["_id"], "amount_minor": int(document["amount_minor"])}
    return SubscriptionFact(**fields)


def moved_on(
    part: Part, day: str, until: datetime | None = None, currency: str | None = None
) -> list[Document]:
    """Subscriptions that started or ended on a day, up to an instant, by currency and partition."""
    day_field, at_field, _ = MOVES[part]
    query: Document = {day_field: day, **one_currency(currency)}
    if until is not None:
        query[at_field] = {"$lt": until}
    return _tallied(query, {})


def standing_of_a_day(day: str) -> list[Document]:
    """Subscriptions whose Date is on a day, by status and reason too."""
    by = {"status": "$status", "reason": {"$ifNull": ["$end_reason", None]}}
    return _tallied({"day": day}, by)


def _tallied(query: Document, by: Document) -> list[Document]:
    key = {"currency": "$currency", "partition": "$partition"} | by
    return [
        {"$match": query},
        {"$group": {"_id": key, "count": {"$sum": 1}, "amount_minor": {"$sum": "$monthly_minor"}}},
    ]


async def days_of_subscriptions(db: Collections, session: Session) -> set[str]:
    """Every day that a fact or bucket of subscriptions is in."""
    facts = db[SUBSCRIPTION_FACTS]
    days: set[str] = set()
    for name in ("day", *(day for day, _, _ in MOVES.values())):
        days |= {day for day in await facts.distinct(name, session=session) if day}
    return days | set(await db[BUCKETS].distinct("day", {"kpi": SUBSCRIPTIONS}, session=session))


async def subscriptions_of_a_day(
    db: Collections, day: str, session: Session, time_max_ms: int
) -> tuple[Counters, Counters]:
    """What is stored of a day, and what the facts say."""
    stored: Counters = {}
    async for row in db[BUCKETS].find({"kpi": SUBSCRIPTIONS, "day": day}, session=session):
        stored.update(counters_of(row))
    counted: Counters = {}
    reads: list[tuple[list[Document], str, Part | None]] = [
        (moved_on(part, day), name, part) for part, (_, _, name) in MOVES.items()
    ]
    for pipeline, hint, part in [*reads, (standing_of_a_day(day), BY_DAY, None)]:
        rows = await db[SUBSCRIPTION_FACTS].aggregate(
            pipeline, session=session, maxTimeMS=time_max_ms, hint=hint
        ).to_list(length=None)  # fmt: skip
        for row in rows:
            for counter, totals in _counted(row, day, part):
                counted[counter] = totals.plus(counted.get(counter, NOTHING))
    return stored, counted


def _counted(row: Document, day: str, part: Part | None) -> Counted:
    key = row["_id"]
    bucket = DayBucket(key["currency"], day, key["partition"])
    totals = PaymentTotals(int(row["count"]), whole_number(row["amount_minor"]))
    for each in _standing(key) if part is None else (part,):
        yield DayCounter(bucket, each), totals


def _standing(key: Document) -> Iterator[Part]:
    yield Part(STATUS, key["status"])
    if key["status"] == SubscriptionStatus.NOT_ACTIVE:
        yield Part(REASON, key["reason"])

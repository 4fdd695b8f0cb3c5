"""The verified mark: who asked, who recounts, and what came of it; and the recount itself.

A recount goes through one snapshot a day at a time, so its memory is one day's words, and rests as
long as it worked, so that others get on.
"""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from analytics.domain.payment_facts import NOTHING, Counter, PaymentTotals, parts_of
from analytics.store.debit_recount import days_of_debits, debits_of_a_day
from analytics.store.debits import DebitStore
from analytics.store.parts import parts_stored
from analytics.store.payments import BUCKETS, BY_DAY, FACTS, KPI, ZONES, PaymentStore, bucket_of
from analytics.store.subscriptions import (
    SubscriptionStore,
    days_of_subscriptions,
    subscriptions_of_a_day,
)
from analytics.use_cases.kpi_reads import Verification
from analytics.use_cases.verify_kpis import Asked
from payops_kernel.logging import get_logger
from payops_kernel.mongo import (
    AFTER,
    Collections,
    Document,
    Session,
    at_one_instant,
    whole_number,
)

VERIFICATIONS = "kpi_verifications"
EVERY = timedelta(minutes=5)
DAY_TIME_MAX_MS = 15_000
REST_SECONDS_MAX = 60.0
"""All rests of one recount: mongod keeps its snapshot for five minutes."""
NAMED_MAX = 5
"""Differences that are logged."""
T = TypeVar("T")
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_FACT = ("currency", "day", "status", "method", "channel", "partition")
_FACT_PARTS = ("provider", "type", "failure_code")

log = get_logger(__name__)


class MongoVerifications:
    """Satisfies ``Verifications``: one row, moved on mongod's clock."""

    indexes = (
        PaymentStore.indexes | DebitStore.indexes | SubscriptionStore.indexes | {VERIFICATIONS: []}
    )

    def __init__(self, db: Collections) -> None:
        self._db = db
        self._rows = db[VERIFICATIONS]

    async def ask(self) -> Asked:
        """Have one made as soon as a worker looks."""
        row = await self._rows.find_one_and_update(
            {"_id": KPI},
            [{"$set": {"requested_at": "$$NOW"}}],
            upsert=True,
            return_document=AFTER,
        )
        return Asked(row["requested_at"], verification_of(row))

    async def claim(self) -> datetime | None:
        """Now, when one is due or asked for; not while stored facts are being renewed."""
        zone = await self._db[ZONES].find_one({"_id": KPI})
        if zone is None or "form" not in zone:
            return None
        await self._rows.update_one({"_id": KPI}, {"$setOnInsert": {"_id": KPI}}, upsert=True)
        started = {"$ifNull": ["$started_at", _NEVER]}
        every_ms = EVERY // timedelta(milliseconds=1)
        due = {"$lte": [started, {"$subtract": ["$$NOW", every_ms]}]}
        asked = {"$gte": ["$requested_at", started]}
        row = await self._rows.find_one_and_update(
            {"_id": KPI, "$expr": {"$or": [due, asked]}},
            [{"$set": {"started_at": "$$NOW"}}, {"$unset": "requested_at"}],
            return_document=AFTER,
        )
        started_at: datetime | None = None if row is None else row["started_at"]
        return started_at

    async def keep(self, made: Verification) -> None:
        """Have every KPI carry it."""
        await self._rows.update_one(
            {"_id": KPI},
            {
                "$set": {
                    "verified_at": made.verified_at,
                    "agreed": made.agreed,
                    "differences": made.differences,
                    "payments": made.payments,
                }
            },
            upsert=True,
        )

    async def recount(self, at: datetime) -> Verification:
        """Every bucket of one instant beside the facts of that instant."""
        return await at_one_instant(self._db[BUCKETS], partial(self._recount, at))

    async def _recount(self, at: datetime, session: Session) -> Verification:
        differences = payments = 0
        rests = REST_SECONDS_MAX
        for day in await self._days(session):
            began = time.monotonic()
            counted = await self._counted(day, session)
            payments += sum(count.payments for (_, part), count in counted.items() if not part.by)
            debits = await debits_of_a_day(self._db, day, session, DAY_TIME_MAX_MS)
            subscriptions = await subscriptions_of_a_day(self._db, day, session, DAY_TIME_MAX_MS)
            for counter, has, should in (
                *_unlike(await self._stored(day, session), counted),
                *_unlike(*debits), *_unlike(*subscriptions),
            ):  # fmt: skip
                differences += 1
                if differences <= NAMED_MAX:
                    log.error("kpi.bucket_differs", counter=counter, has=has, should=should)
            rest = min(time.monotonic() - began, rests)
            rests -= rest
            await asyncio.sleep(rest)
        return Verification(at, differences == 0, differences, payments)

    async def _days(self, session: Session) -> list[str]:
        facts = await self._db[FACTS].distinct("day", session=session)
        buckets = await self._db[BUCKETS].distinct("day", {"kpi": KPI}, session=session)
        others = await days_of_debits(self._db, session)
        others |= await days_of_subscriptions(self._db, session)
        return sorted({*facts, *buckets, *others})

    async def _counted(self, day: str, session: Session) -> dict[Counter, PaymentTotals]:
        """What the facts of a day say that its buckets must be."""
        rows = self._db[FACTS].aggregate(
            recount_of_a_day(day), session=session, maxTimeMS=DAY_TIME_MAX_MS, hint=BY_DAY
        )
        counted: dict[Counter, PaymentTotals] = {}
        async for row in rows:
            fact = row["_id"]
            bucket = bucket_of(fact)
            totals = PaymentTotals(int(row["count"]), whole_number(row["amount_minor"]))
            refunded = PaymentTotals(int(row["refunded"]), whole_number(row["refunded_minor"]))
            provider, kind, code = (fact[name] for name in _FACT_PARTS)
            for part, share in parts_of(bucket.status, provider, kind, code, totals, refunded):
                counter = Counter(bucket, part)
                counted[counter] = share.plus(counted.get(counter, NOTHING))
        return counted

    async def _stored(self, day: str, session: Session) -> dict[Counter, PaymentTotals]:
        stored: dict[Counter, PaymentTotals] = {}
        async for row in self._db[BUCKETS].find({"kpi": KPI, "day": day}, session=session):
            bucket = bucket_of(row)
            stored |= {Counter(bucket, part): totals for part, totals in parts_stored(row)}
        return stored


def recount_of_a_day(day: str) -> list[Document]:
    """The facts of a day by all that tells them apart."""
    by: Document = {name: f"${name}" for name in _FACT}
    by |= {name: {"$ifNull": [f"${name}", None]} for name in _FACT_PARTS}
    refunded = {"$cond": [{"$gt": ["$total_refunded_minor", 0]}, 1, 0]}
    return [
        {"$match": {"day": day}},
        {
            "$group": {
                "_id": by,
                "count": {"$sum": 1},
                "amount_minor": {"$sum": {"$toDecimal": "$amount_minor"}},
                "refunded": {"$sum": refunded},
                "refunded_minor": {"$sum": {"$toDecimal": "$total_refunded_minor"}},
            }
        },
    ]


def _unlike(
    stored: Mapping[T, PaymentTotals], counted: Mapping[T, PaymentTotals]
) -> list[tuple[T, PaymentTotals, PaymentTotals]]:
    """What is stored and what it should be, where they differ; what is absent is empty."""
    pairs = (
        (counter, stored.get(counter, NOTHING), counted.get(counter, NOTHING))
        for counter in stored.keys() | counted.keys()
    )
    return [(counter, has, should) for counter, has, should in pairs if has != should]


def verification_of(row: Mapping[str, Any] | None) -> Verification | None:
    """What the row says of the last verification, if there was one."""
    if row is None or "verified_at" not in row:
        return None
    return Verification(row["verified_at"], row["agreed"], row["differences"], row["payments"])

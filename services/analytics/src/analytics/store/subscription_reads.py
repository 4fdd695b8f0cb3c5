"""Sums of subscriptions out of MongoDB, by index, each answer from one snapshot.

Whole days are sums of buckets, and so is all that came before them. Facts are read for the part of
one day.
"""

from collections.abc import Sequence

from analytics.domain.comparison import Period
from analytics.domain.lines import Key
from analytics.domain.payment_facts import PaymentTotals
from analytics.domain.subscription_facts import CHURNED, NEW, REASON, STATUS
from analytics.domain.windows import Window
from analytics.store.day_buckets import parts_of_days
from analytics.store.day_reads import DayReader, seen_of
from analytics.store.kpi_reads import summed, together
from analytics.store.payments import PaymentStore
from analytics.store.subscriptions import (
    SUBSCRIPTION_FACTS,
    SUBSCRIPTIONS,
    SubscriptionStore,
    moved_on,
)
from analytics.store.verifications import MongoVerifications
from analytics.use_cases.kpi_reads import Found, Seen, Sums
from payops_contracts.topics import ANALYTICS_ON_SUBSCRIPTIONS
from payops_kernel.messaging.positions import INDEXES as POSITION_INDEXES
from payops_kernel.mongo import Collections, Document
from payops_kernel.zones import DAY

_MOVES = (NEW.by, CHURNED.by)


class MongoSubscriptionReads:
    """Satisfies ``SubscriptionReads``."""

    indexes = (
        PaymentStore.indexes
        | SubscriptionStore.indexes
        | MongoVerifications.indexes
        | POSITION_INDEXES
    )

    def __init__(self, db: Collections) -> None:
        self._db = db

    async def look(
        self, window: Window, before: Period, currency: str | None
    ) -> Seen[Sequence[Found]]:
        """Starts and ends of a window by day and of the period before; then the same of all the
        days before either.
        """

        async def at(reader: DayReader) -> Sequence[Found]:
            first, last = window.first.isoformat(), window.last.isoformat()
            now = await _moved(reader, {"$gte": first, "$lte": last}, by_day=True)
            opened = await _moved(reader, {"$lt": first})
            opened_before = await _moved(reader, {"$lt": before.first.isoformat()})
            return [Found(now, await _period(reader, before)), Found(opened, opened_before)]

        return await seen_of(self._db, ANALYTICS_ON_SUBSCRIPTIONS, currency, at)

    async def standing(self, currency: str | None) -> Seen[Sums]:
        """Out of the buckets of all days."""

        async def at(reader: DayReader) -> Sums:
            pipeline = parts_of_days(SUBSCRIPTIONS, (STATUS, REASON), {}, currency, by_day=False)
            return await reader.bucket_sums(pipeline, by_day=False)

        return await seen_of(self._db, ANALYTICS_ON_SUBSCRIPTIONS, currency, at)


async def _moved(reader: DayReader, days: Document, *, by_day: bool = False) -> Sums:
    pipeline = parts_of_days(SUBSCRIPTIONS, _MOVES, days, reader.currency, by_day=by_day)
    return await reader.bucket_sums(pipeline, by_day=by_day)


async def _period(reader: DayReader, period: Period) -> Sums:
    last = period.last if period.until is None else period.last - DAY
    days = {"$gte": period.first.isoformat(), "$lte": last.isoformat()}
    sums = await _moved(reader, days)
    if period.until is None:
        return sums
    for part in (NEW, CHURNED):
        pipeline = moved_on(part, period.last.isoformat(), period.until, reader.currency)
        for row in await reader.rows(SUBSCRIPTION_FACTS, pipeline):
            one: dict[Key, PaymentTotals] = {(part.by, part.word): summed(row)}
            sums = together(sums, {row["_id"]["currency"]: one})
    return sums

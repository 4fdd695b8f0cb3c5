"""Sums out of MongoDB, by index, all from one snapshot.

Whole days are sums of buckets. Facts are read for the part of one day, and for open refunds.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from analytics.domain.comparison import Period
from analytics.domain.lines import Key, Totals
from analytics.domain.payment_facts import NOTHING, PaymentTotals
from analytics.domain.windows import Window
from analytics.store import pipelines
from analytics.store.parts import read_word
from analytics.store.payments import BUCKETS, FACTS, KPI, ZONES, PaymentStore
from analytics.store.verifications import VERIFICATIONS, MongoVerifications, verification_of
from analytics.use_cases.kpi_reads import (
    Applied,
    AppliedPosition,
    BeingCounted,
    Found,
    Measure,
    Reading,
    Seen,
    Sums,
    exact_amount,
)
from payops_contracts.topics import ANALYTICS_ON_TRANSACTIONS, Subscription
from payops_kernel.errors import Unavailable
from payops_kernel.messaging.positions import INDEXES as POSITION_INDEXES
from payops_kernel.messaging.positions import Positions
from payops_kernel.mongo import (
    Collections,
    Document,
    PyMongoError,
    QueryTooBroad,
    Session,
    aggregate_rows,
    at_one_instant,
    is_transient,
    whole_number,
)

T = TypeVar("T")

READ_TIME_MAX_MS = 5_000
SUMS_MAX = 200_000
"""Sums of one reading: a day, value and currency each."""


class MongoKpiReads:
    """Satisfies ``KpiReads``."""

    indexes = PaymentStore.indexes | MongoVerifications.indexes | POSITION_INDEXES

    def __init__(self, db: Collections) -> None:
        self._db = db

    async def look(
        self, readings: Sequence[Reading], window: Window, before: Period, currency: str | None
    ) -> Seen[Sequence[Found]]:
        """One snapshot session: numbers and positions belong together."""

        async def at(session: Session) -> Seen[Sequence[Found]]:
            row = await self._db[ZONES].find_one({"_id": KPI}, session=session)
            if row is not None and "form" not in row and any(r.needs_renewed for r in readings):
                raise BeingCounted
            applied = await applied_of(self._db, ANALYTICS_ON_TRANSACTIONS, session)
            made = await self._db[VERIFICATIONS].find_one({"_id": KPI}, session=session)
            reader = _Reader(self._db, currency, session)
            found = [await reader.find(each, window, before) for each in readings]
            zone = None if row is None else str(row["zone"])
            return Seen(found, applied, zone, verification_of(made))

        return await seen_at_once(self._db, at)


async def seen_at_once(db: Collections, look: Callable[[Session], Awaitable[Seen[T]]]) -> Seen[T]:
    """What a look sees in one snapshot; raises ``Unavailable`` while mongod is away."""
    try:
        return await at_one_instant(db[BUCKETS], look)
    except PyMongoError as error:
        if not is_transient(error):
            raise
        raise Unavailable("The database does not answer; try again.") from error


async def applied_of(db: Collections, source: Subscription, session: Session) -> Applied:
    """The positions of a consumer that counts."""
    stored = await Positions(db, source.group, source.topic.name).load_all(session)
    newest = max((row.last.timestamp for row in stored.values() if row.last), default=None)
    return Applied(
        at=None if newest is None else datetime.fromtimestamp(newest / 1000, UTC),
        positions=[
            AppliedPosition(source.topic.name, partition, row.next)
            for partition, row in sorted(stored.items())
        ],
    )


class _Reader:
    """Reads sums within one snapshot session."""

    def __init__(self, db: Collections, currency: str | None, session: Session) -> None:
        self._db = db
        self._currency = currency
        self._session = session

    async def find(self, reading: Reading, window: Window, before: Period) -> Found:
        """What a reading finds in a window and in the period before."""
        if reading.of is Measure.AWAITING:
            pipeline = pipelines.awaiting(self._currency)
            return Found(await self._sums(FACTS, pipeline, reading), {})
        now = await self._whole_days(reading, Period(window.first, window.last))
        return Found(now, await self._before(reading.without_days, before))

    async def _before(self, reading: Reading, period: Period) -> Sums:
        days = await self._whole_days(reading, period)
        if period.until is None:
            return days
        pipeline = pipelines.part_of_a_day(reading, period.last, period.until, self._currency)
        return together(days, await self._sums(FACTS, pipeline, reading))

    async def _whole_days(self, reading: Reading, period: Period) -> Sums:
        if reading.is_of_facts:
            pipeline = pipelines.failed_of_a_type(reading, period, self._currency)
            return await self._sums(FACTS, pipeline, reading)
        pipeline = pipelines.whole_days(reading, period, self._currency)
        return await self._sums(BUCKETS, pipeline, reading)

    async def _sums(
        self, collection: str, pipeline: Sequence[Document], reading: Reading
    ) -> dict[str, dict[Key, PaymentTotals]]:
        rows = await aggregate_rows(
            self._db[collection],
            pipeline,
            limit=SUMS_MAX + 1,
            time_max_ms=READ_TIME_MAX_MS,
            session=self._session,
        )
        if len(rows) > SUMS_MAX:
            raise QueryTooBroad
        sums: dict[str, dict[Key, PaymentTotals]] = {}
        for row in rows:
            totals = summed(row)
            if totals != NOTHING:
                key = _key(row["_id"], reading, stored_words=collection == BUCKETS)
                sums.setdefault(row["_id"]["currency"], {})[key] = totals
        return sums


def summed(row: Document) -> PaymentTotals:
    """What a row of an aggregation adds up to; raises ``SumTooLarge``."""
    amount = row["amount_minor"]
    # A float is what mongod makes of integers that add up to more than 64 bits.
    whole = amount if isinstance(amount, float) else whole_number(amount)
    return PaymentTotals(int(row["count"]), exact_amount(whole))


def _key(values: Mapping[str, str | None], reading: Reading, *, stored_words: bool) -> Key:
    """What a reading goes by. Buckets keep the words of their parts as names of fields."""
    key = tuple(values.get(field) for field in reading.by)
    if not stored_words or reading.part is None:
        return key
    place = reading.by.index(reading.part)
    return (*key[:place], read_word(key[place] or ""), *key[place + 1 :])


def together(one: Sums, other: Sums) -> Sums:
    """Both added up."""
    sums: dict[str, Totals] = dict(one)
    for currency, parts in other.items():
        has = sums.get(currency, {})
        added = {key: has.get(key, NOTHING).plus(totals) for key, totals in parts.items()}
        sums[currency] = {**has, **added}
    return sums

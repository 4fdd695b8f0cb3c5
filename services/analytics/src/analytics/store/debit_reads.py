"""Sums of debits out of MongoDB, by index, each answer from one snapshot.

Whole days are sums of buckets. Facts are read for the part of one day, for what stands now, and
for failures that repeat.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from typing import TypeVar

from analytics.domain.comparison import Period
from analytics.domain.debit_facts import RETURNABLE
from analytics.domain.lines import Key
from analytics.domain.payment_facts import NOTHING, PaymentTotals
from analytics.domain.windows import Window
from analytics.store import debit_pipelines as pipelines
from analytics.store.debit_recount import attempts_counted, charges_counted
from analytics.store.debits import CHARGE_FACTS, DebitStore
from analytics.store.kpi_reads import (
    READ_TIME_MAX_MS,
    SUMS_MAX,
    applied_of,
    seen_at_once,
    summed,
    together,
)
from analytics.store.parts import read_word
from analytics.store.payments import BUCKETS, KPI, ZONES, PaymentStore
from analytics.store.verifications import VERIFICATIONS, MongoVerifications, verification_of
from analytics.use_cases.kpi_reads import Found, Seen, Sums, exact_amount
from analytics.use_cases.read_debits import DebitReading, Repeat, Standing
from payops_contracts.topics import ANALYTICS_ON_CHARGES
from payops_kernel.messaging.positions import INDEXES as POSITION_INDEXES
from payops_kernel.mongo import (
    Collections,
    Document,
    QueryTooBroad,
    Session,
    aggregate_rows,
)
from payops_kernel.zones import DAY

REPEATS_MAX = 100
"""Repeated failures of each kind that are told."""

T = TypeVar("T")


class MongoDebitReads:
    """Satisfies ``DebitReads``."""

    indexes = (
        PaymentStore.indexes | DebitStore.indexes | MongoVerifications.indexes | POSITION_INDEXES
    )

    def __init__(self, db: Collections) -> None:
        self._db = db

    async def look(
        self, reading: DebitReading, window: Window, before: Period, currency: str | None
    ) -> Seen[Sequence[Found]]:
        """Parts of a window by name and word, and by day; of the period before without days."""

        async def at(reader: "_Reader") -> Sequence[Found]:
            now = await reader.whole_days(reading, Period(window.first, window.last))
            return [Found(now, await reader.before(reading, before))]

        return await self._seen(at, currency)

    async def exposure(
        self, now: datetime, today: date, currency: str | None
    ) -> Seen[dict[str, dict[str, PaymentTotals]]]:
        """The days after today out of buckets, today's rest out of facts."""

        async def at(reader: "_Reader") -> dict[str, dict[str, PaymentTotals]]:
            return await reader.exposure(now, today)

        return await self._seen(at, currency)

    async def repeated(
        self, window: Window, currency: str | None, at_least: int
    ) -> Seen[list[Repeat]]:
        """Out of the facts that failed within the window."""

        async def at(reader: "_Reader") -> list[Repeat]:
            return [
                each
                for what in pipelines.REPEATED_BY
                for each in await reader.repeated(what, window, at_least)
            ]

        return await self._seen(at, currency)

    async def standing(self, until: datetime, currency: str | None) -> Seen[Standing]:
        """Out of two small indexes."""

        async def at(reader: "_Reader") -> Standing:
            return Standing(
                await reader.by_currency(pipelines.retries_due(until, currency)),
                await reader.by_currency(pipelines.open_exceptions(currency)),
            )

        return await self._seen(at, currency)

    async def _seen(
        self, look: Callable[["_Reader"], Awaitable[T]], currency: str | None
    ) -> Seen[T]:
        async def at(session: Session) -> Seen[T]:
            row = await self._db[ZONES].find_one({"_id": KPI}, session=session)
            made = await self._db[VERIFICATIONS].find_one({"_id": KPI}, session=session)
            return Seen(
                await look(_Reader(self._db, currency, session)),
                await applied_of(self._db, ANALYTICS_ON_CHARGES, session),
                None if row is None else str(row["zone"]),
                verification_of(made),
            )

        return await seen_at_once(self._db, at)


class _Reader:
    """Reads within one snapshot session."""

    def __init__(self, db: Collections, currency: str | None, session: Session) -> None:
        self._db = db
        self._currency = currency
        self._session = session

    async def whole_days(self, reading: DebitReading, period: Period) -> Sums:
        pipeline = pipelines.whole_days(
            reading.parts, period, self._currency, by_day=reading.by_day
        )
        return await self._bucket_sums(pipeline, reading.by_day)

    async def before(self, reading: DebitReading, period: Period) -> Sums:
        sums = await self.whole_days(reading._replace(by_day=False), period)
        if period.until is None:
            return sums
        day, until = period.last.isoformat(), period.until
        charges = await self._rows(
            CHARGE_FACTS, pipelines.charges_of_a_day(day, until, self._currency)
        )
        attempts = await self._rows(
            CHARGE_FACTS, pipelines.attempts_of_a_day(day, until, self._currency)
        )
        part: dict[str, dict[Key, PaymentTotals]] = {}
        for (bucket, each), totals in [
            *charges_counted(day, charges),
            *attempts_counted(day, attempts),
        ]:
            if each.by in reading.parts and totals != NOTHING:
                of = part.setdefault(bucket.currency, {})
                key = (each.by, each.word)
                of[key] = of.get(key, NOTHING).plus(totals)
        return together(sums, part)

    async def exposure(self, now: datetime, today: date) -> dict[str, dict[str, PaymentTotals]]:
        later = pipelines.parts_between(
            (RETURNABLE,), (today + DAY).isoformat(), None, self._currency, by_day=False
        )
        rails: dict[str, dict[str, PaymentTotals]] = {}
        for currency, found in (await self._bucket_sums(later, by_day=False)).items():
            rails[currency] = {key[1] or "": totals for key, totals in found.items()}
        rest = pipelines.returnable_until(today.isoformat(), now, self._currency)
        for row in await self._rows(CHARGE_FACTS, rest):
            of, rail = rails.setdefault(row["_id"]["currency"], {}), row["_id"]["rail"]
            both = of.get(rail, NOTHING).plus(summed(row))
            of[rail] = both._replace(amount_minor=exact_amount(both.amount_minor))
        return rails

    async def repeated(self, what: str, window: Window, at_least: int) -> list[Repeat]:
        pipeline = pipelines.repeated(
            what, window.first, window.last, self._currency, at_least, REPEATS_MAX
        )
        return [
            Repeat(
                what, row["_id"]["currency"], row["_id"]["value"], row["_id"]["reason"],
                summed(row), row["first"], row["last"],
            )
            for row in await self._rows(CHARGE_FACTS, pipeline)
        ]  # fmt: skip

    async def by_currency(self, pipeline: Sequence[Document]) -> dict[str, PaymentTotals]:
        rows = await self._rows(CHARGE_FACTS, pipeline)
        return {row["_id"]["currency"]: summed(row) for row in rows}

    async def _bucket_sums(self, pipeline: Sequence[Document], by_day: bool) -> Sums:
        sums: dict[str, dict[Key, PaymentTotals]] = {}
        for row in await self._rows(BUCKETS, pipeline):
            totals, key = summed(row), row["_id"]
            if totals != NOTHING:
                name = (key["by"], read_word(key["word"]))
                of = sums.setdefault(key["currency"], {})
                of[(*name, key["day"]) if by_day else name] = totals
        return sums

    async def _rows(self, collection: str, pipeline: Sequence[Document]) -> list[Document]:
        rows = await aggregate_rows(
            self._db[collection],
            pipeline,
            limit=SUMS_MAX + 1,
            time_max_ms=READ_TIME_MAX_MS,
            session=self._session,
        )
        if len(rows) > SUMS_MAX:
            raise QueryTooBroad
        return rows

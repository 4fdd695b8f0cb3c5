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
from analytics.store.day_reads import DayReader, seen_of
from analytics.store.debit_recount import attempts_counted, charges_counted
from analytics.store.debits import CHARGE_FACTS, DebitStore
from analytics.store.kpi_reads import (
    summed,
    together,
)
from analytics.store.payments import PaymentStore
from analytics.store.verifications import MongoVerifications
from analytics.use_cases.kpi_reads import Found, Seen, Sums, exact_amount
from analytics.use_cases.read_debits import DebitReading, Repeat, Standing
from payops_contracts.topics import ANALYTICS_ON_CHARGES
from payops_kernel.messaging.positions import INDEXES as POSITION_INDEXES
from payops_kernel.mongo import (
    Collections,
    Document,
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
        return await seen_of(
            self._db, ANALYTICS_ON_CHARGES, currency, lambda reader: look(_Reader(reader))
        )


class _Reader:
    """Reads of debits within one snapshot."""

    def __init__(self, reader: DayReader) -> None:
        self._currency = reader.currency
        self._rows, self._bucket_sums = reader.rows, reader.bucket_sums

    async def whole_days(self, reading: DebitReading, period: Period) -> Sums:
        pipeline = pipelines.whole_days(
            reading.parts, period, self._currency, by_day=reading.by_day
        )
        return await self._bucket_sums(pipeline, by_day=reading.by_day)

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

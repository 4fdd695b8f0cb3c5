"""Sums of buckets out of MongoDB, by index, all from one snapshot; facts are never read."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from analytics.domain.payment_facts import PaymentTotals
from analytics.domain.windows import SPAN_DAYS_MAX, Window
from analytics.store.payments import BUCKETS, KPI, ZONES, PaymentStore
from analytics.use_cases.kpi_reads import Applied, AppliedPosition, KpiSums, Sums, exact_amount
from payops_contracts.money import CURRENCY_DECIMALS
from payops_contracts.topics import ANALYTICS_ON_TRANSACTIONS
from payops_kernel.errors import Unavailable
from payops_kernel.messaging.positions import INDEXES as POSITION_INDEXES
from payops_kernel.messaging.positions import Positions
from payops_kernel.mongo import (
    Collections,
    Document,
    PyMongoError,
    Session,
    aggregate_rows,
    at_one_instant,
    is_transient,
    whole_number,
)

READ_TIME_MAX_MS = 5_000
SUMS_MAX = SPAN_DAYS_MAX * len(CURRENCY_DECIMALS)
"""A sum a day and currency, at most."""


class MongoKpiReads:
    """Satisfies ``KpiReads``."""

    indexes = PaymentStore.indexes | POSITION_INDEXES

    def __init__(self, db: Collections) -> None:
        self._db = db

    async def sums(
        self,
        by: Literal["day", "status"],
        window: Window,
        currency: str | None,
        statuses: Sequence[str] | None = None,
    ) -> KpiSums:
        """One snapshot session: numbers and positions belong together."""

        async def look(session: Session) -> KpiSums:
            row = await self._db[ZONES].find_one({"_id": KPI}, session=session)
            applied = await self._applied(session)
            sums = await self._sums(window_filter(window, currency, statuses), by, session)
            return KpiSums(sums, applied, None if row is None else str(row["zone"]))

        try:
            return await at_one_instant(self._db[BUCKETS], look)
        except PyMongoError as error:
            if not is_transient(error):
                raise
            raise Unavailable("The database does not answer; try again.") from error

    async def _applied(self, session: Session) -> Applied:
        """The positions of the consumer that counts."""
        source = ANALYTICS_ON_TRANSACTIONS
        stored = await Positions(self._db, source.group, source.topic.name).load_all(session)
        newest = max((row.last.timestamp for row in stored.values() if row.last), default=None)
        return Applied(
            at=None if newest is None else datetime.fromtimestamp(newest / 1000, UTC),
            positions=[
                AppliedPosition(source.topic.name, partition, row.next)
                for partition, row in sorted(stored.items())
            ],
        )

    async def _sums(self, query: Document, by: str, session: Session) -> Sums:
        rows = await aggregate_rows(
            self._db[BUCKETS],
            sums_pipeline(query, by),
            limit=SUMS_MAX,
            time_max_ms=READ_TIME_MAX_MS,
            session=session,
        )
        sums: dict[str, dict[str, PaymentTotals]] = {}
        for row in rows:
            key = row["_id"]
            amount = row["amount_minor"]
            # A float is what mongod makes of integers that add up to more than 64 bits.
            whole = amount if isinstance(amount, float) else whole_number(amount)
            totals = PaymentTotals(int(row["count"]), exact_amount(whole))
            sums.setdefault(key["currency"], {})[key[by]] = totals
        return sums


def window_filter(
    window: Window, currency: str | None, statuses: Sequence[str] | None = None
) -> Document:
    """The buckets of a window; every condition is a bound of the index."""
    query: dict[str, Any] = {"kpi": KPI}
    if currency is not None:
        query["currency"] = currency
    query["day"] = {"$gte": window.first.isoformat(), "$lte": window.last.isoformat()}
    if statuses is not None:
        query["status"] = {"$in": [str(status) for status in statuses]}
    return query


def sums_pipeline(query: Document, by: str) -> list[Document]:
    """Sums by currency and one more field."""
    return [
        {"$match": query},
        {
            "$group": {
                "_id": {"currency": "$currency", by: f"${by}"},
                "count": {"$sum": "$count"},
                "amount_minor": {"$sum": "$amount_minor"},
            }
        },
    ]

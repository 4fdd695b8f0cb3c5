"""What reading buckets of days has in common: one snapshot, sums of parts by index."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from analytics.domain.lines import Key
from analytics.domain.payment_facts import NOTHING, PaymentTotals
from analytics.store.kpi_reads import (
    READ_TIME_MAX_MS,
    SUMS_MAX,
    applied_of,
    seen_at_once,
    summed,
)
from analytics.store.parts import read_word
from analytics.store.payments import BUCKETS, KPI, ZONES
from analytics.store.verifications import VERIFICATIONS, verification_of
from analytics.use_cases.kpi_reads import Seen, Sums
from payops_contracts.topics import Subscription
from payops_kernel.mongo import Collections, Document, QueryTooBroad, Session, aggregate_rows

T = TypeVar("T")


class DayReader:
    """Reads within one snapshot session, of one currency or all."""

    def __init__(self, db: Collections, currency: str | None, session: Session) -> None:
        self.db = db
        self.currency = currency
        self.session = session

    async def seen(self, found: T, source: Subscription) -> Seen[T]:
        """What was found, with how far the consumer of ``source`` was and how good it is."""
        row = await self.db[ZONES].find_one({"_id": KPI}, session=self.session)
        made = await self.db[VERIFICATIONS].find_one({"_id": KPI}, session=self.session)
        return Seen(
            found,
            await applied_of(self.db, source, self.session),
            None if row is None else str(row["zone"]),
            verification_of(made),
        )

    async def bucket_sums(self, pipeline: Sequence[Document], *, by_day: bool) -> Sums:
        """Sums of ``parts_of_days``: by name and word, and with ``by_day`` the day behind."""
        sums: dict[str, dict[Key, PaymentTotals]] = {}
        for row in await self.rows(BUCKETS, pipeline):
            totals, key = summed(row), row["_id"]
            if totals != NOTHING:
                name = (key["by"], read_word(key["word"]))
                of = sums.setdefault(key["currency"], {})
                of[(*name, key["day"]) if by_day else name] = totals
        return sums

    async def rows(self, collection: str, pipeline: Sequence[Document]) -> list[Document]:
        """Rows of an aggregation; raises ``QueryTooBroad`` when they are too many or too slow."""
        rows = await aggregate_rows(
            self.db[collection],
            pipeline,
            limit=SUMS_MAX + 1,
            time_max_ms=READ_TIME_MAX_MS,
            session=self.session,
        )
        if len(rows) > SUMS_MAX:
            raise QueryTooBroad
        return rows


async def seen_of(
    db: Collections,
    source: Subscription,
    currency: str | None,
    look: Callable[[DayReader], Awaitable[T]],
) -> Seen[T]:
    """What a look sees of buckets and facts that come from ``source``, in one snapshot."""

    async def at(session: Session) -> Seen[T]:
        reader = DayReader(db, currency, session)
        return await reader.seen(await look(reader), source)

    return await seen_at_once(db, at)

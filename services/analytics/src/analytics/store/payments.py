"""Payment facts and KPI buckets as documents, written in a slice's transaction.

A bucket belongs to the partition in its ``_id``: its consumer alone writes it, except when a
payment's event comes by another partition than the one before. The two consumers may then meet in
one document; mongod refuses the later one (WriteConflict) and its slice runs again.
"""

from collections.abc import Collection as Ids
from collections.abc import Mapping

from analytics.domain.payment_facts import Bucket, Changes, Contribution, PaymentFact, PaymentTotals
from analytics.domain.reporting_days import ReportingZoneChanged
from payops_kernel.mongo import (
    AFTER,
    ASCENDING,
    Collections,
    Document,
    IndexModel,
    InsertOne,
    Int64,
    ReplaceOne,
    Session,
    UpdateOne,
    expect_counts,
    whole_decimal,
)

FACTS = "payment_facts"
BUCKETS = "kpi_buckets"
ZONES = "kpi_zones"
"""Which zone's days the stored KPIs count: one row, stored with the first start of a worker."""
KPI = "payments"

_CONTRIBUTION_FIELDS = dict.fromkeys(
    ("version", "partition", "currency", "day", "status", "method", "channel", "amount_minor"), 1
)


class PaymentStore:
    """The collections; :meth:`within` gives what a slice works with."""

    indexes = {
        FACTS: [],
        # No index key changes when a bucket is counted up, so this costs at a bucket's birth only.
        BUCKETS: [
            IndexModel(
                [
                    ("kpi", ASCENDING),
                    ("currency", ASCENDING),
                    ("day", ASCENDING),
                    ("status", ASCENDING),
                ],
                name="window",
            )
        ],
        ZONES: [],
    }

    def __init__(self, db: Collections) -> None:
        self.zones = db[ZONES]
        self.facts = db[FACTS]
        self.buckets = db[BUCKETS]

    async def claim_zone(self, zone: str) -> None:
        """Store the zone, or raise :class:`ReportingZoneChanged` when another one is stored."""
        row = await self.zones.find_one_and_update(
            {"_id": KPI}, {"$setOnInsert": {"zone": zone}}, upsert=True, return_document=AFTER
        )
        if row["zone"] != zone:
            raise ReportingZoneChanged(row["zone"], zone)

    def within(self, session: Session) -> "PaymentsInSlice":
        """The same collections inside a transaction."""
        return PaymentsInSlice(self, session)


class PaymentsInSlice:
    """Satisfies ``StoredPayments`` inside one transaction."""

    def __init__(self, store: PaymentStore, session: Session) -> None:
        self._store = store
        self._session = session

    async def contributions(self, ids: Ids[str]) -> Mapping[str, Contribution]:
        """What the stored facts among ``ids`` add to which bucket."""
        cursor = self._store.facts.find(
            {"_id": {"$in": list(ids)}},
            projection=_CONTRIBUTION_FIELDS,
            session=self._session,
            batch_size=len(ids) + 1,
        )
        documents = await cursor.to_list(length=None)
        return {document["_id"]: contribution_of(document) for document in documents}

    async def write(self, changed: Changes) -> None:
        """Write facts that this slice has read, and buckets.

        By ``_id`` alone: mongod refuses a fact that moved since the slice read it.
        """
        facts: list[InsertOne[Document] | ReplaceOne[Document]] = [
            InsertOne(fact_document(fact)) for fact in changed.appeared
        ]
        facts += [
            ReplaceOne({"_id": fact.transaction_id}, fact_document(fact)) for fact in changed.moved
        ]
        if facts:
            result = await self._store.facts.bulk_write(facts, ordered=False, session=self._session)
            expect_counts(result, inserted=len(changed.appeared), matched=len(changed.moved))
        if changed.differences:
            await self._store.buckets.bulk_write(
                [_count(bucket, totals) for bucket, totals in changed.differences.items()],
                ordered=False,
                session=self._session,
            )


def fact_document(fact: PaymentFact) -> Document:
    """The stored form of a fact."""
    return {
        "_id": fact.transaction_id,
        "version": fact.version,
        "status": fact.status,
        "amount_minor": Int64(fact.amount_minor),
        "currency": fact.currency,
        "method": fact.method,
        "channel": fact.channel,
        "provider": fact.provider,
        "type": fact.type,
        "created_at": fact.created_at,
        "day": fact.day,
        "total_refunded_minor": Int64(fact.total_refunded_minor),
        "partition": fact.partition,
    }


def contribution_of(document: Document) -> Contribution:
    """What a stored fact adds to which bucket."""
    return Contribution(
        int(document["version"]), bucket_of(document), int(document["amount_minor"])
    )


def bucket_of(document: Document) -> Bucket:
    """The bucket that a fact's or a bucket's document names in its fields."""
    return Bucket(
        document["currency"],
        document["day"],
        document["status"],
        document["method"],
        document["channel"],
        document["partition"],
    )


def bucket_id(bucket: Bucket) -> str:
    """``payments/<currency>/<day>/<status>/<method>/<channel>/<partition>``.

    ``/`` and ``%`` inside a method or channel are written ``%2F`` and ``%25``.
    """
    return (
        f"{KPI}/{bucket.currency}/{bucket.day}/{bucket.status}"
        f"/{_escaped(bucket.method)}/{_escaped(bucket.channel)}/{bucket.partition}"
    )


def _escaped(word: str) -> str:
    return word.replace("%", "%25").replace("/", "%2F")


def _count(bucket: Bucket, by: PaymentTotals) -> UpdateOne:
    return UpdateOne(
        {"_id": bucket_id(bucket)},
        {
            # A decimal has 34 digits: no number of payments fills a bucket, as it would 64 bits.
            "$inc": {
                "count": Int64(by.payments),
                "amount_minor": whole_decimal(by.amount_minor),
            },
            "$setOnInsert": {"kpi": KPI, **bucket._asdict()},
        },
        upsert=True,
    )

"""Payment facts and KPI buckets as documents, written in a slice's transaction.

A bucket belongs to the partition in its ``_id``: its consumer alone writes it, except when a
payment's event comes by another partition than the one before. The two consumers may then meet in
one document; mongod refuses the later one (WriteConflict) and its slice runs again.
"""

from collections.abc import Collection as Ids
from collections.abc import Mapping
from typing import Any

from analytics.domain.payment_facts import (
    Bucket,
    Changes,
    Contribution,
    Part,
    PaymentFact,
    PaymentTotals,
)
from analytics.domain.reporting_days import ReportingZoneChanged
from analytics.store.parts import counted_fields
from analytics.store.slices import SliceDocuments, write_slice
from payops_contracts.payments import PaymentType, TransactionStatus
from payops_kernel.mongo import (
    AFTER,
    ASCENDING,
    Collections,
    Decimal128,
    Document,
    IndexModel,
    Int64,
    Session,
    UpdateOne,
    whole_decimal,
)

FACTS = "payment_facts"
BUCKETS = "kpi_buckets"
ZONES = "kpi_zones"
"""Which zone's days the stored KPIs count, and in which form: one row, stored with the first start
of a worker."""
KPI = "payments"
FORM = 2
"""Of facts that tell refunds and reasons, and of buckets with parts. Those of form 1 name none."""

BY_DAY, AWAITING = "by_day", "awaiting"
FAILED_OF_SUBSCRIPTIONS = "failed_of_subscriptions"
OF_SUBSCRIPTIONS = {"type": PaymentType.SUBSCRIPTION, "status": TransactionStatus.FAILED}

_CONTRIBUTION_FIELDS = dict.fromkeys(
    (
        "version", "form", "partition", "currency", "day", "status", "method", "channel",
        "provider", "type", "amount_minor", "failure_code", "total_refunded_minor",
    ),
    1,
)  # fmt: skip


class PaymentStore:
    """The collections; :meth:`within` gives what a slice works with."""

    indexes = {
        FACTS: [
            # Part of a day, and a day at a time. A payment's Date hardly ever moves.
            IndexModel([("day", ASCENDING), ("created_at", ASCENDING)], name=BY_DAY),
            IndexModel(
                [
                    ("awaiting_refunds", ASCENDING),
                    ("currency", ASCENDING),
                    ("awaiting_minor", ASCENDING),
                ],
                name=AWAITING,
                partialFilterExpression={"awaiting_refunds": {"$gt": 0}},
            ),
            # Buckets tell what was paid by type, not what failed.
            IndexModel(
                [
                    ("type", ASCENDING),
                    ("status", ASCENDING),
                    ("currency", ASCENDING),
                    ("day", ASCENDING),
                    ("amount_minor", ASCENDING),
                ],
                name=FAILED_OF_SUBSCRIPTIONS,
                partialFilterExpression=OF_SUBSCRIPTIONS,
            ),
        ],
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
            {"_id": KPI},
            {"$setOnInsert": {"zone": zone, "form": FORM}},
            upsert=True,
            return_document=AFTER,
        )
        if row["zone"] != zone:
            raise ReportingZoneChanged(row["zone"], zone)

    async def is_renewed(self) -> bool:
        """Whether all facts are of the present form."""
        row = await self.zones.find_one({"_id": KPI})
        return row is None or row.get("form") == FORM

    async def not_renewed(self, after: str, limit: int) -> list[PaymentFact]:
        """The first facts of an older form behind an id, in the order of their ids."""
        found = self.facts.find(
            {"_id": {"$gt": after}, "form": {"$exists": False}},
            sort=[("_id", ASCENDING)],
            limit=limit,
        )
        return [fact_of(document) for document in await found.to_list(length=limit)]

    async def all_renewed(self) -> None:
        """Have KPIs be read from all parts of the buckets."""
        await self.zones.update_one({"_id": KPI}, {"$set": {"form": FORM}})

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
        """Write facts that this slice has read, and buckets."""
        slice_ = SliceDocuments(
            [fact_document(fact) for fact in changed.appeared],
            [fact_document(fact) for fact in changed.moved],
            [_count(bucket, parts) for bucket, parts in changed.differences.items()],
        )
        await write_slice(self._store.facts, self._store.buckets, self._session, slice_)


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
        "failure_code": fact.failure_code,
        "awaiting_refunds": fact.awaiting_refunds,
        "awaiting_minor": Int64(fact.awaiting_minor),
        "partition": fact.partition,
        "form": FORM,
    }


def fact_of(document: Document) -> PaymentFact:
    """The fact that is stored; one of form 1 tells neither reason nor open refunds."""
    return PaymentFact(
        document["_id"],
        int(document["version"]),
        document["partition"],
        document["status"],
        int(document["amount_minor"]),
        document["currency"],
        document["method"],
        document["channel"],
        document["provider"],
        document["type"],
        document["created_at"],
        document["day"],
        int(document["total_refunded_minor"]),
        document.get("failure_code"),
        document.get("awaiting_refunds", 0),
        int(document.get("awaiting_minor", 0)),
    )


def contribution_of(document: Document) -> Contribution:
    """What a stored fact adds to which bucket."""
    return Contribution(
        int(document["version"]),
        bucket_of(document),
        int(document["amount_minor"]),
        document["provider"],
        document["type"],
        document.get("failure_code"),
        int(document["total_refunded_minor"]),
        "form" in document,
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


def _count(bucket: Bucket, parts: Mapping[Part, PaymentTotals]) -> UpdateOne:
    """One update, all parts of the bucket in it."""
    increments: dict[str, Any] = {}
    stored: dict[int, Decimal128] = {}
    """What parts share is made once: most have the amount of the whole."""
    for part, (payments, amount_minor) in parts.items():
        count, amount = counted_fields(part)
        increments[count] = Int64(payments)
        # A decimal has 34 digits: no number of payments fills a bucket, as it would 64 bits.
        if amount_minor not in stored:
            stored[amount_minor] = whole_decimal(amount_minor)
        increments[amount] = stored[amount_minor]
    return UpdateOne(
        {"_id": bucket_id(bucket)},
        {"$inc": increments, "$setOnInsert": {"kpi": KPI, **bucket._asdict()}},
        upsert=True,
    )

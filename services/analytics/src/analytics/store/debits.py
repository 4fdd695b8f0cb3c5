"""Charge facts and their buckets as documents, written in a slice's transaction.

As with payments, a bucket belongs to the partition in its ``_id``.
"""

from collections.abc import Collection as Ids
from collections.abc import Iterator, Mapping
from typing import Any

from analytics.domain.debit_facts import (
    AttemptFact,
    ChargeFact,
    DebitBucket,
    DebitChanges,
    DebitCounter,
)
from analytics.domain.payment_facts import Part, PaymentTotals
from analytics.store.parts import read_word, stored_word, totals_of
from analytics.store.payments import BUCKETS, PaymentStore
from analytics.store.slices import SliceDocuments, write_slice
from payops_kernel.mongo import (
    ASCENDING,
    Collections,
    Document,
    IndexModel,
    Int64,
    Session,
    UpdateOne,
    whole_decimal,
)

CHARGE_FACTS = "charge_facts"
DEBITS = "debits"
"""The KPI of their buckets."""
BY_DAY, BY_ATTEMPT, BY_LAST_DAY = "by_day", "by_attempt", "by_last_day"
BY_FAILED_DAY, BY_RETRY, BY_EXCEPTIONS = "by_failed_day", "by_next_retry", "by_exceptions"
_BUCKET = ("_id", "kpi", "currency", "day", "partition")


class DebitStore:
    """The collections; :meth:`within` gives what a slice works with."""

    indexes = {
        CHARGE_FACTS: [
            # Part of a day, and a day at a time: of charges, attempts, and ends of windows.
            IndexModel([("day", ASCENDING), ("created_at", ASCENDING)], name=BY_DAY),
            IndexModel(
                [("attempts.day", ASCENDING), ("attempts.submitted_at", ASCENDING)],
                name=BY_ATTEMPT,
            ),
            IndexModel(
                [("attempts.last_day", ASCENDING), ("attempts.returnable_until", ASCENDING)],
                name=BY_LAST_DAY,
                sparse=True,
            ),
            IndexModel([("failed_days", ASCENDING)], name=BY_FAILED_DAY, sparse=True),
            IndexModel(
                [
                    ("next_retry_at", ASCENDING),
                    ("currency", ASCENDING),
                    ("amount_minor", ASCENDING),
                ],
                name=BY_RETRY,
                partialFilterExpression={"next_retry_at": {"$exists": True}},
            ),
            IndexModel(
                [("exceptions", ASCENDING), ("currency", ASCENDING), ("amount_minor", ASCENDING)],
                name=BY_EXCEPTIONS,
                partialFilterExpression={"exceptions": {"$gt": 0}},
            ),
        ],
        BUCKETS: PaymentStore.indexes[BUCKETS],
    }

    def __init__(self, db: Collections) -> None:
        self.facts = db[CHARGE_FACTS]
        self.buckets = db[BUCKETS]

    def within(self, session: Session) -> "ChargesInSlice":
        """The same collections inside a transaction."""
        return ChargesInSlice(self, session)


class ChargesInSlice:
    """Satisfies ``StoredCharges`` inside one transaction."""

    def __init__(self, store: DebitStore, session: Session) -> None:
        self._store = store
        self._session = session

    async def known(self, ids: Ids[str]) -> Mapping[str, ChargeFact]:
        """The stored facts among ``ids``."""
        cursor = self._store.facts.find(
            {"_id": {"$in": list(ids)}}, session=self._session, batch_size=len(ids) + 1
        )
        documents = await cursor.to_list(length=None)
        return {document["_id"]: charge_fact_of(document) for document in documents}

    async def write(self, changed: DebitChanges) -> None:
        """Write facts that this slice has read, and buckets."""
        slice_ = SliceDocuments(
            [charge_document(fact) for fact in changed.appeared],
            [charge_document(fact) for fact in changed.moved],
            [_count(bucket, parts) for bucket, parts in changed.differences.items()],
        )
        await write_slice(self._store.facts, self._store.buckets, self._session, slice_)


def charge_document(fact: ChargeFact) -> Document:
    """The stored form of a fact; what is absent is left out."""
    document = {
        "_id": fact.charge_id,
        "version": fact.version,
        "partition": fact.partition,
        "status": fact.status,
        "amount_minor": Int64(fact.amount_minor),
        "currency": fact.currency,
        "rail": fact.rail,
        "tax_minor": Int64(fact.tax_minor),
        "collected_minor": Int64(fact.collected_minor),
        "outstanding_minor": Int64(fact.outstanding_minor),
        "mpass_number": fact.mpass_number,
        "created_at": fact.created_at,
        "day": fact.day,
        "exceptions": fact.exceptions,
        "attempts": [_present(each._asdict()) for each in fact.attempts],
    }
    if fact.failed_days:
        document["failed_days"] = fact.failed_days
    if fact.next_retry_at is not None:
        document["next_retry_at"] = fact.next_retry_at
    return document


def _present(parts: Mapping[str, Any]) -> Document:
    return {name: part for name, part in parts.items() if part is not None}


def charge_fact_of(document: Document) -> ChargeFact:
    """The fact that is stored."""
    return ChargeFact(
        document["_id"],
        int(document["version"]),
        document["partition"],
        document["status"],
        int(document["amount_minor"]),
        document["currency"],
        document["rail"],
        int(document["tax_minor"]),
        int(document["collected_minor"]),
        document["mpass_number"],
        document["created_at"],
        document["day"],
        document.get("next_retry_at"),
        document["exceptions"],
        tuple(AttemptFact(**each) for each in document["attempts"]),
    )


def debit_bucket_of(document: Document) -> DebitBucket:
    """The bucket that a document names in its fields."""
    return DebitBucket(document["currency"], document["day"], document["partition"])


def debit_counters(document: Document) -> Iterator[tuple[DebitCounter, PaymentTotals]]:
    """Every part of a bucket's document."""
    bucket = debit_bucket_of(document)
    for by, words in document.items():
        if by not in _BUCKET:
            for word, totals in words.items():
                yield DebitCounter(bucket, Part(by, read_word(word))), totals_of(totals)


def _count(bucket: DebitBucket, parts: Mapping[Part, PaymentTotals]) -> UpdateOne:
    """One update, all parts of the bucket in it."""
    increments: dict[str, Any] = {}
    for part, (number, amount_minor) in parts.items():
        path = f"{part.by}.{stored_word(part.word)}"
        increments[f"{path}.count"] = Int64(number)
        increments[f"{path}.amount_minor"] = whole_decimal(amount_minor)
    return UpdateOne(
        {"_id": f"{DEBITS}/{bucket.currency}/{bucket.day}/{bucket.partition}"},
        {"$inc": increments, "$setOnInsert": {"kpi": DEBITS, **bucket._asdict()}},
        upsert=True,
    )

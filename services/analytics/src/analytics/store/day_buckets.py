"""Facts and their buckets of days as documents, written in a slice's transaction.

As with payments, a bucket belongs to the partition in its ``_id``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Collection as Ids
from typing import Any, Generic

from analytics.domain.day_buckets import DayBucket, DayChanges, DayCounter, F
from analytics.domain.payment_facts import Part, PaymentTotals
from analytics.store.parts import read_word, stored_word, totals_of
from analytics.store.payments import BUCKETS
from analytics.store.slices import SliceDocuments, write_slice
from payops_kernel.mongo import Collections, Document, Int64, Session, UpdateOne, whole_decimal

_BUCKET = ("_id", "kpi", "currency", "day", "partition")


class DayStore(Generic[F]):
    """The collections of one kind of facts; :meth:`within` gives what a slice works with."""

    def __init__(
        self,
        db: Collections,
        facts: str,
        kpi: str,
        to_document: Callable[[F], Document],
        of_document: Callable[[Document], F],
    ) -> None:
        self.facts = db[facts]
        self.buckets = db[BUCKETS]
        self.kpi = kpi
        self.to_document = to_document
        self.of_document = of_document

    def within(self, session: Session) -> "FactsInSlice[F]":
        """The same collections inside a transaction."""
        return FactsInSlice(self, session)


class FactsInSlice(Generic[F]):
    """Satisfies ``StoredFacts`` inside one transaction."""

    def __init__(self, store: DayStore[F], session: Session) -> None:
        self._store = store
        self._session = session

    async def known(self, ids: Ids[str]) -> Mapping[str, F]:
        """The stored facts among ``ids``."""
        cursor = self._store.facts.find(
            {"_id": {"$in": list(ids)}}, session=self._session, batch_size=len(ids) + 1
        )
        documents = await cursor.to_list(length=None)
        return {document["_id"]: self._store.of_document(document) for document in documents}

    async def write(self, changed: DayChanges[F]) -> None:
        """Write facts that this slice has read, and buckets."""
        store = self._store
        slice_ = SliceDocuments(
            [store.to_document(fact) for fact in changed.appeared],
            [store.to_document(fact) for fact in changed.moved],
            [_count(store.kpi, bucket, parts) for bucket, parts in changed.differences.items()],
        )
        await write_slice(store.facts, store.buckets, self._session, slice_)


def present(parts: Mapping[str, Any]) -> Document:
    """What is absent is left out."""
    return {name: part for name, part in parts.items() if part is not None}


def counters_of(document: Document) -> Iterator[tuple[DayCounter, PaymentTotals]]:
    """Every part of a bucket's document."""
    bucket = DayBucket(document["currency"], document["day"], document["partition"])
    for by, words in document.items():
        if by not in _BUCKET:
            for word, totals in words.items():
                yield DayCounter(bucket, Part(by, read_word(word))), totals_of(totals)


def parts_of_days(
    kpi: str, parts: Sequence[str], days: Document, currency: str | None, *, by_day: bool
) -> list[Document]:
    """Sums of parts of the buckets of days, which are bounds; without any, of all days."""
    query: Document = {"kpi": kpi, **one_currency(currency)}
    if days:
        query["day"] = days
    told = [
        {
            "$map": {
                "input": {"$objectToArray": {"$ifNull": [f"${by}", {}]}},
                "in": {"by": by, "word": "$$this.k", "totals": "$$this.v"},
            }
        }
        for by in parts
    ]
    key: Document = {"currency": "$currency", "by": "$parts.by", "word": "$parts.word"}
    return [
        {"$match": query},
        {"$project": {"_id": 0, "currency": 1, "day": 1, "parts": {"$concatArrays": told}}},
        {"$unwind": "$parts"},
        {
            "$group": {
                "_id": key | ({"day": "$day"} if by_day else {}),
                "count": {"$sum": "$parts.totals.count"},
                "amount_minor": {"$sum": "$parts.totals.amount_minor"},
            }
        },
    ]


def one_currency(currency: str | None) -> Document:
    """The condition; none when all are asked for."""
    return {} if currency is None else {"currency": currency}


def _count(kpi: str, bucket: DayBucket, parts: Mapping[Part, PaymentTotals]) -> UpdateOne:
    """One update, all parts of the bucket in it."""
    increments: dict[str, Any] = {}
    for part, (number, amount_minor) in parts.items():
        path = f"{part.by}.{stored_word(part.word)}"
        increments[f"{path}.count"] = Int64(number)
        increments[f"{path}.amount_minor"] = whole_decimal(amount_minor)
    return UpdateOne(
        {"_id": f"{kpi}/{bucket.currency}/{bucket.day}/{bucket.partition}"},
        {"$inc": increments, "$setOnInsert": {"kpi": kpi, **bucket._asdict()}},
        upsert=True,
    )

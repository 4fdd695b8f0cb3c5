"""Charge facts as documents, and how they are found."""

from analytics.domain.debit_facts import AttemptFact, ChargeFact
from analytics.store.day_buckets import DayStore, present
from analytics.store.payments import BUCKETS, PaymentStore
from payops_kernel.mongo import ASCENDING, Collections, Document, IndexModel, Int64

CHARGE_FACTS = "charge_facts"
DEBITS = "debits"
"""The KPI of their buckets."""
BY_DAY, BY_ATTEMPT, BY_LAST_DAY = "by_day", "by_attempt", "by_last_day"
BY_FAILED_DAY, BY_RETRY, BY_EXCEPTIONS = "by_failed_day", "by_next_retry", "by_exceptions"


class DebitStore(DayStore[ChargeFact]):
    """Charges."""

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
        super().__init__(db, CHARGE_FACTS, DEBITS, charge_document, charge_fact_of)


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
        "attempts": [present(each._asdict()) for each in fact.attempts],
    }
    if fact.failed_days:
        document["failed_days"] = fact.failed_days
    if fact.next_retry_at is not None:
        document["next_retry_at"] = fact.next_retry_at
    return document


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

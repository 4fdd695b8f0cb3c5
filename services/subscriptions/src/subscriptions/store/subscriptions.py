"""A subscription as a document, and back; its collection and indexes. Days are ISO texts."""

from datetime import date

from payops_contracts.payments import TransactionStatus
from payops_contracts.subscriptions import (
    BillingMode,
    EndReason,
    Interval,
    SubscriptionFlag,
    SubscriptionStatus,
)
from payops_kernel.mongo import (
    ASCENDING,
    DESCENDING,
    Collections,
    Document,
    IndexModel,
    IndexWay,
    Int64,
    present,
)
from subscriptions.domain.billing import retry_at
from subscriptions.domain.facts import Customer, Failure, Terms
from subscriptions.domain.policies import Rules
from subscriptions.domain.recurrence import Recurrence
from subscriptions.domain.searching import search_words
from subscriptions.domain.subscription import (
    Cancelling,
    Ending,
    HistoryRow,
    Owed,
    Payment,
    PaymentRequest,
    Subscription,
)

COLLECTION = "subscriptions"
NO_DAY = ""
"""Stands for no next payment: it is sorted before every day, and is there to be sorted."""

_STATUS = {each.value: each for each in SubscriptionStatus}
_PAID_AS = {each.value: each for each in TransactionStatus}

FACETS = ("status", "provider", "method", "currency")
"""What every row has one of few words for."""
BY_DATE, BY_AMOUNT, BY_FACETS, BY_NEXT = "by_date", "by_amount", "by_facets", "by_next_payment"
BY_END = "by_end"

INDEXES: dict[str, list[IndexModel]] = {
    COLLECTION: [
        # Its order first, then what filters name: what a filter drops costs no look at a row.
        IndexModel(
            [
                ("created_at", DESCENDING),
                ("_id", DESCENDING),
                *((field, ASCENDING) for field in FACETS),
                ("amount_minor", ASCENDING),
                ("started_at", ASCENDING),
                ("ended_at", ASCENDING),
                ("end_reason", ASCENDING),
            ],
            name=BY_DATE,
        ),
        IndexModel(
            [
                *((field, ASCENDING) for field in FACETS),
                ("created_at", DESCENDING),
                ("_id", DESCENDING),
                ("amount_minor", DESCENDING),
            ],
            name=BY_FACETS,
        ),
        IndexModel([("amount_minor", DESCENDING), ("_id", DESCENDING)], name=BY_AMOUNT),
        IndexModel([("next_payment_on", ASCENDING), ("_id", ASCENDING)], name=BY_NEXT),
        IndexModel(
            [("search", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)],
            name="by_search",
        ),
        # Why and when they ended: only those that did are in it.
        IndexModel(
            [
                ("end_reason", ASCENDING),
                ("ended_at", DESCENDING),
                ("created_at", DESCENDING),
                ("_id", DESCENDING),
            ],
            name=BY_END,
            partialFilterExpression={"end_reason": {"$exists": True}},
        ),
    ]
}
WAYS = (
    IndexWay(BY_DATE, ("created_at",), in_order_of="created_at", covers=True),
    IndexWay(
        BY_FACETS,
        (*FACETS, "created_at"),
        in_order_within="created_at",
        covers=True,
        every={"status": {"$in": sorted(_STATUS)}},
    ),
    IndexWay(BY_AMOUNT, ("amount_minor",), in_order_of="amount_minor"),
    IndexWay(BY_NEXT, ("next_payment_on",), in_order_of="next_payment_on"),
    # Not all rows have an end, but all that a condition on it leaves; without one it is never the
    # cheapest way, for another holds every row and costs less a key.
    IndexWay(
        BY_END,
        ("end_reason", "ended_at"),
        every={"end_reason": {"$in": sorted(each.value for each in EndReason)}},
    ),
)


class SubscriptionStore:
    """Document ↔ entity. Satisfies the kernel's ``AggregateStore``."""

    indexes = INDEXES

    def __init__(self, db: Collections, rules: Rules) -> None:
        """``rules`` say when what failed is tried again, which lists show."""
        self.collection = db[COLLECTION]
        self._rules = rules

    def to_document(self, aggregate: Subscription) -> Document:
        """The stored form; absent optional parts are left out.

        What lists filter, sort and show stands beside what it is derived from.
        """
        it, next_on = aggregate, aggregate.next_payment_on
        document: Document = {
            "_id": it.id,
            "version": it.version,
            "status": it.status.value,
            "next_payment_on": NO_DAY if next_on is None else next_on.isoformat(),
            **_terms_document(it.terms),
            "payments": [_payment_document(it, each) for each in it.payments.values()],
            "next": it.next,
            "history": [_row_document(row) for row in it.history],
        }
        return document | present(
            started_at=it.started_at,
            retry_at=retry_at(it, self._rules),
            request=None if it.request is None else it.request._asdict(),
            owed=_owed_document(it.owed),
            missed=[day.isoformat() for day in it.missed] or None,
            asked_at=it.asked_at,
            recovered_at=it.recovered_at,
            cancelling=_cancelling_document(it.cancelling),
            ended_at=None if it.ended is None else it.ended.at,
            end_reason=None if it.ended is None else it.ended.reason.value,
            end_detail=None if it.ended is None else it.ended.detail,
            flags=sorted(flag.value for flag in it.flags) or None,
        )

    def from_document(self, document: Document) -> Subscription:
        """The entity back from its document."""
        get, terms = document.get, _terms(document)
        payments = [_payment(row, terms.currency) for row in document["payments"]]
        request = get("request")
        return Subscription(
            terms=terms,
            version=document["version"],
            payments={each.transaction_id: each for each in payments},
            next=document["next"],
            request=None if request is None else PaymentRequest(**request),
            owed=_owed(get("owed")),
            missed=[date.fromisoformat(day) for day in get("missed", ())],
            asked_at=get("asked_at"),
            recovered_at=get("recovered_at"),
            cancelling=_cancelling(get("cancelling")),
            ended=_ending(document),
            flags={SubscriptionFlag(flag) for flag in get("flags", ())},
            history=[_row(row) for row in document["history"]],
        )


def _terms_document(terms: Terms) -> Document:
    customer, recurrence = terms.customer, terms.recurrence
    expires_on = recurrence.expires_on
    return {
        "created_at": terms.created_at,
        "user": present(**customer._asdict()),
        "amount_minor": Int64(terms.amount_minor),
        "currency": terms.currency,
        "provider": terms.provider,
        "method": terms.method,
        "billing": terms.billing.value,
        "recurrence": {
            "interval": recurrence.interval.value,
            "every": recurrence.every,
            "anchor": recurrence.anchor.isoformat(),
        }
        | present(
            payments_max=recurrence.payments_max,
            expires_on=None if expires_on is None else expires_on.isoformat(),
        ),
        "first_is_ours": terms.first_is_ours,
        "search": search_words(terms.subscription_id, customer),
    } | present(description=terms.description)


def _terms(document: Document) -> Terms:
    user, row = document["user"], document["recurrence"]
    expires_on = row.get("expires_on")
    return Terms(
        document["_id"],
        document["created_at"],
        Customer(user["id"], user.get("name"), user.get("email"), user.get("phone")),
        int(document["amount_minor"]),
        document["currency"],
        document["provider"],
        document["method"],
        BillingMode(document["billing"]),
        Recurrence(
            Interval(row["interval"]),
            row["every"],
            date.fromisoformat(row["anchor"]),
            row.get("payments_max"),
            None if expires_on is None else date.fromisoformat(expires_on),
        ),
        document["first_is_ours"],
        document.get("description"),
    )


def _payment_document(subscription: Subscription, each: Payment) -> Document:
    another = each.currency != subscription.terms.currency
    return {
        "transaction_id": each.transaction_id,
        "sequence": each.sequence,
        "status": each.status.value,
        "created_at": each.created_at,
        "amount_minor": Int64(each.amount_minor),
    } | present(
        currency=each.currency if another else None,
        refunded_minor=Int64(each.refunded_minor) if each.refunded_minor else None,
        settled_at=each.settled_at,
        failure=_failure_document(each.failure),
        period=each.period,
    )


def _payment(row: Document, currency: str) -> Payment:
    get = row.get
    return Payment(
        row["transaction_id"],
        row["sequence"],
        _PAID_AS[row["status"]],
        row["created_at"],
        int(row["amount_minor"]),
        get("currency", currency),
        int(get("refunded_minor", 0)),
        get("settled_at"),
        _failure(get("failure")),
        get("period"),
    )


def _failure_document(failure: Failure | None) -> Document | None:
    return None if failure is None else {"code": failure.code} | present(message=failure.message)


def _failure(row: Document | None) -> Failure | None:
    return None if row is None else Failure(row["code"], row.get("message"))


def _owed_document(owed: Owed | None) -> Document | None:
    if owed is None:
        return None
    failure = _failure_document(owed.failure)
    return {
        "period": owed.period,
        "failures": owed.failures,
        "failed_at": owed.failed_at,
    } | present(failure=failure)


def _owed(row: Document | None) -> Owed | None:
    if row is None:
        return None
    return Owed(row["period"], row["failures"], row["failed_at"], _failure(row.get("failure")))


def _cancelling_document(cancelling: Cancelling | None) -> Document | None:
    if cancelling is None:
        return None
    return {
        "effective_on": cancelling.effective_on.isoformat(),
        "requested_at": cancelling.requested_at,
        "by": cancelling.by,
    } | present(reason=cancelling.reason)


def _cancelling(row: Document | None) -> Cancelling | None:
    if row is None:
        return None
    day = date.fromisoformat(row["effective_on"])
    return Cancelling(day, row["requested_at"], row["by"], row.get("reason"))


def _ending(document: Document) -> Ending | None:
    at = document.get("ended_at")
    if at is None:
        return None
    return Ending(at, EndReason(document["end_reason"]), document.get("end_detail"))


def _row_document(row: HistoryRow) -> Document:
    amount = row.amount_minor
    return {
        "at": row.at,
        "event": row.event,
        "status": row.status.value,
        "source": row.source,
        "event_id": row.event_id,
    } | present(
        note=row.note,
        transaction_id=row.transaction_id,
        period=row.period,
        amount_minor=None if amount is None else Int64(amount),
        request_id=row.request_id,
        actor=row.actor,
        detail=row.detail,
        digest=row.digest,
    )


def _row(row: Document) -> HistoryRow:
    get = row.get
    note, amount = get("note"), get("amount_minor")
    return HistoryRow(
        row["at"],
        row["event"],
        _STATUS[row["status"]],
        row["source"],
        row["event_id"],
        note is None,
        note,
        get("transaction_id"),
        get("period"),
        None if amount is None else int(amount),
        get("request_id"),
        get("actor"),
        get("detail"),
        get("digest"),
    )

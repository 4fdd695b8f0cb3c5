"""A transaction as a document, and back; its collection and indexes."""

from itertools import starmap

from payops_contracts.attributes import AttributeValue
from payops_contracts.payments import PaymentType, TransactionStatus
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
from payops_kernel.mongo.renewing import Renewal
from transactions.domain.description import Described
from transactions.domain.facts import TOLD_PARTS, Attribute, Description, Item, told
from transactions.domain.searching import FORM, search_words, search_words_of
from transactions.domain.transaction import HistoryRow, Transaction
from transactions.store.money_back import (
    dispute,
    failure,
    failure_document,
    money_back_document,
    refund,
)

COLLECTION = "transactions"
_NOTHING_MORE = (None,) * 4

_STATUS: dict[str, TransactionStatus] = {status.value: status for status in TransactionStatus}
_WORD: dict[TransactionStatus, str] = {status: status.value for status in TransactionStatus}

FACETS = ("status", "type", "channel", "provider", "method", "currency")
"""What every row has one of few words for, from few to many: so ``facets`` leaps least."""
BY_DATE, BY_AMOUNT, BY_FACETS = "by_date", "by_amount", "by_facets"

INDEXES: dict[str, list[IndexModel]] = {
    COLLECTION: [
        # Its order first, then all that filters name: what a filter drops costs no look at a row.
        IndexModel(
            [
                ("created_at", DESCENDING),
                ("_id", DESCENDING),
                *((field, ASCENDING) for field in FACETS),
                ("amount_minor", ASCENDING),
            ],
            name=BY_DATE,
        ),
        # Finds what several filters leave, whichever they are: mongod leaps over what no filter
        # names, and sorts keys instead of rows.
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
        IndexModel(
            [("search", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)],
            name="by_search",
        ),
        IndexModel(
            [
                ("refunds.status", ASCENDING),
                ("created_at", DESCENDING),
                ("_id", DESCENDING),
                *((field, ASCENDING) for field in FACETS),
                ("amount_minor", ASCENDING),
            ],
            name="by_refund",
            # Most payments have no refund and are not in it.
            partialFilterExpression={"refunds.status": {"$exists": True}},
        ),
        # The payments of a subscription, likewise.
        IndexModel(
            [("subscription_id", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)],
            name="by_subscription",
            partialFilterExpression={"subscription_id": {"$exists": True}},
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
        every={
            "status": {"$in": sorted(status.value for status in TransactionStatus)},
            "type": {"$in": sorted(kind.value for kind in PaymentType)},
        },
    ),
    IndexWay(BY_AMOUNT, ("amount_minor",), in_order_of="amount_minor"),
)


def renewed_search(document: Document) -> Document:
    """The words of a stored transaction, for those that were stored in an older form."""
    user = document["user"]
    return {"search": search_words_of(user["id"], user.get("email"), user.get("name"))}


SEARCH_RENEWAL = Renewal(
    name=f"search words, form {FORM}",
    collection=COLLECTION,
    fields=("user", "search"),
    renew=renewed_search,
)


class TransactionStore:
    """Document ↔ entity. Satisfies the kernel's ``AggregateStore``."""

    indexes = INDEXES

    def __init__(self, db: Collections) -> None:
        self.collection = db[COLLECTION]

    def to_document(self, aggregate: Transaction) -> Document:
        """The stored form; absent optional parts are left out."""
        t, d = aggregate, aggregate.described.description
        document: Document = {
            "_id": t.id,
            "version": t.version,
            "status": _WORD[t.status],
            "created_at": d.created_at,
            "amount_minor": Int64(t.amount_minor),
            "currency": t.currency,
            "provider": d.provider,
            "method": d.method,
            "channel": d.channel,
            "type": d.type,
            "user": present(id=d.user_id, name=d.user_name, email=d.user_email, phone=d.user_phone),
            "total_refunded_minor": Int64(t.total_refunded_minor),
            "search": search_words(d),
            "authority": t.described.authority,
            "history": [_row_document(row) for row in t.history],
        }
        document |= present(
            **told(d),
            notification_channels=d.notification_channels,
            paid_at=t.paid_at,
            failed_at=t.failed_at,
            filled=t.described.filled or None,
            flags=[flag.value for flag in t.flags] or None,
        )
        if d.items is not None:
            document["items"] = [_item_document(item) for item in d.items]
        if d.attributes is not None:
            document["attributes"] = [list(attribute) for attribute in d.attributes]
        if t.failure is not None:
            document["failure"] = failure_document(t.failure)
        if t.refunds or t.disputes:
            document |= money_back_document(t)
        return document

    def from_document(self, document: Document) -> Transaction:
        """The entity back from its document."""
        return Transaction(
            id=document["_id"],
            amount_minor=int(document["amount_minor"]),
            currency=document["currency"],
            described=Described(
                _description(document), document["authority"], document.get("filled", {})
            ),
            version=document["version"],
            paid_at=document.get("paid_at"),
            failed_at=document.get("failed_at"),
            failure=failure(document.get("failure")),
            refunds=[refund(row) for row in document.get("refunds", ())],
            disputes=[dispute(row) for row in document.get("disputes", ())],
            history=[_row(row) for row in document["history"]],
        )


def _description(document: Document) -> Description:
    user = document["user"]
    channels = document.get("notification_channels")
    items, attributes = document.get("items"), document.get("attributes")
    # The most by position, in the order of the fields: names cost half as much again.
    return Description(
        document["created_at"],
        document["provider"],
        document["method"],
        document["channel"],
        document["type"],
        user["id"],
        user.get("name"),
        user.get("email"),
        user.get("phone"),
        **{name: document.get(name) for name in TOLD_PARTS},
        notification_channels=None if channels is None else tuple(channels),
        items=None if items is None else tuple([_item(item) for item in items]),
        attributes=attributes and tuple(starmap(attribute, attributes)),
    )


def attribute(path: str, value: AttributeValue) -> Attribute:
    """A stored attribute; its paths hold dots as they like, so it is no field of a document."""
    return Attribute(path, int(value) if isinstance(value, int) else value)


def _item_document(item: Item) -> Document:
    return {
        "description": item.description,
        "quantity": item.quantity,
        "amount_minor": Int64(item.amount_minor),
        "tax_minor": Int64(item.tax_minor),
    }


def _item(document: Document) -> Item:
    return Item(
        document["description"],
        document["quantity"],
        int(document["amount_minor"]),
        int(document["tax_minor"]),
    )


def _row_document(row: HistoryRow) -> Document:
    document: Document = {
        "at": row.at,
        "event": row.event,
        "status": _WORD[row.status],
        "source": row.source,
        "event_id": row.event_id,
    }
    if row.note is not None:
        document["note"] = row.note
    if row.digest is not None:
        document["digest"] = row.digest
    if row[8:12] != _NOTHING_MORE:
        document |= present(
            refund_id=row.refund_id,
            dispute_id=row.dispute_id,
            actor=row.actor,
            detail=row.detail,
        )
    if row.refunded_minor is not None:
        document["refunded_minor"] = Int64(row.refunded_minor)
    if row.returned_minor is not None:
        document["returned_minor"] = Int64(row.returned_minor)
    return document


def _row(document: Document) -> HistoryRow:
    get = document.get
    note, refunded, returned = get("note"), get("refunded_minor"), get("returned_minor")
    return HistoryRow(
        document["at"],
        document["event"],
        _STATUS[document["status"]],
        document["source"],
        document["event_id"],
        note is None,
        note,
        None if refunded is None else int(refunded),
        get("refund_id"),
        get("dispute_id"),
        get("actor"),
        get("detail"),
        None if returned is None else int(returned),
        get("digest"),
    )

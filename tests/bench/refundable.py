"""Payments that can be refunded, in the layout that the service stores."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from bench.stored import BATCH, payment_documents
from payops_kernel.mongo import Database, Document, Int64, Mongo
from transactions.store.transactions import COLLECTION

FAILED_ONLY = {"failed_at", "failure"}
AMOUNT_MINOR = 1_000_000
"""So much that no refund of one minor unit is ever refused."""


async def store_refundable(mongo: Mongo, prefix: str, count: int) -> list[str]:
    """Insert paid payments whose provider can refund their method; their ids."""
    documents = refundable_documents(mongo.db, prefix, count)
    ids: list[str] = []
    while some := list(islice(documents, BATCH)):
        # By a majority: the service reads no sooner.
        await mongo.db[COLLECTION].insert_many(some, ordered=False)
        ids += [document["_id"] for document in some]
    return ids


def refundable_documents(db: Database, prefix: str, count: int) -> Iterator[Document]:
    """Their documents, ids and all."""
    for number, document in enumerate(payment_documents(db, count)):
        kept = {name: value for name, value in document.items() if name not in FAILED_ONLY}
        yield kept | {
            "_id": f"{prefix}-{number:06d}",
            "status": "PAID",
            "paid_at": document["created_at"],
            "provider": "stripe",
            "method": "credit-cards",
            "amount_minor": Int64(AMOUNT_MINOR),
        }

"""A collection full of payments, in the layout that the transactions service stores."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from pymongo import WriteConcern

from bench.folded import writes_of
from bench.workload import CHANNELS, DAYS, FIRST_INSTANT, METHODS, PROVIDERS, payment_events
from payops_kernel.mongo import Database, Int64, Mongo
from transactions.store import transactions as stored_transactions
from transactions.store.transactions import COLLECTION

STATUSES = {
    "PAID": 78, "FAILED": 12, "CREATED": 6, "PARTIALLY_REFUNDED": 3, "TOTALLY_REFUNDED": 1,
}  # fmt: skip
"""Status and its weight: skewed, as real payments are."""
BATCH = 5_000
WRITERS = 2
SEED = 20_250_101


async def store_payments(mongo: Mongo, count: int) -> None:
    """Insert ``count`` payments straight into the collection, its indexes being there."""
    rows = mongo.db.get_collection(COLLECTION, write_concern=WriteConcern(w=1))
    documents = payment_documents(mongo.db, count)
    sizes = [min(BATCH, count - start) for start in range(0, count, BATCH)]

    async def write() -> None:
        while sizes:
            size = sizes.pop()
            await rows.insert_many([next(documents) for _ in range(size)], ordered=False)

    await asyncio.gather(*(write() for _ in range(WRITERS)))
    await _need_no_renewal(mongo.db)


async def _need_no_renewal(db: Database) -> None:
    # The service wrote such rows itself: it has nothing to make anew in them beside the measuring.
    renewal = getattr(stored_transactions, "SEARCH_RENEWAL", None)  # an older one has no renewals
    if renewal is not None:
        await db["renewals"].replace_one({"_id": renewal.name}, {"done": True}, upsert=True)


def payment_documents(db: Database, count: int) -> Iterator[dict[str, Any]]:
    """Documents like those that the service stores, each with its own skewed particulars.

    The service's own code makes one document; the others are that one with other values, so a
    change of the layout is followed.
    """
    pattern = writes_of(payment_events("pattern", 2), db)[-1].document
    chance = random.Random(SEED)
    statuses = chance.choices(list(STATUSES), list(STATUSES.values()), k=count)
    methods = chance.choices(list(METHODS), list(METHODS.values()), k=count)
    channels = chance.choices(list(CHANNELS), list(CHANNELS.values()), k=count)
    providers = chance.choices(list(PROVIDERS), list(PROVIDERS.values()), k=count)
    for number in range(count):
        at = FIRST_INSTANT + timedelta(milliseconds=chance.randrange(DAYS * 86_400_000))
        yield pattern | {
            "_id": f"stored-{chance.getrandbits(40):010x}-{number}",
            "status": statuses[number],
            "method": methods[number],
            "channel": channels[number],
            "provider": providers[number],
            "created_at": at,
            "amount_minor": Int64(chance.randrange(100, 50_000)),
        }

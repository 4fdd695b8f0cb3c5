"""Pausing the relay of a service without a switch in the product: the benchmark has its lease."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from payops_kernel.messaging.leases import COLLECTION
from payops_kernel.mongo import Mongo

LEASE = "relay"
OWNER = "benchmark"
HELD_FOR = timedelta(days=1)


async def hold_relay(mongo: Mongo) -> None:
    """Take the lease before the service starts: its relay waits and publishes nothing."""
    expires = datetime.now(UTC) + HELD_FOR
    await mongo.db[COLLECTION].replace_one(
        {"_id": LEASE}, {"owner": OWNER, "expires_at": expires}, upsert=True
    )


async def give_relay_back(mongo: Mongo) -> None:
    """The service's relay takes the lease at its next sweep."""
    await mongo.db[COLLECTION].delete_one({"_id": LEASE, "owner": OWNER})


async def relay_at_work(mongo: Mongo) -> bool:
    """Whether somebody else has the lease now."""
    row = await mongo.db[COLLECTION].find_one({"_id": LEASE})
    return row is not None and row["owner"] != OWNER

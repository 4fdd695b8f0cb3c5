"""A test's database ends with the test."""

from pymongo.errors import ExecutionTimeout

from payops_kernel.mongo import Mongo
from payops_kernel.mongo.abandoned import end_abandoned_transactions

A_TRY_MS = 5_000


async def drop_database(mongo: Mongo) -> None:
    """Drop it, whatever its processes left: mongod keeps an open transaction for a minute."""
    while True:
        await end_abandoned_transactions(mongo, idle_seconds=0)
        try:
            await mongo.db.command("dropDatabase", maxTimeMS=A_TRY_MS)
        except ExecutionTimeout:
            continue
        return

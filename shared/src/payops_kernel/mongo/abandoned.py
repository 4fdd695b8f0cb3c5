"""Transactions that a killed or paused process left open: ended, so that others need not wait.

mongod keeps such a transaction, and every lock of it, for its lifetime limit (60 s by default),
though nobody will ever commit it. Ending one that is alive after all is harmless: its owner sees
a transient error, tries again and meets the fence.
"""

from typing import Any

from payops_kernel.logging import get_logger
from payops_kernel.mongo.client import Mongo

IDLE_SECONDS = 5.0
"""A transaction of ours is never idle that long between two commands of a living process."""
FIRST_TRY = 8
"""Tries (about 2.5 s of them) before a conflict is taken for one that does not end by itself."""

log = get_logger(__name__)


async def end_abandoned_transactions(mongo: Mongo, idle_seconds: float = IDLE_SECONDS) -> int:
    """End this database's transactions that nobody continues; return how many.

    Sessions are told by the client's ``appname``, which is the database's name. Needs no right
    beyond those of the user that opened them.
    """
    pipeline: list[dict[str, Any]] = [
        {"$currentOp": {"idleSessions": True}},
        {
            "$match": {
                "type": "idleSession",
                "appName": mongo.db.name,
                "transaction.timeInactiveMicros": {"$gt": int(idle_seconds * 1_000_000)},
            }
        },
        {"$project": {"lsid": 1}},
    ]
    found = [row["lsid"] async for row in mongo.client.admin.aggregate(pipeline)]
    if found:
        await mongo.client.admin.command("killSessions", [{"id": lsid["id"]} for lsid in found])
        log.warning("mongo.abandoned_transactions_ended", count=len(found))
    return len(found)

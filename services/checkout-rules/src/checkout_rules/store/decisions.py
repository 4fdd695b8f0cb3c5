"""Decisions that somebody asked to keep: one for each transaction, the first, for 90 days."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from payops_contracts.ids import TransactionId
from payops_kernel.mongo import ASCENDING, Binary, Collections, DuplicateKeyError, IndexModel

COLLECTION = "decisions"
INDEXES = {
    COLLECTION: [IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0)]
}
KEPT_DAYS = 90


class DecisionStore:
    """Found by transaction. What was decided is kept as bytes: a context's keys are anybody's."""

    indexes = INDEXES

    def __init__(self, db: Collections) -> None:
        self._decisions = db[COLLECTION]

    async def keep(
        self, transaction_id: TransactionId, decided_at: datetime, said: dict[str, Any]
    ) -> bool:
        """Keep a decision with its context; False, and nothing changes, where one is kept."""
        document = {
            "_id": transaction_id,
            "decided_at": decided_at,
            "expires_at": datetime.now(UTC) + timedelta(days=KEPT_DAYS),
            "said": Binary(orjson.dumps(said)),
        }
        try:
            await self._decisions.insert_one(document)
        except DuplicateKeyError:
            return False
        return True

    async def of(self, transaction_id: TransactionId) -> list[dict[str, Any]]:
        """The decision of a transaction, if one is kept: its record and context, and when."""
        found = await self._decisions.find_one({"_id": transaction_id})
        if found is None:
            return []
        instants = {"transaction_id": transaction_id, "decided_at": found["decided_at"]}
        return [{**instants, **orjson.loads(found["said"])}]

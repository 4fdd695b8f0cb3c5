"""Tokens that were signed out, by their digests, until they would have expired."""

from collections.abc import Collection
from datetime import datetime

from payops_kernel.mongo import ASCENDING, Collections, IndexModel

COLLECTION = "revoked_tokens"
INDEXES: dict[str, list[IndexModel]] = {
    COLLECTION: [IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0)]
}


class RevokedTokenStore:
    """Satisfies ``KeepsRevoked``. There are as many as people who signed out in a token's life."""

    indexes = INDEXES

    def __init__(self, db: Collections) -> None:
        self._revoked = db[COLLECTION]

    async def keep(self, digest: str, expires_at: datetime) -> None:
        """Keep a digest until then; one that is kept already stays."""
        await self._revoked.update_one(
            {"_id": digest}, {"$setOnInsert": {"expires_at": expires_at}}, upsert=True
        )

    async def all(self) -> Collection[str]:
        """All digests."""
        return [each["_id"] async for each in self._revoked.find({}, {"_id": 1})]

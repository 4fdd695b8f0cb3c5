"""Leases on server time (``$$NOW``), so that no clock of ours decides who is active."""

import time
from uuid import uuid4

from payops_kernel.mongo import Database, DuplicateKeyError

COLLECTION = "leases"
LEASE_MS = 10_000
RENEW_SECONDS = LEASE_MS / 3_000


class Lease:
    """A named lease of one database, held by at most one process at a time."""

    def __init__(self, db: Database, name: str, lease_ms: int = LEASE_MS) -> None:
        self.held = False
        self._rows = db[COLLECTION]
        self._name = name
        self._lease_ms = lease_ms
        self._owner = uuid4().hex
        self._renewed_at = 0.0

    async def hold(self) -> bool:
        """Take or renew the lease; False while another owner has it."""
        if self.held and time.monotonic() - self._renewed_at < self._lease_ms / 3_000:
            return True
        asked_at = time.monotonic()
        free = {
            "_id": self._name,
            "$or": [
                {"owner": self._owner},
                {"$expr": {"$lt": ["$expires_at", "$$NOW"]}},
            ],
        }
        expires = {"$add": ["$$NOW", self._lease_ms]}
        try:
            row = await self._rows.find_one_and_update(
                free, [{"$set": {"owner": self._owner, "expires_at": expires}}], upsert=True
            )
        except DuplicateKeyError:  # the upsert met the row of the owner that has it
            self.held = False
            return False
        del row
        self.held = True
        self._renewed_at = asked_at
        return True

    async def release(self) -> None:
        """Give it back, so that the next process need not wait for its end."""
        self.held = False
        await self._rows.delete_one({"_id": self._name, "owner": self._owner})

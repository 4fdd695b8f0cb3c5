"""Leases on server time (``$$NOW``), so that no clock of ours decides who is active."""

import time
from uuid import uuid4

from payops_kernel.mongo import AFTER, Database, DuplicateKeyError

COLLECTION = "leases"
LEASE_MS = 10_000
RENEWALS_A_LEASE = 3


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
        if (
            self.held
            and time.monotonic() - self._renewed_at < self._lease_ms / 1000 / RENEWALS_A_LEASE
        ):
            return True
        asked_at = time.monotonic()
        mine_to_take = {
            "$or": [
                {"$eq": [{"$ifNull": ["$owner", self._owner]}, self._owner]},
                {"$lt": ["$expires_at", "$$NOW"]},
            ]
        }
        expires = {"$add": ["$$NOW", self._lease_ms]}
        try:
            row = await self._rows.find_one_and_update(
                {"_id": self._name},
                [
                    {"$set": {"free": mine_to_take}},
                    {
                        "$set": {
                            "owner": {"$cond": ["$free", self._owner, "$owner"]},
                            "expires_at": {"$cond": ["$free", expires, "$expires_at"]},
                        }
                    },
                    {"$unset": "free"},
                ],
                upsert=True,
                return_document=AFTER,
            )
        except DuplicateKeyError:  # two made the first row at once; the other has it
            row = None
        self.held = row is not None and row["owner"] == self._owner
        self._renewed_at = asked_at
        return self.held

    async def release(self) -> None:
        """Give it back, so that the next process need not wait for its end."""
        self.held = False
        await self._rows.delete_one({"_id": self._name, "owner": self._owner})

"""The clock of one service, driven through a demo's past: the platform's clock document."""

from __future__ import annotations

import time

from payops_local.connections import Client, Document, MongoClient

SERVICE = "billing-debits"
DATABASE, COLLECTION, ID = "platform", "platform", "clock"
DAY_MS = 86_400_000
PLACE = f"of.{SERVICE}"


def begin_past(uri: str, prefix: str, days: int) -> None:
    """Let the service begin so many days ago, if it has never run; with 0 days let it be real time.

    Raises ``PyMongoError``.
    """
    with MongoClient[Document](uri) as client:
        clock = client[f"{prefix}{DATABASE}"][COLLECTION]
        if not days:
            clock.update_one({"_id": ID}, {"$unset": {"of": ""}})
            return
        database = f"{prefix}{SERVICE.replace('-', '_')}"
        if not client[database].list_collection_names():
            first = {"offset_ms": 0, "of": {SERVICE: -days * DAY_MS}}
            clock.update_one({"_id": ID}, {"$setOnInsert": first}, upsert=True)


class DrivenClock:
    """The document, while the past is played. Raises ``PyMongoError``."""

    def __init__(self, uri: str, prefix: str) -> None:
        self._client = Client(uri)
        self._clock = self._client[f"{prefix}{DATABASE}"][COLLECTION]

    async def stands_at(self) -> float | None:
        """The instant it is for the service, in seconds since 1970; None when that is real time."""
        found = await self._clock.find_one({"_id": ID}) or {}
        offset = found.get("of", {}).get(SERVICE)
        return None if offset is None else time.time() + offset / 1_000

    async def stand_at(self, at: float) -> None:
        """Let it be that instant now."""
        offset = round((at - time.time()) * 1_000)
        await self._clock.update_one({"_id": ID}, {"$set": {PLACE: offset}})

    async def real_again(self) -> None:
        """The past is over."""
        await self._clock.update_one({"_id": ID}, {"$unset": {"of": ""}})

    async def close(self) -> None:
        """Nothing more is asked."""
        await self._client.close()

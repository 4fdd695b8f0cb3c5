"""Which dead letters were replayed: a collection in the database of the group's service."""

from __future__ import annotations

from datetime import UTC, datetime

from payops_local.connections import Client, Database, database
from payops_local.dead_letters import DeadLetter
from payops_local.platform import Platform

NOTES = "dead_letter_replays"


class Notes:
    """Which dead letters were replayed: a collection in the database of the group's service."""

    def __init__(self, platform: Platform, client: Client) -> None:
        self._platform, self._client = platform, client

    def _of(self, letter: DeadLetter) -> Database:
        return database(self._client, self._platform.database(letter.subscription.group))

    async def replayed_at(self, letter: DeadLetter) -> datetime | None:
        """When it was replayed last, None when it never was."""
        note = await self._of(letter)[NOTES].find_one({"_id": letter.mark})
        return None if note is None else note["replayed_at"]

    async def note(self, letter: DeadLetter) -> None:
        """Note a replay."""
        await self._of(letter)[NOTES].update_one(
            {"_id": letter.mark},
            {"$set": {"replayed_at": datetime.now(UTC)}, "$inc": {"times": 1}},
            upsert=True,
        )

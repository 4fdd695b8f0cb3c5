"""Catching a relay in the act: between what it has read and what it will publish."""

from datetime import UTC, datetime, timedelta
from typing import Any

from payops_kernel.testing import eventually
from payops_testing.faultlab.arena import Arena

READ_TAKES_MS = 4_500
"""Longer than the time after which a relay asks again whether the lease is still its own."""
CATCH_SECONDS = 30.0


def slow_reads(arena: Arena) -> None:
    """From now on each read of the outbox takes :data:`READ_TAKES_MS`."""
    arena.fail_command(
        "alwaysOn",
        failCommands=["find"],
        namespace=f"{arena.database.name}.outbox",
        blockConnection=True,
        blockTimeMS=READ_TAKES_MS,
    )


async def reading_what_waits(arena: Arena) -> None:
    """Some relay is in the middle of a read that will bring it waiting documents."""

    def look() -> bool:
        waits = arena.database["outbox"].estimated_document_count() > 0
        return waits and any(_is_relay_read(arena, operation) for operation in _operations(arena))

    await eventually(look, CATCH_SECONDS)


def steal_lease(arena: Arena, seconds: float) -> None:
    """Another owner has the relay's lease, for so long."""
    arena.database["leases"].update_one(
        {"_id": "relay"},
        {"$set": {"owner": "thief", "expires_at": datetime.now(UTC) + timedelta(seconds=seconds)}},
    )


def lease_owner(arena: Arena) -> str | None:
    """Who has the relay's lease."""
    row = arena.database["leases"].find_one({"_id": "relay"})
    return None if row is None else str(row["owner"])


def _operations(arena: Arena) -> list[dict[str, Any]]:
    return list(arena.admin.aggregate([{"$currentOp": {"allUsers": True}}]))


def _is_relay_read(arena: Arena, operation: dict[str, Any]) -> bool:
    command = operation.get("command", {})
    return (
        command.get("find") == "outbox"
        and command.get("$db") == arena.database.name
        and "projection" not in command
    )

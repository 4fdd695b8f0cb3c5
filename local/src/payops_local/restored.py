"""After a service's database was restored from a backup: nothing that was seen is said again.

Stop the service, restore its database, run this, start the service. The service reads its topics
again from its older positions; then it raises every version above all that consumers have seen and
says every state again, counts numbers on behind those that were given, and takes commands again.
Until it has read, commands get 503. Jobs that were open in the backup are cancelled: their rows may
have been done since. Safe to repeat: one that is on its way is followed, one that is done is named;
but either may have come with the backup, which nobody can see but who restored it: ``--again``.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from datetime import UTC, datetime

from payops_contracts.topics import AUDIT, TOPICS
from payops_kernel.messaging.leases import COLLECTION as LEASES
from payops_kernel.mongo import Mongo, PyMongoError, connect
from payops_kernel.restoring import AlreadyRestored, Marker, State, ask
from payops_kernel.restoring.marker import current
from payops_kernel.restoring.work import LEASE
from payops_local.connections import mongo_client
from payops_local.errors import PlatformError
from payops_local.platform import Platform
from payops_local.progress import Progress
from payops_local.services import SERVICES

LOOK_EVERY_S = 0.5
SERVICE_LIMIT_S = 12.0
"""A service that runs is seen at work within this time."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("service", help="for example transactions")
    parser.add_argument(
        "--again", action="store_true",
        help="the database was restored once more since the last one was asked for",
    )  # fmt: skip


async def run(args: argparse.Namespace, platform: Platform) -> int:
    """Exit code 0 when all is raised, or noted for a service that does not run yet."""
    _require_service(args.service)
    if not any(args.service in topic.publishers for topic in TOPICS if topic is not AUDIT):
        print(
            f"{args.service} publishes nothing under versions: start it, and it reads on from "
            "its stored positions; what it knows already changes nothing."
        )
        return 0
    async with mongo_client(platform.mongo):
        pass  # seen to answer, or said in one sentence
    mongo = connect(platform.mongo, platform.database(args.service))
    try:
        before = await current(mongo.db)
        marker = await ask(mongo, args.service, again=args.again)
        if before is not None and marker.id == before.id:
            print(_on_its_way(marker))
        ended = await _followed(mongo, marker)
    except AlreadyRestored as done:
        print(_told(done.marker))
        print("If the database was restored once more since then, say --again.")
        return 0
    except PyMongoError as error:
        raise PlatformError(
            f"MongoDB did not answer ({str(error)[:200]}): run this again."
        ) from error
    finally:
        mongo.close()
    if ended is None:
        print(
            f"Noted in the database. {args.service} does not run: start it (./payops up), and it "
            "does the rest by itself; run this again to see how far it is."
        )
        return 0
    print(_told(ended))
    return 0


def _require_service(name: str) -> None:
    known = [service.name for service in SERVICES if service.owns_database]
    if name not in known:
        raise PlatformError(f"{name} has no database: choose one of {', '.join(known)}.")


async def _followed(mongo: Mongo, marker: Marker) -> Marker | None:
    """The marker once it is done; None when no process of the service works on it."""
    progress, seen_at = Progress(), time.monotonic()
    try:
        while True:
            found = await current(mongo.db)
            if found is None or found.id != marker.id:
                raise PlatformError("The restoration was taken away meanwhile: run this again.")
            if found.state is State.DONE:
                return found
            if await _is_worked_on(mongo):
                seen_at = time.monotonic()
            if time.monotonic() - seen_at > SERVICE_LIMIT_S:
                return None
            progress.show(_step(found))
            await asyncio.sleep(LOOK_EVERY_S)
    finally:
        progress.close()


async def _is_worked_on(mongo: Mongo) -> bool:
    lease = await mongo.db[LEASES].find_one(
        {"_id": LEASE, "$expr": {"$gt": ["$expires_at", "$$NOW"]}}
    )
    return lease is not None


def _step(marker: Marker) -> str:
    if marker.state is State.ASKED:
        return "reading again what happened since the backup"
    return f"{marker.raised:,} states said again, raised by {marker.raise_by:,}"


def _on_its_way(marker: Marker) -> str:
    asked = marker.asked_at.isoformat(timespec="seconds")
    return (
        f"Asked for at {asked}, and on its way: {_step(marker)}. "
        "If the database was restored since, say --again."
    )


def _told(marker: Marker) -> str:
    ended = (marker.ended_at or datetime.now(UTC)).isoformat(timespec="seconds")
    first = f"Restored at {ended}: {_step(marker)}."
    return "\n".join([first, *marker.findings])

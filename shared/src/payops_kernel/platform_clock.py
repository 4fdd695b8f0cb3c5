"""The platform's clock document: one for all services, read by each every few seconds."""

import asyncio
from datetime import timedelta

from payops_kernel.clock import PlatformClock
from payops_kernel.logging import get_logger
from payops_kernel.mongo import Database, Mongo, PyMongoError

COLLECTION = "platform"
DOCUMENT_ID = "clock"
LOOK_SECONDS = 2.0

log = get_logger(__name__)


def platform_database(mongo: Mongo, prefix: str) -> Database:
    """Where the platform keeps what is nobody's own; services only read it."""
    return mongo.client.get_database(f"{prefix}platform")


async def follow(clock: PlatformClock, platform: Database) -> None:
    """Keep ``clock`` where the platform's document says, until cancelled."""
    while True:
        try:
            await read_offset(clock, platform)
        except PyMongoError as error:
            log.debug("clock.unread", error=str(error)[:200])  # the last offset stays
        await asyncio.sleep(LOOK_SECONDS)


async def read_offset(clock: PlatformClock, platform: Database) -> None:
    """Read the offset once; no document means real time."""
    document = await platform[COLLECTION].find_one({"_id": DOCUMENT_ID})
    offset = timedelta(milliseconds=document["offset_ms"]) if document else timedelta(0)
    if offset != clock.offset:
        log.info("clock.moved", offset_seconds=offset.total_seconds())
        clock.offset = offset

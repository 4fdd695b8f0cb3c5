"""The platform's clock document: one for all services, read by each twice a second."""

import asyncio
from datetime import timedelta

from payops_kernel.clock import PlatformClock
from payops_kernel.logging import get_logger
from payops_kernel.mongo import Database, Mongo, PyMongoError

COLLECTION = "platform"
DOCUMENT_ID = "clock"
LOOK_SECONDS = 0.5

log = get_logger(__name__)


def platform_database(mongo: Mongo, prefix: str) -> Database:
    """Where the platform keeps what is nobody's own; services only read it."""
    return mongo.client.get_database(f"{prefix}platform")


async def follow(clock: PlatformClock, platform: Database, service: str = "") -> None:
    """Keep ``clock`` where the platform's document says, until cancelled."""
    while True:
        try:
            await read_offset(clock, platform, service)
        except PyMongoError as error:
            log.debug("clock.unread", error=str(error)[:200])  # the last offset stays
        await asyncio.sleep(LOOK_SECONDS)


async def read_offset(clock: PlatformClock, platform: Database, service: str = "") -> None:
    """Read the offset once; no document means real time. ``of`` says it for single services."""
    document = await platform[COLLECTION].find_one({"_id": DOCUMENT_ID}) or {"offset_ms": 0}
    told = timedelta(milliseconds=document.get("of", {}).get(service, document["offset_ms"]))
    if told != clock.offset:
        log.info("clock.moved", offset_seconds=told.total_seconds())
        clock.offset = told

"""Ways to a platform's Kafka and MongoDB that end in one sentence when nobody answers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from bson.codec_options import CodecOptions
from pymongo import AsyncMongoClient, ReadPreference, WriteConcern
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from payops_local.errors import PlatformError

Document = dict[str, Any]
Client = AsyncMongoClient[Document]
Database = AsyncDatabase[Document]

START_LIMIT_S = 10.0
CLOSE_LIMIT_S = 5.0
REQUEST_TIMEOUT_MS = 15_000
FETCH_PARTITION_BYTES = 8 * 1024 * 1024
SELECTION_TIMEOUT_MS = 5_000
SOCKET_TIMEOUT_MS = 60_000
WRITE_TIMEOUT_MS = 10_000


def kafka_is_silent(address: str) -> PlatformError:
    """The sentence about a broker that does not answer."""
    return PlatformError(
        f"No Kafka broker answers at {address}: start the platform, `./payops up`, "
        "or name the broker with PAYOPS_KAFKA."
    )


def quiet_libraries() -> None:
    """What the Kafka client would print about a silent broker is said in one sentence of ours."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


@asynccontextmanager
async def kafka_reader(address: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer without a group: it reads, and leaves no trace. Raises PlatformError."""
    quiet_libraries()
    reader = AIOKafkaConsumer(
        bootstrap_servers=address,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level="read_uncommitted",
        max_partition_fetch_bytes=FETCH_PARTITION_BYTES,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
    )
    try:
        await asyncio.wait_for(reader.start(), START_LIMIT_S)
    except (KafkaError, OSError, TimeoutError) as error:
        await _close(reader)
        raise kafka_is_silent(address) from error
    try:
        yield reader
    finally:
        await _close(reader)


async def _close(reader: AIOKafkaConsumer) -> None:
    with contextlib.suppress(KafkaError, OSError, TimeoutError):
        await asyncio.wait_for(reader.stop(), CLOSE_LIMIT_S)


@asynccontextmanager
async def mongo_client(uri: str) -> AsyncIterator[Client]:
    """A client of the replica set, seen to answer. Raises PlatformError."""
    client: Client | None = None
    try:
        client = AsyncMongoClient(
            uri,
            serverSelectionTimeoutMS=SELECTION_TIMEOUT_MS,
            connectTimeoutMS=SELECTION_TIMEOUT_MS,
            socketTimeoutMS=SOCKET_TIMEOUT_MS,
            appname="payops",
        )
        await client.admin.command("ping")
    except PyMongoError as error:
        if client is not None:
            await client.close()
        raise PlatformError(
            "MongoDB does not answer: start the platform, `./payops up`, "
            "or name the replica set with PAYOPS_MONGO."
        ) from error
    try:
        yield client
    finally:
        await client.close()


def database(client: Client, name: str) -> Database:
    """One database: majority reads and writes from the primary, aware UTC instants."""
    return client.get_database(
        name,
        codec_options=CodecOptions(tz_aware=True),
        read_preference=ReadPreference.PRIMARY,
        write_concern=WriteConcern(w="majority", wtimeout=WRITE_TIMEOUT_MS),
        read_concern=ReadConcern("majority"),
    )

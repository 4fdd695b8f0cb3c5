"""Ways to a platform's Kafka and MongoDB that end in one sentence when nobody answers.

What else of the MongoDB driver this package uses is imported from here.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bson.codec_options import CodecOptions, DatetimeConversion
from bson.decimal128 import Decimal128
from bson.errors import BSONError
from pymongo import ASCENDING, AsyncMongoClient, MongoClient, ReadPreference, WriteConcern
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.uri_parser import parse_uri

from payops_local.errors import PlatformError

Document = dict[str, Any]
Client = AsyncMongoClient[Document]
Database = AsyncDatabase[Document]
Session = AsyncClientSession

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
        # An instant that no calendar has comes as its milliseconds, so that it can be named.
        codec_options=CodecOptions(
            tz_aware=True, datetime_conversion=DatetimeConversion.DATETIME_AUTO
        ),
        read_preference=ReadPreference.PRIMARY,
        write_concern=WriteConcern(w="majority", wtimeout=WRITE_TIMEOUT_MS),
        read_concern=ReadConcern("majority"),
    )


__all__ = [
    "ASCENDING",
    "BSONError",
    "Client",
    "Database",
    "Decimal128",
    "Document",
    "MongoClient",
    "OperationFailure",
    "PyMongoError",
    "Session",
    "database",
    "kafka_is_silent",
    "mongo_client",
    "parse_uri",
    "quiet_libraries",
]

"""One connection pool a process, with every concern stated and none left to a default."""

from dataclasses import dataclass
from typing import Any, Protocol

from bson.codec_options import CodecOptions
from motor.motor_asyncio import (
    AsyncIOMotorClient,
    AsyncIOMotorCollection,
    AsyncIOMotorDatabase,
)
from pymongo import ReadPreference, WriteConcern
from pymongo.read_concern import ReadConcern

Document = dict[str, Any]
Database = AsyncIOMotorDatabase[Document]
Collection = AsyncIOMotorCollection[Document]


class Collections(Protocol):
    """Collections by name: a whole database, or those that somebody may use."""

    def __getitem__(self, name: str, /) -> Collection: ...


POOL_SIZE_MAX = 50
SERVER_SELECTION_TIMEOUT_MS = 5_000
CONNECT_TIMEOUT_MS = 5_000
SOCKET_TIMEOUT_MS = 20_000
WRITE_TIMEOUT_MS = 10_000
MAJORITY = WriteConcern(w="majority", wtimeout=WRITE_TIMEOUT_MS)


@dataclass(frozen=True, slots=True)
class Mongo:
    """The client and one service's own database."""

    client: AsyncIOMotorClient[Document]
    db: Database

    async def ping(self) -> None:
        """Raise when the primary does not answer."""
        await self.client.admin.command("ping")

    def close(self) -> None:
        """Give all connections back."""
        self.client.close()


def connect(uri: str, database: str) -> Mongo:
    """A pool for one service's database: majority writes and reads, primary only, aware UTC."""
    client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
        uri,
        maxPoolSize=POOL_SIZE_MAX,
        serverSelectionTimeoutMS=SERVER_SELECTION_TIMEOUT_MS,
        connectTimeoutMS=CONNECT_TIMEOUT_MS,
        socketTimeoutMS=SOCKET_TIMEOUT_MS,
        retryWrites=True,
        retryReads=True,
        appname=database,
    )
    db = client.get_database(
        database,
        codec_options=CodecOptions(tz_aware=True),
        read_preference=ReadPreference.PRIMARY,
        write_concern=MAJORITY,
        read_concern=ReadConcern("majority"),
    )
    return Mongo(client, db)


def with_snapshot_reads(collection: Collection) -> Collection:
    """The collection, of which each find sees one instant that no failover takes back."""
    return collection.with_options(read_concern=ReadConcern("snapshot"))


def with_confirmed_reads(collection: Collection) -> Collection:
    """The collection, of which a find by ``_id`` sees every write before it and none undone.

    Linearizable: the primary asks the others first, so give such a find a time limit.
    """
    return collection.with_options(read_concern=ReadConcern("linearizable"))


def present(**parts: object) -> Document:
    """The parts of a document that are there; absent optional ones are left out."""
    return {name: part for name, part in parts.items() if part is not None}

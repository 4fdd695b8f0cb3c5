"""Reads of one instant: every batch as the database was at one cluster time.

mongod keeps the past for ``minSnapshotHistoryWindowInSeconds`` (300 s by default); a read of an
older instant raises :class:`SnapshotGone`.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bson import Timestamp
from bson.codec_options import CodecOptions
from pymongo.errors import ExecutionTimeout, OperationFailure, PyMongoError

from payops_kernel.errors import PayOpsError
from payops_kernel.mongo.client import Database, Document
from payops_kernel.mongo.reads import READ_TIME_MAX_MS, QueryTooBroad
from payops_kernel.mongo.transactions import is_transient, retry_delay

READ_TRIES_MAX = 8
_SNAPSHOT_TOO_OLD = 239
_OPTIONS: CodecOptions[Document] = CodecOptions(tz_aware=True)


class SnapshotGone(PayOpsError):
    """The instant lies further back than mongod remembers."""

    code = "snapshot_gone"
    title = "The instant lies too far back"
    status = 410


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows, and whether there are more of them."""

    rows: list[Document]
    more: bool


class Snapshot:
    """One instant of a database. The first read fixes it, unless it is given."""

    def __init__(self, db: Database, at: Timestamp | None = None) -> None:
        self._db = db
        self.at = at
        """The cluster time that is read; None before the first read."""

    @property
    def instant(self) -> datetime | None:
        """The cluster time as an aware UTC instant, to the second."""
        return None if self.at is None else datetime.fromtimestamp(self.at.time, UTC)

    async def find(
        self,
        collection: str,
        query: Mapping[str, Any],
        *,
        sort: Sequence[tuple[str, int]],
        limit: int,
        projection: Mapping[str, Any] | None = None,
        time_max_ms: int = READ_TIME_MAX_MS,
    ) -> Batch:
        """Up to ``limit`` rows; ``more`` when the limit, or mongod's 16 MB, cut them off.

        Raises :class:`~payops_kernel.mongo.QueryTooBroad` past the time limit.
        """
        command: Document = {
            "find": collection,
            "filter": dict(query),
            "sort": dict(sort),
            "limit": limit,
            "batchSize": limit,
            "maxTimeMS": time_max_ms,
        }
        if projection is not None:
            command["projection"] = dict(projection)
        cursor = await self._read(command)
        rows: list[Document] = cursor["firstBatch"]
        if cursor["id"]:
            await self._db.command({"killCursors": collection, "cursors": [cursor["id"]]})
        return Batch(rows, len(rows) == limit or bool(cursor["id"]))

    async def count_up_to(
        self,
        collection: str,
        query: Mapping[str, Any],
        limit: int,
        time_max_ms: int = READ_TIME_MAX_MS,
    ) -> int:
        """How many rows match, counted no further than ``limit``."""
        cursor = await self._read(
            {
                "aggregate": collection,
                "pipeline": [{"$match": dict(query)}, {"$limit": limit}, {"$count": "rows"}],
                "cursor": {},
                "maxTimeMS": time_max_ms,
            }
        )
        rows = cursor["firstBatch"]
        return int(rows[0]["rows"]) if rows else 0

    async def _read(self, command: Document) -> Document:
        concern: Document = {"level": "snapshot"}
        for attempt in range(READ_TRIES_MAX):
            if self.at is not None:
                concern["atClusterTime"] = self.at
            try:
                reply: Document = await self._db.command(
                    {**command, "readConcern": concern}, codec_options=_OPTIONS
                )
            except ExecutionTimeout as error:
                raise QueryTooBroad from error
            except PyMongoError as error:
                if isinstance(error, OperationFailure) and error.code == _SNAPSHOT_TOO_OLD:
                    raise SnapshotGone("The database no longer remembers this instant.") from error
                if not is_transient(error) or attempt + 1 == READ_TRIES_MAX:
                    raise
                await asyncio.sleep(retry_delay(attempt))
            else:
                cursor: Document = reply["cursor"]
                self.at = self.at or cursor["atClusterTime"]
                return cursor
        raise AssertionError("the last try returns or raises")

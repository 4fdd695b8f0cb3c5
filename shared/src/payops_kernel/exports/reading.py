"""The rows of an export: keyset batches of one instant, in the list's own order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from payops_kernel.exports.columns import Document, at
from payops_kernel.http.lists import Sort, SortField, SortKey, beyond
from payops_kernel.mongo import Database, Timestamp
from payops_kernel.mongo.packing import packed, unpacked
from payops_kernel.mongo.snapshots import Batch, Snapshot, SnapshotGone

FIRST_BATCH_ROWS = 200
"""As many as the longest page of a list: what a list finds in time, its export begins in time."""
BATCH_ROWS = 500
"""A batch is decoded, and written, in one go: requests beside it wait so long."""
BATCH_TIME_MAX_MS = 30_000
"""For every batch but the first: rows of a narrow filter may lie far apart."""


@dataclass(frozen=True, slots=True)
class RowQuery:
    """Which rows, as their store says: the list's conditions, frozen."""

    collection: str
    filter: Mapping[str, Any]
    sort: Sort
    batch_rows: int = BATCH_ROWS

    def stored(self) -> Document:
        """As part of a job's request."""
        return {
            "collection": self.collection,
            "filter": packed(self.filter),
            "sort": self.sort.text,
            "keys": [[k.field.path, k.field.nullable, k.direction] for k in self.sort.keys],
            "batch_rows": self.batch_rows,
        }

    @classmethod
    def restored(cls, stored: Mapping[str, Any]) -> Self:
        """Back from a job's request."""
        keys = tuple(
            SortKey(SortField(path, nullable), direction)
            for path, nullable, direction in stored["keys"]
        )
        return cls(
            stored["collection"],
            unpacked(stored["filter"]),
            Sort(stored["sort"], keys),
            stored["batch_rows"],
        )


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows that were read as of one instant."""

    at: Timestamp
    first_row: int
    """Number of its first row, from 1."""


class SnapshotReader:
    """Gives the rows batch by batch.

    An export that outlives what mongod remembers goes on behind its last row in a newer instant;
    ``segments`` says so, and the manifest with it. No row comes twice, for the order continues.
    """

    def __init__(
        self,
        db: Database,
        query: RowQuery,
        projection: Mapping[str, Any],
        start: Timestamp | None = None,
    ) -> None:
        self.snapshot = Snapshot(db, start)
        self.segments: list[Segment] = []
        self._db = db
        self._query = query
        self._projection = projection
        self._keys = [at(key.field.path) for key in query.sort.keys]
        self._last: tuple[Any, ...] | None = None
        self._rows = 0
        self._more = True

    async def next(self) -> Sequence[Document]:
        """The next rows; none at the end. Raises ``QueryTooBroad`` past the time limit."""
        if not self._more:
            return []
        first = self._last is None
        batch = await self._batch(
            min(FIRST_BATCH_ROWS, self._query.batch_rows) if first else self._query.batch_rows
        )
        self._note_segment()
        self._more = batch.more
        if batch.rows:
            self._rows += len(batch.rows)
            self._last = tuple(key(batch.rows[-1]) for key in self._keys)
        return batch.rows

    async def _batch(self, limit: int) -> Batch:
        try:
            return await self._find(limit)
        except SnapshotGone:
            self.snapshot = Snapshot(self._db)
            return await self._find(limit)

    async def _find(self, limit: int) -> Batch:
        query, conditions = self._query, [dict(self._query.filter)]
        limits = {}
        if self._last is not None:
            conditions.append(beyond(query.sort, self._last, backward=False))
            limits = {"time_max_ms": BATCH_TIME_MAX_MS}
        return await self.snapshot.find(
            query.collection,
            {"$and": conditions},
            sort=query.sort.mongo(),
            limit=limit,
            projection=self._projection,
            **limits,
        )

    def _note_segment(self) -> None:
        instant = self.snapshot.at
        if instant is not None and (not self.segments or self.segments[-1].at != instant):
            self.segments.append(Segment(instant, self._rows + 1))

"""How many rows a filter leaves, estimated from a sample of the collection.

Each sampled row is a bit and each value a set of bits, so an estimate is a few operations on
integers: some microseconds, whatever filters are put together and however they depend on one
another.
"""

import math
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import or_
from typing import Any

from pymongo.errors import OperationFailure

from payops_kernel.logging import get_logger
from payops_kernel.mongo.client import Collection, Document

SAMPLE_ROWS = 2_000
SAMPLE_AGE_MAX_S = 60.0
SAMPLE_TIME_MAX_MS = 2_000
CHANCE = 0.05
"""How likely it may be that rows which lie anywhere seem to lie together."""
LEAST_HITS = 0.5
"""What no sampled row meets is rare, and not nothing."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Column:
    """A field's values, ascending; ``below[i]`` holds the rows with one of the first ``i``."""

    values: list[Any]
    below: list[int]

    def where(self, condition: Any) -> int:
        """The rows that meet a condition as ``payops_kernel.lists.filters`` makes it."""
        if not isinstance(condition, Mapping):
            return self._between(condition, condition)
        if "$in" in condition:
            found = 0
            for value in condition["$in"]:
                found |= self._between(value, value)
            return found
        start, end = 0, len(self.values)
        if "$gte" in condition:
            start = bisect_left(self.values, condition["$gte"])
        if "$lt" in condition:
            end = bisect_left(self.values, condition["$lt"])
        if "$lte" in condition:
            end = bisect_right(self.values, condition["$lte"])
        return self._slice(start, end)

    def before(self, rows: int, direction: int) -> int:
        """Those that lie before the first of some rows, which have values; -1 looks downwards."""
        if direction > 0:
            first = bisect_left(self.below, 1, key=lambda below: (below & rows).bit_count())
            return self.below[max(first - 1, 0)]
        last = bisect_left(
            self.below, rows.bit_count(), key=lambda below: (below & rows).bit_count()
        )
        return self.below[-1] & ~self.below[last]

    def _between(self, low: Any, high: Any) -> int:
        return self._slice(bisect_left(self.values, low), bisect_right(self.values, high))

    def _slice(self, start: int, end: int) -> int:
        return self.below[end] & ~self.below[start] if start < end else 0


class Sample:
    """Sampled rows of a collection of ``total`` rows, by field."""

    def __init__(self, rows: Sequence[Document], fields: Sequence[str], total: int) -> None:
        self._total = max(total, 1)
        self._count = len(rows)
        self._every = (1 << len(rows)) - 1
        self._columns = {field: _column(rows, field) for field in fields}
        self._rows = [tuple(row.get(field) for field in fields) for row in rows]
        self._fields = tuple(fields)
        self._combinations: dict[tuple[str, ...], int] = {}

    def rows(self, conditions: Mapping[str, Any]) -> float:
        """About how many rows of the collection meet the conditions on sampled fields.

        Never 0: what no sampled row meets counts as half of one.
        """
        return self._scaled(max(self._hits(conditions), LEAST_HITS))

    def rows_at_least(self, conditions: Mapping[str, Any]) -> float:
        """The same less what chance may have added: a few hits in a sample prove little."""
        hits = self._hits(conditions)
        return self._scaled(max(hits - math.sqrt(hits), LEAST_HITS))

    def rows_before(
        self,
        conditions: Mapping[str, Any],
        among: Mapping[str, Any],
        in_order_of: str,
        direction: int,
    ) -> float:
        """About how many rows ``among`` others lie in a field's order before the first that meets
        ``conditions``, 0 when chance alone would put it there: a month's rows lie together in the
        order of days, paid ones lie anywhere.
        """
        column = self._columns.get(in_order_of)
        if column is None:
            return 0.0
        placed = column.below[-1]  # a row without the field has no place
        found, others = self._bits(conditions) & placed, self._bits(among) & placed
        if not found:
            return 0.0
        before = (column.before(found, direction) & others).bit_count()
        hits, count = found.bit_count(), max(others.bit_count(), 1)
        if (1 - before / count) ** hits > CHANCE:
            return 0.0
        return self._scaled(max(0.0, before - count / (hits + 1)))

    def values(self, field: str) -> Sequence[Any]:
        """Every value of a field that was seen, ascending."""
        return self._columns[field].values

    def _hits(self, conditions: Mapping[str, Any]) -> int:
        return self._bits(conditions).bit_count()

    def _bits(self, conditions: Mapping[str, Any]) -> int:
        found = self._every
        for field, condition in conditions.items():
            if field in self._columns:
                found &= self._columns[field].where(condition)
        return found

    def _scaled(self, hits: float) -> float:
        return hits / max(self._count, 1) * self._total

    def leaps(self, fields: tuple[str, ...], conditions: Mapping[str, Any]) -> int:
        """How often an index of these fields is entered anew for conditions on some of them.

        Once for each combination of the values that lie before the last condition: all that were
        seen of a field without one.
        """
        asked = [place for place, field in enumerate(fields) if field in conditions]
        before = fields[: asked[-1]] if asked else ()
        values = (
            _values_asked(conditions[field])
            if field in conditions
            else len(self._columns[field].values)
            for field in before
        )
        return min(math.prod(values), self._combinations_of(before))

    def _combinations_of(self, fields: tuple[str, ...]) -> int:
        if fields not in self._combinations:
            places = [self._fields.index(field) for field in fields]
            seen = {tuple(row[place] for place in places) for row in self._rows}
            self._combinations[fields] = len(seen)
        return self._combinations[fields]


class SampledCollection:
    """Keeps a sample that is at most :data:`SAMPLE_AGE_MAX_S` old while somebody asks."""

    def __init__(
        self,
        collection: Collection,
        fields: Sequence[str],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._collection = collection
        self._fields = tuple(fields)
        self._monotonic = monotonic
        self._sample: Sample | None = None
        self._fresh_until = -math.inf

    async def sample(self) -> Sample | None:
        """The sample; while one caller renews it the others go on with the last one.

        None until one could be taken in time: an estimate is never worth a failure.
        """
        now = self._monotonic()
        if now >= self._fresh_until:
            self._fresh_until = now + SAMPLE_AGE_MAX_S
            try:
                self._sample = await self._taken()
            except OperationFailure as error:  # too slow, or a sporadic failure of $sample's own
                log.warning(
                    "mongo.no_sample", collection=self._collection.name, error=str(error)[:200]
                )
        return self._sample

    async def _taken(self) -> Sample:
        pipeline = [
            {"$sample": {"size": SAMPLE_ROWS}},
            {"$project": dict.fromkeys(self._fields, 1)},
        ]
        cursor = self._collection.aggregate(pipeline, maxTimeMS=SAMPLE_TIME_MAX_MS)
        rows = await cursor.to_list(length=SAMPLE_ROWS)
        total = await self._collection.estimated_document_count()
        return Sample(rows, self._fields, total)


def _values_asked(condition: Any) -> int:
    return len(condition["$in"]) if isinstance(condition, Mapping) and "$in" in condition else 1


def _column(rows: Sequence[Document], field: str) -> _Column:
    found: dict[Any, int] = {}
    for number, row in enumerate(rows):
        value = row.get(field)
        if value is not None:
            found[value] = found.get(value, 0) | 1 << number
    values = sorted(found)
    return _Column(values, list(accumulate((found[value] for value in values), or_, initial=0)))

"""Which index a list takes, by what each would cost.

mongod finds out by racing all indexes, remembers the winner by the filter's shape and not by its
values, and races again when the next values are rarer: that cost more than the page itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from payops_kernel.mongo.client import Collection
from payops_kernel.mongo.sampling import SampledCollection

COVERED_KEY_US = 0.8
"""Walking one key of an index that holds all that filters ask for."""
FETCHED_KEY_US = 3.3
"""The same when the row has to be looked at."""
SORTED_KEY_US = 0.7
"""More, when the rows that are found have to be sorted."""
LEAP_US = 3.0
"""Going to the next combination of an index's first fields."""


@dataclass(frozen=True, slots=True)
class IndexWay:
    """An index as a way to the rows of a list.

    ``bounded_by``: its first fields; conditions on any of them bound what is read, at a leap for
    each combination of values before the last. Its rows come sorted by ``in_order_of``. One that
    ``covers`` holds every field that a filter may name.
    """

    index: str
    bounded_by: tuple[str, ...]
    in_order_of: str | None = None
    covers: bool = False


class IndexChoice:
    """Chooses among the ways to a collection's rows, by a sample of them."""

    def __init__(
        self, collection: Collection, ways: Sequence[IndexWay], fields: Sequence[str]
    ) -> None:
        """``fields``: all that a filter may name and that an estimate shall know."""
        self._sampled = SampledCollection(collection, fields)
        self._ways = tuple(ways)
        self._fields = frozenset(fields)

    async def for_page(
        self, conditions: Mapping[str, Any], *, in_order_of: str, limit: int
    ) -> str | None:
        """The index for the first ``limit`` rows in an order; None leaves it to mongod."""
        return await self._cheapest(conditions, in_order_of, limit)

    async def for_count(self, conditions: Mapping[str, Any], *, limit: int) -> str | None:
        """The index for a count up to ``limit``; None leaves it to mongod."""
        return await self._cheapest(conditions, None, limit)

    async def _cheapest(
        self, conditions: Mapping[str, Any], in_order_of: str | None, limit: int
    ) -> str | None:
        if not self._fields.issuperset(conditions):
            return None
        sample = await self._sampled.sample()
        if sample is None:
            return None
        matched = sample.rows_at_least(conditions)

        def microseconds(way: IndexWay) -> float:
            asked = {field: conditions[field] for field in way.bounded_by if field in conditions}
            keys = sample.rows(asked)
            each = COVERED_KEY_US if way.covers else FETCHED_KEY_US
            leaps = sample.leaps(way.bounded_by, asked) * LEAP_US
            if in_order_of in {None, way.in_order_of}:
                return min(keys, limit * keys / matched) * each + leaps
            return keys * (each + SORTED_KEY_US) + leaps

        return min(self._ways, key=microseconds).index

"""Which index a list takes, by what each would cost.

mongod finds out by racing all indexes, remembers the winner by the filter's shape and not by its
values, and races again when the next values are rarer: that cost more than the page itself.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from payops_kernel.mongo.client import Collection
from payops_kernel.mongo.sampling import Sample, SampledCollection

COVERED_KEY_US = 0.8
"""Walking one key of an index that holds all that filters ask for."""
FETCHED_KEY_US = 3.3
"""The same when the row has to be looked at."""
SORTED_KEY_US = 0.7
"""More, when the rows that are found have to be sorted."""
LEAP_US = 3.0
"""Going to the next combination of an index's first fields."""
MERGED_WALK_US = 10.0
"""Beginning one of the walks that mongod merges."""
MERGED_WALKS_MAX = 200
"""mongod's own limit: from there on it finds all rows and sorts them."""
SECOND_READ_US = 1_000.0
"""Looking for the rows whose words were not named."""


@dataclass(frozen=True, slots=True)
class IndexWay:
    """An index as a way to the rows of a list.

    ``bounded_by``: its first fields; conditions on any of them bound what is read, at a leap for
    each combination of values before the last. Its rows come sorted by ``in_order_of``; by
    ``in_order_within`` they come so for each combination of the fields before that one. One that
    ``covers`` holds every field that a filter may name. ``every`` are conditions that all rows
    meet: mongod uses an index only from its first field on, and with these it does whatever
    filters name.
    """

    index: str
    bounded_by: tuple[str, ...]
    in_order_of: str | None = None
    in_order_within: str | None = None
    covers: bool = False
    every: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChosenWay:
    """The index to read by; None leaves it to mongod.

    ``words`` are values, by field, that no filter names: with them named too, mongod walks each
    combination in the list's order and merges the walks until the page is full.
    """

    index: str | None = None
    words: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def queries(self, query: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
        """What to find, at one instant: together the rows that meet ``query``, each once.

        With words there are two: the second is for rows with any other word, mostly none.
        """
        if not self.words:
            return (query,)
        named = [{name: {"$in": list(values)}} for name, values in self.words.items()]
        other = [{name: {"$nin": list(values)}} for name, values in self.words.items()]
        return {"$and": [query, *named]}, {"$and": [query, {"$or": other}]}


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
        self, conditions: Mapping[str, Any], *, in_order_of: str, direction: int = -1, limit: int
    ) -> ChosenWay:
        """The way to the first ``limit`` rows in an order: 1 upwards, -1 downwards."""
        return await self._cheapest(conditions, in_order_of, direction, limit)

    async def for_count(self, conditions: Mapping[str, Any], *, limit: int) -> str | None:
        """The index for a count up to ``limit``; None leaves it to mongod."""
        return (await self._cheapest(conditions, None, 1, limit)).index

    async def _cheapest(
        self, conditions: Mapping[str, Any], in_order_of: str | None, direction: int, limit: int
    ) -> ChosenWay:
        if not self._ways or not self._fields.issuperset(conditions):
            return ChosenWay()
        sample = await self._sampled.sample()
        if sample is None:
            return ChosenWay()
        costs = _Costs(sample, conditions, in_order_of, direction, limit)
        ways = [each for way in self._ways for each in costs.of(way)]
        return min(ways, key=lambda way: way[0])[1]


class _Costs:
    """What the rows that a list or a count asks for cost, by a sample; in microseconds."""

    def __init__(
        self,
        sample: Sample,
        conditions: Mapping[str, Any],
        in_order_of: str | None,
        direction: int,
        limit: int,
    ) -> None:
        self._sample = sample
        self._conditions = conditions
        self._in_order_of = in_order_of
        self._direction = direction
        self._limit = limit
        self._matched = sample.rows_at_least(conditions)

    def of(self, way: IndexWay) -> Iterator[tuple[float, ChosenWay]]:
        """How an index can be read, each with its cost."""
        asked = {
            name: self._conditions[name] for name in way.bounded_by if name in self._conditions
        }
        keys = self._sample.rows(asked)
        until_full = min(keys, self._limit * keys / self._matched + self._skipped(asked))
        each = COVERED_KEY_US if way.covers else FETCHED_KEY_US
        leaps = self._sample.leaps(way.bounded_by, asked) * LEAP_US
        if self._in_order_of in {None, way.in_order_of}:
            yield until_full * each + leaps, ChosenWay(way.index)
            return
        yield keys * (each + SORTED_KEY_US) + leaps, ChosenWay(way.index)
        if self._in_order_of == way.in_order_within:
            first = way.bounded_by[: way.bounded_by.index(way.in_order_within)]
            words = {name: self._sample.values(name) for name in first if name not in asked}
            walks = math.prod(
                len(words[name]) if name in words else _values_named(asked[name]) for name in first
            )
            if 0 < walks <= MERGED_WALKS_MAX:
                begun = walks * MERGED_WALK_US
                others = begun + SECOND_READ_US if words else 0.0
                yield until_full * each + begun + others, ChosenWay(way.index, words)

    def _skipped(self, asked: Mapping[str, Any]) -> float:
        if self._in_order_of is None:
            return 0.0
        order = self._in_order_of, self._direction
        return self._sample.rows_before(self._conditions, asked, *order)


def _values_named(condition: Any) -> int:
    """How many values a condition names one by one; 0 for a range."""
    if not isinstance(condition, Mapping):
        return 1
    return len(condition.get("$in", ()))

"""A declared list out of MongoDB, each read bounded and with an index behind it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from payops_kernel.http.counts import RememberedCounts
from payops_kernel.http.lists import (
    COUNT_CAP,
    Page,
    PageRequest,
    close_page,
    plan_find,
    with_total,
)
from payops_kernel.lists.chosen import Chosen
from payops_kernel.lists.declared import DeclaredList
from payops_kernel.mongo import (
    COUNT_TIME_MAX_MS,
    ChosenWay,
    Collection,
    Database,
    Document,
    IndexChoice,
    aggregate_rows,
    count_up_to,
    find_rows,
)

IDS_A_READ = 1_000
LEFT_TO_MONGOD = ChosenWay()


class ListReads:
    """Pages of a list, and one of its rows."""

    def __init__(self, db: Database, declared: DeclaredList) -> None:
        self._list = declared
        self._rows = db[declared.collection]
        self._counts: RememberedCounts[int] = RememberedCounts()
        indexed = dict.fromkeys(field for way in declared.ways for field in way.bounded_by)
        self._indexes = IndexChoice(self._rows, declared.ways, tuple(indexed))

    async def page(self, asked: Document, page: PageRequest) -> Page:
        """One page of stored rows under the conditions that were asked for."""
        sorted_by = page.sort.keys[0].field.path
        direction = page.sort.keys[0].direction
        query, way = await self.way_to_page(asked, sorted_by, page.limit, direction)

        async def count() -> int | None:
            return await self._counts.of(page.scope, lambda: self.count(asked))

        return await page_of(self._rows, page, query, self._list.fields, count, way=way)

    async def count(self, asked: Document) -> int | None:
        """How many rows match, to one over the cap; None when that cannot be said in time."""
        query, index = await self._way_to_all(asked)
        return await count_up_to(self._rows, query, COUNT_CAP + 1, hint=index)

    async def grouped(
        self, asked: Document, group: Mapping[str, Any], limit: int, groups_max: int
    ) -> list[Document]:
        """The first ``limit`` rows in groups, in no order; raises ``QueryTooBroad``, soon."""
        query, index = await self._way_to_all(asked)
        pipeline: list[Document] = [{"$match": query}, {"$limit": limit}, {"$group": dict(group)}]
        return await aggregate_rows(
            self._rows, pipeline, limit=groups_max, time_max_ms=COUNT_TIME_MAX_MS, hint=index
        )

    async def _way_to_all(self, asked: Document) -> tuple[Document, str | None]:
        index = await self._indexes.for_count(asked, limit=COUNT_CAP + 1)
        return self._list.query(asked, self._list.order(None).keys[0].field.path, index), index

    async def way_to_page(
        self, asked: Document, sorted_by: str, limit: int, direction: int = -1
    ) -> tuple[Document, ChosenWay]:
        """The conditions for a page of so many rows, and how to find them."""
        way = await self._indexes.for_page(
            asked, in_order_of=sorted_by, direction=direction, limit=limit
        )
        return self._list.query(asked, sorted_by, way.index), way

    async def detail(self, row_id: str) -> Document:
        """One row's whole document; raises the list's refusal when there is none."""
        found: Document | None = await self._rows.find_one({"_id": row_id, "version": {"$gt": 0}})
        if found is None:
            raise self._list.missing(row_id)
        return found


async def page_of(
    collection: Collection,
    page: PageRequest,
    query: Mapping[str, Any],
    fields: Mapping[str, Any],
    count: Callable[[], Awaitable[int | None]],
    *,
    cap: int = COUNT_CAP,
    way: ChosenWay = LEFT_TO_MONGOD,
) -> Page:
    """One page of a collection; counts only when the rows do not tell the total themselves."""
    plan = plan_find(page, query)
    found = await find_rows(
        collection, plan.filter, sort=plan.sort, limit=plan.limit, projection=fields, way=way
    )
    closed = close_page(page, found)
    if closed.next is None and (closed.items or page.cursor is None):
        return replace(closed, total=closed.last)
    return with_total(closed, await count(), cap)


async def chosen_rows(
    collection: Collection, chosen: Chosen, limit: int, fields: Mapping[str, Any]
) -> list[Document]:
    """``fields`` of at most ``limit`` rows: by filter in the list's order, or as selected."""

    async def find(
        query: Mapping[str, Any], sort: Sequence[tuple[str, int]], limit: int
    ) -> list[Document]:
        return await find_rows(collection, query, sort=sort, limit=limit, projection=fields)

    if chosen.query is not None:
        return await find(chosen.query, chosen.sort, limit)
    found: dict[str, Document] = {}
    ids = list(dict.fromkeys(chosen.ids))
    for start in range(0, len(ids), IDS_A_READ):
        if len(found) >= limit:
            break
        some = {"_id": {"$in": ids[start : start + IDS_A_READ]}, "version": {"$gt": 0}}
        found |= {row["_id"]: row for row in await find(some, [("_id", 1)], IDS_A_READ)}
    return [found[each] for each in ids if each in found][:limit]

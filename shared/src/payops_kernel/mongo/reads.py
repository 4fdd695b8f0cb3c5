"""Bounded reads for lists: every find and count has a limit and a time limit."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeVar

from pymongo.errors import ExecutionTimeout, OperationFailure

from payops_kernel.errors import PayOpsError
from payops_kernel.mongo.client import Collection, Document
from payops_kernel.mongo.index_selection import ChosenWay
from payops_kernel.mongo.instants import at_one_instant
from payops_kernel.ports import Session

READ_TIME_MAX_MS = 2_000
COUNT_TIME_MAX_MS = 250
LEFT_TO_MONGOD = ChosenWay()
_BAD_VALUE = 2

T = TypeVar("T")


class QueryTooBroad(PayOpsError):
    """A filter whose rows are too far apart to be found in time."""

    code = "query_too_broad"
    title = "The filter is too broad"
    status = 422

    def __init__(self) -> None:
        super().__init__("Too many rows would have to be looked at; narrow the date.")


async def find_rows(
    collection: Collection,
    query: Mapping[str, Any],
    *,
    sort: Sequence[tuple[str, int]],
    limit: int,
    projection: Mapping[str, Any],
    way: ChosenWay = LEFT_TO_MONGOD,
) -> list[Document]:
    """The first ``limit`` rows; raises :class:`QueryTooBroad` past :data:`READ_TIME_MAX_MS`.

    A way that names words makes two looks, each with that limit, and needs the fields of ``sort``
    in ``projection``.
    """

    async def find(query: Mapping[str, Any], session: Session | None = None) -> list[Document]:
        async def find_by(hint: str | None) -> list[Document]:
            cursor = collection.find(
                query,
                projection=projection,
                sort=list(sort),
                limit=limit,
                batch_size=limit,
                max_time_ms=READ_TIME_MAX_MS,
                hint=hint,
                session=session,
            )
            return await cursor.to_list(length=limit)

        return await _hinted(find_by, way.index)

    async def both(session: Session) -> list[list[Document]]:
        return [await find(each, session) for each in queries]

    queries = way.queries(query)
    try:
        if len(queries) == 1:
            return await find(query)
        rows, others = await at_one_instant(collection, both)  # no row is missed between the two
    except ExecutionTimeout as error:
        raise QueryTooBroad from error
    return _sorted([*rows, *others], sort)[:limit] if others else rows


def _sorted(rows: list[Document], sort: Sequence[tuple[str, int]]) -> list[Document]:
    for field, direction in reversed(sort):
        rows.sort(key=itemgetter(field), reverse=direction < 0)
    return rows


async def count_up_to(
    collection: Collection, query: Mapping[str, Any], limit: int, *, hint: str | None = None
) -> int | None:
    """How many rows match, counted no further than ``limit``.

    None when that takes longer than :data:`COUNT_TIME_MAX_MS`: a list without its total is better
    than no list.
    """

    async def count(hint: str | None) -> int:
        options: dict[str, Any] = {"limit": limit, "maxTimeMS": COUNT_TIME_MAX_MS}
        if hint is not None:
            options["hint"] = hint
        return int(await collection.count_documents(query, **options))

    try:
        return await _hinted(count, hint)
    except ExecutionTimeout:
        return None


async def _hinted(read: Callable[[str | None], Awaitable[T]], hint: str | None) -> T:
    """A read by an index; while that is not there, as mongod chooses."""
    if hint is not None:
        try:
            return await read(hint)
        except OperationFailure as error:
            if error.code != _BAD_VALUE:
                raise
    return await read(None)


async def aggregate_rows(
    collection: Collection,
    pipeline: Sequence[Mapping[str, Any]],
    *,
    limit: int,
    time_max_ms: int = READ_TIME_MAX_MS,
    session: Session | None = None,
    hint: str | None = None,
) -> list[Document]:
    """The first ``limit`` rows of a pipeline; raises :class:`QueryTooBroad` past the time limit."""

    async def rows(hint: str | None) -> list[Document]:
        options: dict[str, Any] = {} if hint is None else {"hint": hint}
        cursor = collection.aggregate(
            list(pipeline), session=session, maxTimeMS=time_max_ms, batchSize=limit, **options
        )
        return await cursor.to_list(length=limit)

    try:
        return await _hinted(rows, hint)
    except ExecutionTimeout as error:
        raise QueryTooBroad from error

"""Bounded reads for lists: every find and count has a limit and a time limit."""

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo.errors import ExecutionTimeout

from payops_kernel.errors import PayOpsError
from payops_kernel.mongo.client import Collection, Document, Session

READ_TIME_MAX_MS = 2_000
COUNT_TIME_MAX_MS = 250


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
    hint: str | None = None,
) -> list[Document]:
    """The first ``limit`` rows; raises :class:`QueryTooBroad` past :data:`READ_TIME_MAX_MS`."""
    cursor = collection.find(
        query,
        projection=projection,
        sort=list(sort),
        limit=limit,
        batch_size=limit,
        max_time_ms=READ_TIME_MAX_MS,
        hint=hint,
    )
    try:
        return await cursor.to_list(length=limit)
    except ExecutionTimeout as error:
        raise QueryTooBroad from error


async def count_up_to(
    collection: Collection, query: Mapping[str, Any], limit: int, *, hint: str | None = None
) -> int | None:
    """How many rows match, counted no further than ``limit``.

    None when that takes longer than :data:`COUNT_TIME_MAX_MS`: a list without its total is better
    than no list.
    """
    try:
        hinted: dict[str, Any] = {} if hint is None else {"hint": hint}
        return int(
            await collection.count_documents(
                query, limit=limit, maxTimeMS=COUNT_TIME_MAX_MS, **hinted
            )
        )
    except ExecutionTimeout:
        return None


async def aggregate_rows(
    collection: Collection,
    pipeline: Sequence[Mapping[str, Any]],
    *,
    limit: int,
    time_max_ms: int = READ_TIME_MAX_MS,
    session: Session | None = None,
) -> list[Document]:
    """The first ``limit`` rows of a pipeline; raises :class:`QueryTooBroad` past the time limit."""
    cursor = collection.aggregate(
        list(pipeline), session=session, maxTimeMS=time_max_ms, batchSize=limit
    )
    try:
        return await cursor.to_list(length=limit)
    except ExecutionTimeout as error:
        raise QueryTooBroad from error

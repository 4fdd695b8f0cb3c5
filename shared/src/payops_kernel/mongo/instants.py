"""Several looks at one instant of the database."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

from pymongo.errors import OperationFailure

from payops_kernel.mongo.client import Collection, Mongo
from payops_kernel.mongo.transactions import retry_delay
from payops_kernel.ports import Session

TRIES_MAX = 8
_NO_SNAPSHOT = {239, 246}
"""Too old, and not available: just after a start, or while an index is made anew."""

T = TypeVar("T")


async def at_one_instant(source: Mongo | Collection, body: Callable[[Session], Awaitable[T]]) -> T:
    """What ``body`` reads with the session, all as of one instant.

    mongod cannot look back everywhere at all times: then ``body`` runs again, at a later instant.
    """
    client = source.client if isinstance(source, Mongo) else source.database.client
    for attempt in range(TRIES_MAX):
        try:
            async with await client.start_session(snapshot=True) as session:
                return await body(cast("Session", session))
        except OperationFailure as error:
            if error.code not in _NO_SNAPSHOT or attempt + 1 == TRIES_MAX:
                raise
        await asyncio.sleep(retry_delay(attempt))
    raise AssertionError("the last try returns or raises")

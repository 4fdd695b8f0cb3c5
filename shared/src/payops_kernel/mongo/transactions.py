"""One MongoDB transaction a state change: snapshot reads, majority writes, stated every time.

What may be tried again is tried again with capped jitter. A commit whose result is unknown is
committed again; the caller's body must carry a fence (a position, a version, an idempotency
record), so that a second run of a body that did commit is noticed and not applied twice.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar, cast

from pymongo import ReadPreference
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    ExecutionTimeout,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    WaitQueueTimeoutError,
    WTimeoutError,
)
from pymongo.read_concern import ReadConcern
from pymongo.results import BulkWriteResult

from payops_kernel.errors import Unavailable
from payops_kernel.mongo.abandoned import FIRST_TRY, end_abandoned_transactions
from payops_kernel.mongo.client import MAJORITY, Mongo
from payops_kernel.ports import Session

T = TypeVar("T")

RETRY_FIRST_SECONDS = 0.01
RETRY_CAP_SECONDS = 2.0
COMMIT_TRIES_MAX = 20

TRANSIENT = "TransientTransactionError"
UNKNOWN_COMMIT = "UnknownTransactionCommitResult"

# mongod's codes for what goes away by itself. 11000: two inserted one new _id at once; the next
# run loads the other's document. 365: its cache is full for a moment.
_TRANSIENT_CODES = frozenset(
    {6, 7, 24, 50, 64, 79, 89, 91, 112, 117, 133, 134, 189, 244, 246, 251, 262, 365}
    | {9001, 10107, 11000, 11600, 11602, 13435, 13436}
)


class VersionConflict(PyMongoError):
    """Another writer moved an aggregate between our load and our write: load again."""


class CommitUnknown(PyMongoError):
    """The commit's result stayed unknown; read the fence to learn it."""


def is_transient(error: BaseException) -> bool:
    """Whether trying the same work again can succeed without anybody changing it."""
    if isinstance(
        error,
        VersionConflict
        | CommitUnknown
        | ConnectionFailure
        | ExecutionTimeout
        | NetworkTimeout
        | WaitQueueTimeoutError
        | WTimeoutError,
    ):
        return True
    if not isinstance(error, PyMongoError):
        return False
    if error.has_error_label(TRANSIENT) or error.has_error_label(UNKNOWN_COMMIT):
        return True
    if isinstance(error, BulkWriteError):
        details = cast("dict[str, Any]", error.details or {})
        codes = {entry.get("code") for entry in details.get("writeErrors", [])}
        return bool(codes) and codes <= _TRANSIENT_CODES
    return isinstance(error, OperationFailure) and error.code in _TRANSIENT_CODES


def retry_delay(attempt: int) -> float:
    """Seconds before try ``attempt`` + 1: doubling, capped, with full jitter."""
    ceiling = min(RETRY_CAP_SECONDS, RETRY_FIRST_SECONDS * 2 ** min(attempt, 12))
    return random.uniform(ceiling / 2, ceiling)  # noqa: S311 - jitter, not a secret


async def until_done(
    call: Callable[[], Awaitable[T]],
    again: Callable[[Exception, int], bool] = lambda error, _: is_transient(error),
) -> T:
    """What ``call`` gives; called again, without end, while its failure is one for ``again``.

    ``again`` gets the error and how many tries failed before. Raises every other error as it is.
    """
    attempt = 0
    while True:
        try:
            return await call()
        except Exception as error:
            if not again(error, attempt):
                raise
        await asyncio.sleep(retry_delay(attempt))
        attempt += 1


def expect_counts(result: BulkWriteResult, inserted: int, matched: int) -> None:
    """Raise :class:`VersionConflict` unless every compare-and-set of a bulk write took."""
    if result.inserted_count != inserted or result.matched_count != matched:
        raise VersionConflict(
            f"expected {inserted} inserted and {matched} matched, "
            f"got {result.inserted_count} and {result.matched_count}"
        )


async def run_once(
    mongo: Mongo,
    body: Callable[[Session], Awaitable[T]],
    before_commit: Callable[[], None] = lambda: None,
) -> T:
    """One try of ``body`` in one transaction; errors come out as they are."""
    async with await mongo.client.start_session(causal_consistency=True) as opened:
        session = cast("Session", opened)
        session.start_transaction(
            read_concern=ReadConcern("snapshot"),
            write_concern=MAJORITY,
            read_preference=ReadPreference.PRIMARY,
        )
        try:
            result = await body(session)
        except BaseException:
            await _abort(session)
            raise
        before_commit()
        await _commit(session)
        return result


async def _abort(session: Session) -> None:
    try:
        await session.abort_transaction()
    except PyMongoError:
        return  # mongod drops it by itself after its lifetime


async def _commit(session: Session) -> None:
    for attempt in range(COMMIT_TRIES_MAX):
        try:
            await session.commit_transaction()
        except PyMongoError as error:
            if not error.has_error_label(UNKNOWN_COMMIT):
                raise
            await asyncio.sleep(retry_delay(attempt))
        else:
            return
    raise CommitUnknown("the commit's result stayed unknown")


async def in_transaction(
    mongo: Mongo, body: Callable[[Session], Awaitable[T]], *, deadline_seconds: float = 10.0
) -> T:
    """Run ``body`` in a transaction, again while its failure is transient.

    ``body`` may run several times, so it does nothing outside its session, and it carries its own
    fence against a first run that did commit. Raises :class:`Unavailable` past the deadline, and
    every other error as it is.
    """
    end = time.monotonic() + deadline_seconds
    attempt = 0
    while True:
        try:
            return await run_once(mongo, body)
        except PyMongoError as error:
            if not is_transient(error):
                raise
            if time.monotonic() > end:
                raise Unavailable("the database does not answer in time; try again") from error
            await asyncio.sleep(retry_delay(attempt))
            attempt += 1
            if attempt >= FIRST_TRY:
                with suppress(PyMongoError):
                    await end_abandoned_transactions(mongo)

"""Which errors are tried again, what a transaction does with them, and abandoned ones."""

from __future__ import annotations

import asyncio
import signal
import sys
import time

import pytest
from bson.errors import InvalidDocument
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    DocumentTooLarge,
    DuplicateKeyError,
    ExecutionTimeout,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WTimeoutError,
)

from payops_kernel.errors import Unavailable
from payops_kernel.mongo import Mongo, Session, VersionConflict, in_transaction, is_transient
from payops_kernel.mongo.abandoned import end_abandoned_transactions
from payops_kernel.mongo.transactions import CommitUnknown, retry_delay, run_once, until_done
from payops_kernel.testing import SLOW_MACHINE, eventually

DIE_INSIDE_A_TRANSACTION = """
import os, sys
from pymongo import MongoClient
client = MongoClient(sys.argv[1], appname=sys.argv[2])
session = client.start_session()
session.start_transaction()
client[sys.argv[2]].rows.update_one({"_id": 1}, {"$set": {"by": "dead"}}, session=session)
os.kill(os.getpid(), 9)
"""


def labelled(label: str) -> PyMongoError:
    error = OperationFailure("with a label", 1)
    error._add_error_label(label)
    return error


def bulk(*codes: int) -> BulkWriteError:
    return BulkWriteError({"writeErrors": [{"code": code} for code in codes]})


@pytest.mark.parametrize(
    "error",
    [
        AutoReconnect("gone"),
        NetworkTimeout("slow"),
        ServerSelectionTimeoutError("nobody"),
        ExecutionTimeout("late", 50),
        WTimeoutError("late", 64),
        OperationFailure("WriteConflict", 112),
        OperationFailure("NotWritablePrimary", 10107),
        OperationFailure("PrimarySteppedDown", 189),
        OperationFailure("NoSuchTransaction", 251),
        OperationFailure("TemporarilyUnavailable", 365),
        OperationFailure("InterruptedAtShutdown", 11600),
        DuplicateKeyError("two inserted one new id", 11000),
        labelled("TransientTransactionError"),
        labelled("UnknownTransactionCommitResult"),
        bulk(112),
        bulk(11000, 112),
        VersionConflict("moved"),
        CommitUnknown("who knows"),
    ],
    ids=repr,
)
def test_what_goes_away_by_itself_is_transient(error: Exception) -> None:
    assert is_transient(error)


@pytest.mark.parametrize(
    "error",
    [
        DocumentTooLarge("17 MB"),
        InvalidDocument("no BSON"),
        OperationFailure("BSONObjectTooLarge", 10334),
        OperationFailure("DocumentValidationFailure", 121),
        OperationFailure("Unauthorized", 13),
        bulk(121),
        bulk(112, 121),
        BulkWriteError({"writeErrors": []}),
        ValueError("a bug"),
        KeyError("a bug"),
    ],
    ids=repr,
)
def test_what_stays_is_not_transient(error: Exception) -> None:
    assert not is_transient(error)


def test_delays_grow_and_are_capped() -> None:
    assert retry_delay(0) <= 0.01
    assert all(1.0 <= retry_delay(attempt) <= 2.0 for attempt in range(8, 1_000))


async def test_a_call_is_made_again_while_its_failure_goes_away_by_itself() -> None:
    answers: list[Exception | str] = [AutoReconnect("away"), AutoReconnect("away"), "there"]

    async def call() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert await until_done(call) == "there"
    answers = [AutoReconnect("away"), ValueError("a bug"), "never asked for"]
    with pytest.raises(ValueError, match="a bug"):
        await until_done(call)


async def test_a_transaction_is_tried_again_until_it_goes_through(own_mongo: Mongo) -> None:
    tries = 0

    async def body(session: Session) -> str:
        nonlocal tries
        tries += 1
        await own_mongo.db["rows"].insert_one({"try": tries}, session=session)
        if tries < 3:
            raise VersionConflict("moved")
        return "done"

    assert await in_transaction(own_mongo, body) == "done"
    assert [row["try"] async for row in own_mongo.db["rows"].find()] == [3]


async def test_an_error_that_stays_comes_out_at_once_and_leaves_nothing(own_mongo: Mongo) -> None:
    async def body(session: Session) -> None:
        await own_mongo.db["rows"].insert_one({"n": 1}, session=session)
        raise OperationFailure("no", 121)

    with pytest.raises(OperationFailure, match="no"):
        await in_transaction(own_mongo, body)
    assert await own_mongo.db["rows"].count_documents({}) == 0


async def test_past_its_deadline_a_transaction_says_that_the_database_does_not_answer(
    own_mongo: Mongo,
) -> None:
    async def body(_: Session) -> None:
        raise AutoReconnect("away")

    with pytest.raises(Unavailable):
        await in_transaction(own_mongo, body, deadline_seconds=0.1)


async def test_two_that_insert_one_new_id_at_once_both_end_well(own_mongo: Mongo) -> None:
    await own_mongo.db.create_collection("rows")

    async def body(session: Session) -> None:
        rows = own_mongo.db["rows"]
        if await rows.find_one({"_id": 1}, session=session) is None:
            await rows.insert_one({"_id": 1, "n": 1}, session=session)
        else:
            await rows.update_one({"_id": 1}, {"$inc": {"n": 1}}, session=session)

    async def rival(session: Session) -> None:
        await body(session)
        if rival_once:
            rival_once.pop()
            with pytest.raises(PyMongoError):
                await run_once(own_mongo, body)  # conflicts with the open one
            raise VersionConflict("again")

    rival_once = [True]
    await in_transaction(own_mongo, rival)
    await in_transaction(own_mongo, body)
    row = await own_mongo.db["rows"].find_one({"_id": 1})
    assert row == {"_id": 1, "n": 2}


async def test_a_transaction_that_a_killed_process_left_open_is_ended(
    own_mongo: Mongo, mongo_uri: str
) -> None:
    rows = own_mongo.db["rows"]
    await rows.insert_one({"_id": 1})
    dying = await asyncio.create_subprocess_exec(
        sys.executable, "-c", DIE_INSIDE_A_TRANSACTION, mongo_uri, own_mongo.db.name
    )
    assert await dying.wait() == -signal.SIGKILL

    async def ended() -> int:
        return await end_abandoned_transactions(own_mongo, idle_seconds=0.5)

    assert await end_abandoned_transactions(own_mongo, idle_seconds=60) == 0
    assert await eventually(ended, 10.0) == 1
    started = time.monotonic()
    await rows.update_one({"_id": 1}, {"$set": {"by": "successor"}})
    assert time.monotonic() - started < 5.0 * SLOW_MACHINE
    row = await rows.find_one({"_id": 1})
    assert row == {"_id": 1, "by": "successor"}

"""What the lists of the gateway's own look at: an index answers each filter, and little is read."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from gateway.api.audit_list import AUDIT_LIST
from gateway.api.dead_letter_list import DEAD_LETTER_LIST
from gateway.store.audit_records import AuditRecordStore
from gateway.store.dead_letters import DeadLetterStore
from payops_kernel.lists.declared import DeclaredList
from payops_kernel.mongo import Document, Mongo, connect, ensure_collections
from payops_kernel.zones import UTC_ZONE
from payops_testing.kernel.dropping import drop_database

ROWS = 20_000
PAGE = 51
KEYS_A_ROW, KEYS_FREE = 50, 1_000
START = datetime(2026, 1, 1, tzinfo=UTC)

on_one_loop = pytest.mark.asyncio(loop_scope="module")


def audit_row(number: int) -> Document:
    return {
        "_id": f"r-{number:06d}",
        "version": 1,
        "at": START + timedelta(seconds=number),
        "actor": {"id": f"u-{number % 400}", "name": "Ada", "roles": []},
        "action": "refund.request" if number % 200 else "job.cancel",
        "target_type": "transaction",
        "target_id": f"ORD-{number}",
        "service": "transactions",
        "words": [f"u-{number % 400}", "ada", f"ord-{number}"],
    }


def dead_row(number: int) -> Document:
    return {
        "_id": f"upstream.payments.transactions.dlq/0/{number:06d}",
        "version": 1,
        "state": "OPEN" if number % 200 == 0 else "REPLAYED",
        "topic": "upstream.payments",
        "consumer": "transactions",
        "reason": "unparsable" if number % 100 else "refused",
        "failed_at": START + timedelta(seconds=number),
        "words": [f"ord-{number}"],
    }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled(mongo_uri: str) -> AsyncIterator[Mongo]:
    """A database with many rows of both lists and the gateway's indexes."""
    mongo = connect(mongo_uri, f"gathered_{uuid4().hex[:8]}")
    await ensure_collections(mongo.db, AuditRecordStore.indexes | DeadLetterStore.indexes)
    for make, name in ((audit_row, "audit_records"), (dead_row, "dead_letters")):
        await mongo.db[name].insert_many([make(number) for number in range(ROWS)], ordered=False)
    yield mongo
    await drop_database(mongo)
    mongo.close()


@on_one_loop
@pytest.mark.parametrize(
    ("declared", "asked"),
    [
        (AUDIT_LIST, {}),
        (AUDIT_LIST, {"actor": ["u-7"]}),
        (AUDIT_LIST, {"actor": ["u-7", "u-8"]}),
        (AUDIT_LIST, {"action": ["job.cancel"]}),
        (AUDIT_LIST, {"target": ["ORD-17"]}),
        (AUDIT_LIST, {"service": ["transactions"], "target_type": ["transaction"]}),
        (AUDIT_LIST, {"at_from": START, "at_to": START + timedelta(minutes=5)}),
        (AUDIT_LIST, {"q": "ORD-1777"}),
        (DEAD_LETTER_LIST, {}),
        (DEAD_LETTER_LIST, {"state": ["OPEN"]}),
        (DEAD_LETTER_LIST, {"state": ["OPEN"], "reason": ["refused"]}),
        (DEAD_LETTER_LIST, {"topic": ["upstream.payments"], "consumer": ["transactions"]}),
        (DEAD_LETTER_LIST, {"failed_from": START, "failed_to": START + timedelta(minutes=5)}),
        (DEAD_LETTER_LIST, {"q": "ORD-1777"}),
        (DEAD_LETTER_LIST, {"q": "upstream.payments.transactions.dlq/0/0017"}),
    ],
    ids=lambda value: value.name if isinstance(value, DeclaredList) else "+".join(value) or "all",
)
async def test_a_page_looks_at_few_keys_and_fewer_rows(
    filled: Mongo, declared: DeclaredList, asked: dict[str, Any]
) -> None:
    rows = declared.rows(declared.filters(**asked), declared.order(None), UTC_ZONE)
    find = {
        "find": declared.collection,
        "filter": rows.filter,
        "projection": declared.fields,
        "sort": dict(rows.sort.mongo()),
        "limit": PAGE,
    }
    told = await filled.db.command({"explain": find, "verbosity": "executionStats"})
    stats = told["executionStats"]
    budget = KEYS_A_ROW * stats["nReturned"] + KEYS_FREE
    assert stats["nReturned"] > 0
    assert stats["totalKeysExamined"] <= budget
    assert stats["totalDocsExamined"] <= budget
    assert "COLLSCAN" not in str(told["queryPlanner"]["winningPlan"])

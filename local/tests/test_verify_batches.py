"""`payops verify` about batches and closed cycles, on a real mongod: one unit anywhere is named."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from billing_debits.domain.batch import (
    Batch,
    Plan,
    Total,
    begin_submission,
    drafted,
    exclude,
    progressed,
    seal_member,
    sealed_piece,
    submitted_piece,
)
from billing_debits.domain.charge import Charge
from billing_debits.domain.collecting import submit, take_into
from billing_debits.domain.facts import ResultKind
from billing_debits.domain.folding import fold
from billing_debits.store.batch_parts import INDEXES, BatchParts
from billing_debits.store.batches import BatchStore
from billing_debits.store.charges import ChargeStore
from billing_debits.use_cases.collect import new_order
from payops_contracts.charges import ChargeType, Rail
from payops_contracts.debit_batches import BatchOrigin
from payops_contracts.ids import BatchCode, ChargeId
from payops_kernel.mongo import connect, in_transaction
from payops_local.connections import Database, Session, mongo_client
from payops_local.verifying.batches import compare_batches
from payops_local.verifying.findings import Findings
from payops_testing.billing_debits.builders import START, a_charge, at, result, rules

CODE, OPEN = BatchCode("MB-260301-1000"), BatchCode("MB-260301-1800")
ONE = 1


def batch_of(charges: list[Charge], code: BatchCode) -> Batch:
    """A sealed batch of these charges."""
    total = Total()
    for each in charges:
        total = total.plus(each.raised.type, each.raised.amount_minor)
    batch = drafted(Batch(code, 1, START, Plan("USD", Rail.CARD, total, 1), BatchOrigin.OPERATOR))
    for each in charges:
        take_into(each, code, at())
        seal_member(batch, each.id, each.raised.type, each.raised.amount_minor)
    sealed_piece(batch, at())
    return batch


def debited(charges: list[Charge], batch: Batch) -> None:
    """All but the last are asked for; it is excluded. One fails, one succeeds, one is silent."""
    begin_submission(batch, None, at())
    for number, each in enumerate(charges[:-1]):
        submit(each, new_order(batch.code), at())
        batch.submitted = batch.submitted.plus(each.raised.type, each.raised.amount_minor)
        kind = (ResultKind.FAILED, ResultKind.SUCCEEDED, None)[number]
        if kind is not None:
            fact = result(kind, debit_id=each.attempts[-1].debit_id, charge_id=each.id,
                          amount_minor=each.raised.amount_minor)  # fmt: skip
            fold(each, fact, rules(), at())
    last = charges[-1]
    last.batch = None
    exclude(batch, last.id, last.raised.amount_minor, "Withdrawn")
    submitted_piece(batch, at())


@pytest.fixture
async def stored(mongo_uri: str) -> AsyncIterator[tuple[Database, Session]]:
    """A submitted batch of four, a sealed one of two, and a closed cycle."""
    name = f"verify_{uuid4().hex[:8]}_billing_debits"
    mongo = connect(mongo_uri, name)
    parts = BatchParts({each: mongo.db[each] for each in INDEXES})
    charges = [
        a_charge(charge_id=ChargeId(f"CH-{number}"), amount_minor=101 + number,
                 type=list(ChargeType)[number % 2])
        for number in range(6)
    ]  # fmt: skip
    batch = batch_of(charges[:4], CODE)
    debited(charges[:4], batch)
    await in_transaction(mongo, lambda session: parts.count(charges, session))
    progressed(batch, await parts.progress(CODE, None), at())
    sealed = batch_of(charges[4:], OPEN)
    store = ChargeStore({"charges": mongo.db["charges"]})
    await mongo.db["charges"].insert_many([store.to_document(each) for each in charges])
    of_batches = BatchStore({"debit_batches": mongo.db["debit_batches"]})
    await mongo.db["debit_batches"].insert_many(
        [of_batches.to_document(each) for each in (batch, sealed)]
    )
    closing = {"totals": [{"currency": "USD", "collected_minor": 100}]}
    moved = [{"currency": "USD", "adjusted_minor": 2}]
    cycle = {"_id": "20260301", "version": 3, "closing": closing, "adjusted_elsewhere": moved}
    await mongo.db["billing_cycles"].insert_one(cycle)
    async with mongo_client(mongo_uri) as client, client.start_session() as session:
        yield client[name], session
    await mongo.client.drop_database(name)
    mongo.close()


async def test_batches_and_cycles_that_agree_are_counted_and_nothing_is_said(
    stored: tuple[Database, Session],
) -> None:
    findings = Findings()
    counted = await compare_batches(*stored, findings)
    assert findings.named == []
    assert (counted.compared_batches, counted.compared_cycles) == (2, 1)


PLANTED: list[tuple[str, str, dict[str, Any]]] = [
    ("debit_batches", CODE, {"$inc": {"total_minor": ONE}}),
    ("debit_batches", CODE, {"$inc": {"sealed.unpaid_minor": ONE}}),
    ("debit_batches", CODE, {"$inc": {"sealed.count": ONE}}),
    ("debit_batches", CODE, {"$inc": {"submitted.spending_limit_minor": ONE}}),
    ("debit_batches", CODE, {"$inc": {"progress.succeeded_minor": ONE}}),
    ("debit_batches", CODE, {"$inc": {"progress.failed": ONE}}),
    ("debit_batches", CODE, {"$inc": {"excluded_minor": ONE}}),
    ("debit_batches", CODE, {"$set": {"digest": "0"}}),
    ("debit_batches", OPEN, {"$inc": {"sealed.spending_limit_minor": ONE}}),
    ("debit_batches", OPEN, {"$set": {"digest": "0"}}),
    ("debit_batch_progress", "", {"$inc": {"minor.FINALIZED": ONE}}),
    ("debit_batch_progress", "", {"$inc": {"counts.SUBMITTED": ONE}}),
    ("charges", "CH-1", {"$inc": {"amount_minor": ONE}}),
    ("charges", "CH-1", {"$inc": {"collected_minor": ONE}}),
    ("charges", "CH-4", {"$unset": {"batch": ""}}),
    ("billing_cycles", "20260301", {"$inc": {"closing.totals.0.collected_minor": ONE}}),
    ("billing_cycles", "20260301", {"$inc": {"adjusted_elsewhere.0.adjusted_minor": ONE}}),
]


@pytest.mark.parametrize(("collection", "key", "change"), PLANTED, ids=lambda it: str(it))
async def test_one_unit_that_is_planted_is_named(
    stored: tuple[Database, Session], collection: str, key: str, change: dict[str, Any]
) -> None:
    database, session = stored
    await database[collection].update_one({"_id": key} if key else {}, change)
    findings = Findings()
    await compare_batches(database, session, findings)
    assert findings.count >= 1


async def test_what_is_under_way_is_no_difference(stored: tuple[Database, Session]) -> None:
    database, session = stored
    await database["debit_batches"].update_one({"_id": CODE}, {"$inc": {"progress.failed": ONE}})
    await database["billing_cycles"].update_one(
        {"_id": "20260301"}, {"$inc": {"adjusted_elsewhere.0.adjusted_minor": ONE}}
    )
    await database["due"].insert_many(
        [
            {"_id": "t", "kind": "batch-tally", "payload": {"batch": CODE}},
            {"_id": "a", "kind": "cycle-adjustment", "payload": {}},
        ]
    )
    findings = Findings()
    await compare_batches(database, session, findings)
    assert (findings.count, len(findings.remarks)) == (0, 1)

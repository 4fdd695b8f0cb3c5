"""After a restore from backup: what batches and cycles have forgotten, on a real mongod."""

from collections.abc import AsyncIterator
from uuid import uuid4

import orjson
import pytest

from billing_debits.domain.batch import Batch, Plan, Total, drafted
from billing_debits.domain.cycles import BillingCycle
from billing_debits.publishing.batches import batch_messages
from billing_debits.store.batch_parts import INDEXES
from billing_debits.store.batches import BatchStore
from billing_debits.store.cycles import CYCLES, CycleStore
from billing_debits.store.restoring_batches import RestoredBatches, RestoredCycles
from payops_contracts.charges import Rail
from payops_contracts.debit_batches import BatchOrigin, BatchStatus
from payops_contracts.ids import BatchCode
from payops_contracts.registry import validate
from payops_kernel.mongo import Mongo, connect, in_transaction
from payops_testing.billing_debits.builders import START, at
from payops_testing.kernel.dropping import drop_database

OLD, NEW = BatchCode("MB-260301-0600"), BatchCode("MB-260301-1800")


def a_batch(code: BatchCode, number: int) -> Batch:
    """A batch that was just made."""
    plan = Plan("USD", Rail.ACH, Total(1, 100), 1)
    return drafted(Batch(code, number, START, plan, BatchOrigin.SCHEDULE))


@pytest.fixture
async def restored(mongo_uri: str) -> AsyncIterator[Mongo]:
    """A database that knows one batch, sealed, and one cycle, which is open."""
    mongo = connect(mongo_uri, f"restored_{uuid4().hex[:8]}_billing_debits")
    batch = a_batch(OLD, 7)
    batch.phase = BatchStatus.SEALED
    batches = BatchStore({"debit_batches": mongo.db["debit_batches"]})
    await mongo.db["debit_batches"].insert_one(batches.to_document(batch))
    await mongo.db["debit_batch_numbers"].insert_one({"_id": "last", "number": 7})
    cycle = BillingCycle("20260201", version=1, opened_at=START)
    cycles = CycleStore({CYCLES: mongo.db[CYCLES]})
    await mongo.db[CYCLES].insert_one(cycles.to_document(cycle))
    yield mongo
    await drop_database(mongo)
    mongo.close()


async def test_batch_ids_go_on_behind_what_was_given_and_batches_that_moved_are_named(
    restored: Mongo,
) -> None:
    lesson = RestoredBatches({name: restored.db[name] for name in INDEXES}).lesson()
    sealed = a_batch(OLD, 7)
    for each in (sealed, a_batch(NEW, 9)):
        for message in batch_messages(each):
            lesson.learn(message.value or b"")
    await in_transaction(restored, lesson.settle)
    (sentence,) = await in_transaction(restored, lesson.settle)  # it may run again
    assert f"2 batches stood elsewhere after the backup ({OLD}, {NEW})" in sentence
    last = await restored.db["debit_batch_numbers"].find_one({"_id": "last"})
    assert last is not None
    assert last["number"] == 9


async def test_batches_and_cycles_are_said_again_as_they_are(restored: Mongo) -> None:
    batches = RestoredBatches({name: restored.db[name] for name in INDEXES})
    cycles = RestoredCycles({CYCLES: restored.db[CYCLES]})
    kinds: tuple[tuple[RestoredBatches | RestoredCycles, str], ...] = (
        (batches, OLD), (cycles, "20260201"),
    )  # fmt: skip
    for rules, key in kinds:
        document = await rules.collection.find_one({"_id": key})
        assert document is not None
        message = rules.restated(document | {"version": 1_000_001}, at(), "r")
        assert message.topic == rules.topic
        validate(message.value or b"")
        event = orjson.loads(message.value or b"")
        assert (event["type"].split(".")[2], int(event["sequence"])) == ("noted", 1_000_001)
        assert event["data"]["change"]["event"] == "restored"


async def test_a_closing_that_is_forgotten_is_named(restored: Mongo) -> None:
    lesson = RestoredCycles({CYCLES: restored.db[CYCLES]}).lesson()
    for status in ("ENDED", "CLOSED"):
        lesson.learn(orjson.dumps({"subject": "20260201", "data": {"status": status}}))
    (sentence,) = await in_transaction(restored, lesson.settle)
    assert "1 billing cycles were closed or reopened after the backup (20260201)" in sentence

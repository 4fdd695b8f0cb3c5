"""Results of a batch are counted while they are read back into it: neither waits for the other."""

from functools import partial

import pytest

from billing_debits.domain.attempts import Attempt
from billing_debits.domain.batch import Batch, Plan, Total, drafted
from billing_debits.domain.charge import Charge
from billing_debits.domain.collecting import submit
from billing_debits.domain.facts import ResultKind
from billing_debits.domain.folding import fold
from billing_debits.store.batch_parts import BatchParts
from billing_debits.store.batches import BatchStore
from billing_debits.store.rows import PartRows
from billing_debits.use_cases.batch_work import BATCH_TALLY, PlanTally, TallyBatch
from billing_debits.use_cases.collect import new_order
from billing_debits.use_cases.read_charges import batch_not_found
from payops_contracts.charges import Rail
from payops_contracts.debit_batches import BatchOrigin, BatchStatus
from payops_contracts.ids import BatchCode, ChargeId
from payops_kernel.clock import DrivenClock
from payops_kernel.due import DueWork
from payops_kernel.due_rows import INDEXES as DUE_INDEXES
from payops_kernel.due_rows import DueRows
from payops_kernel.messaging.outbox import INDEXES as OUTBOX_INDEXES
from payops_kernel.mongo import Mongo, Session, ensure_collections, in_transaction
from payops_kernel.mongo.transactions import run_once
from payops_kernel.repository import MongoRepository
from payops_kernel.testing.works import works_on
from payops_testing.billing_debits.builders import START, a_charge, at, result, rules

CODE = BatchCode("MB-260301-1000")


class Desk:
    """A submitted batch, and what counts its results."""

    def __init__(self, mongo: Mongo, clock: DrivenClock) -> None:
        self.mongo = mongo
        db = mongo.db
        rows = DueRows(db)
        parts = BatchParts({name: db[name] for name in BatchParts.indexes})
        collections = {name: db[name] for name in PartRows.indexes}
        self.rows = PartRows(collections, parts, PlanTally(rows, clock))
        self.store = BatchStore({name: db[name] for name in BatchStore.indexes})
        batches = MongoRepository(self.store, missing=batch_not_found, says=lambda _: ())
        self.due = DueWork(mongo, clock, rows, works_on(mongo, clock))
        self.due.handle(BATCH_TALLY, TallyBatch(batches, parts, rows))

    async def phase(self, phase: BatchStatus) -> None:
        """The batch, as it stands before a result."""
        plan = Plan("USD", Rail.CARD, Total(), 1)
        batch = drafted(Batch(CODE, 1, START, plan, BatchOrigin.OPERATOR))
        batch.phase = phase
        document = self.store.to_document(batch)
        await self.store.collection.replace_one({"_id": CODE}, document, upsert=True)

    async def counted(self) -> tuple[int, int]:
        """Debits and successes that the batch knows of."""
        document = await self.store.collection.find_one({"_id": CODE})
        assert document is not None
        progress = self.store.from_document(document).progress
        return progress.submitted, progress.succeeded

    async def planned(self) -> int:
        """Tallies that are still to be made."""
        return await self.due.rows.collection.count_documents({"kind": BATCH_TALLY})


def asked(number: int) -> Charge:
    """A charge whose debit was just asked for."""
    charge = a_charge(charge_id=ChargeId(f"CH-{number}"), rail=Rail.CARD)
    submit(charge, new_order(CODE), at())
    return charge


def answered(charge: Charge) -> Charge:
    """The same, its debit succeeded since it was read."""
    attempt: Attempt = charge.attempts[-1]
    attempt.was = attempt.status
    said = result(
        ResultKind.SUCCEEDED, debit_id=attempt.debit_id, charge_id=charge.id,
        amount_minor=charge.raised.amount_minor,
    )  # fmt: skip
    return fold(charge, said, rules(), at())


@pytest.fixture
async def desk(own_mongo: Mongo, driven_clock: DrivenClock) -> Desk:
    indexes = BatchParts.indexes | PartRows.indexes | DUE_INDEXES | OUTBOX_INDEXES
    await ensure_collections(own_mongo.db, indexes)
    desk = Desk(own_mongo, driven_clock)
    await desk.phase(BatchStatus.SUBMITTED)
    return desk


async def test_results_come_while_a_batch_is_tallied_and_none_is_missed_or_counted_twice(
    desk: Desk,
) -> None:
    one, two = asked(1), asked(2)
    await in_transaction(desk.mongo, lambda session: desk.rows.write([one, two], session))
    assert await desk.planned() == 0  # nothing to read back: who submits plans it at its end
    await in_transaction(desk.mongo, lambda session: desk.rows.write([answered(one)], session))

    async def meanwhile(session: Session) -> None:
        await desk.rows.write([answered(two)], session)
        assert await desk.due.look() == 1
        assert await desk.counted() == (2, 1)

    await run_once(desk.mongo, meanwhile)  # one try: a conflict would be raised
    assert await desk.planned() == 1
    assert await desk.due.look() == 1
    assert await desk.counted() == (2, 2)


async def test_one_tally_does_for_all_results_until_then(desk: Desk) -> None:
    charges = [asked(number) for number in range(5)]
    await in_transaction(desk.mongo, lambda session: desk.rows.write(charges, session))
    for each in charges:
        await in_transaction(desk.mongo, partial(desk.rows.write, [answered(each)]))
    assert await desk.planned() == 5
    assert await desk.due.look() == 1
    assert (await desk.counted(), await desk.planned()) == ((5, 5), 0)


async def test_a_batch_that_is_being_submitted_is_not_written_by_a_tally(desk: Desk) -> None:
    await desk.phase(BatchStatus.SUBMITTING)
    charge = asked(1)
    await in_transaction(desk.mongo, lambda session: desk.rows.write([charge], session))
    await in_transaction(desk.mongo, lambda session: desk.rows.write([answered(charge)], session))
    assert await desk.due.look() == 1
    assert await desk.counted() == (0, 0)

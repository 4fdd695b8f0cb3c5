"""The only place that builds concrete things and joins them."""

from functools import partial

from fastapi import APIRouter

from billing_debits.api.attempt_list import ATTEMPT_LIST
from billing_debits.api.attempts import attempt_routes
from billing_debits.api.batch_list import BATCH_LIST
from billing_debits.api.batches import batch_routes, build_routes
from billing_debits.api.charge_list import CHARGE_LIST
from billing_debits.api.charges import charge_routes
from billing_debits.api.cycle_list import ADJUSTMENT_LIST, CYCLE_LIST, FINDING_LIST
from billing_debits.api.cycles import cycle_routes
from billing_debits.api.dispute import dispute_routes
from billing_debits.api.exception_list import EXCEPTION_LIST
from billing_debits.api.exceptions import exception_routes
from billing_debits.api.member_list import MEMBER_LIST
from billing_debits.api.members import member_routes
from billing_debits.api.retry_policies import policy_routes
from billing_debits.api.upcoming import upcoming_routes
from billing_debits.consumers import consume, consume_batches, consume_cycles, consume_members
from billing_debits.domain.batch import Batch
from billing_debits.domain.charge import Charge
from billing_debits.publishing.batches import batch_messages
from billing_debits.publishing.charges import step_messages
from billing_debits.publishing.cycles import cycle_messages
from billing_debits.publishing.members import standing_messages
from billing_debits.settings import Settings
from billing_debits.store.batch_parts import BatchParts
from billing_debits.store.batches import BatchStore
from billing_debits.store.charges import ChargeStore
from billing_debits.store.cycle_reads import CycleReads
from billing_debits.store.cycle_rows import CYCLE_FINDINGS, cycle_rows
from billing_debits.store.cycles import CycleStore
from billing_debits.store.dispute import DisputeReads
from billing_debits.store.members import MemberStore
from billing_debits.store.policies import FollowedRules, PolicyStore
from billing_debits.store.restoring import RestoredCharges
from billing_debits.store.restoring_batches import RestoredBatches, RestoredCycles
from billing_debits.store.rows import PartRows
from billing_debits.store.settlement import Settlement
from billing_debits.store.waiting import WaitingCharges
from billing_debits.use_cases.batch_work import (
    BATCH_ANSWER,
    BATCH_GRACE,
    BATCH_RELEASE,
    BATCH_SEAL,
    BATCH_SUBMIT,
    BATCH_TALLY,
    DueAfterBatchStep,
    NoticeNoAnswer,
    NoticeNoResults,
    PlanTally,
    ReleaseBatch,
    SealBatch,
    SubmitBatch,
    TallyBatch,
)
from billing_debits.use_cases.block_member import BlockMember, member_not_found
from billing_debits.use_cases.build_batches import (
    BEGINNING,
    COLLECT,
    NEXT,
    BuildBatches,
    CollectBySchedule,
    DecideBatch,
)
from billing_debits.use_cases.collect import AskAgain, DebitWhenDue, NoticeNoResult
from billing_debits.use_cases.due_after_step import (
    ASK_AGAIN,
    DEBIT_DUE,
    RESULT_DUE,
    DueAfterStep,
)
from billing_debits.use_cases.read_charges import batch_not_found, charge_not_found
from billing_debits.use_cases.resolve_exception import ResolveException
from billing_debits.use_cases.retry_policies import RetryPolicies
from billing_debits.use_cases.settle_cycles import (
    ADJUSTMENT_DUE,
    MovedAfterwards,
    NoteAdjustment,
    SettleCycle,
    cycle_not_found,
)
from payops_kernel.mongo import in_transaction
from payops_kernel.ports import DueRow
from payops_kernel.repository import MongoRepository
from payops_kernel.runtime import Runtime, Service
from payops_kernel.zones import Zone

SERVICE = "billing-debits"


def bootstrap(settings: Settings, runtime: Runtime) -> Service[Runtime]:
    """Join the parts; nothing connects before the app starts."""
    zone = Zone(settings.zone)
    policies = runtime.store(PolicyStore, settings.retry_policy)
    rules = FollowedRules(settings.rules(), policies)
    runtime.prepare(rules.read)
    runtime.run_in_background(rules.follow)
    due = DueAfterStep(runtime.clock, rules, settings.answered_within)
    parts = runtime.store(BatchParts)
    rows = runtime.store(PartRows, parts, PlanTally(runtime.due.rows, runtime.clock))
    charges = MongoRepository(
        runtime.store(ChargeStore),
        missing=charge_not_found,
        says=step_messages,
        due=MovedAfterwards(runtime.clock, beside=due),
        rows=rows,
    )
    batches = MongoRepository(
        runtime.store(BatchStore),
        missing=batch_not_found,
        says=batch_messages,
        due=DueAfterBatchStep(runtime.clock, settings.answered_within),
    )
    consume(runtime, charges, rules)
    members = MongoRepository(
        runtime.store(MemberStore), missing=member_not_found, says=standing_messages
    )
    consume_members(runtime, members, settings.block_after_rejection)
    runtime.restore(RestoredCharges, charges, runtime.due.rows, rules, runtime.clock)
    work_on_charges(runtime, charges)
    build = BuildBatches(batches, runtime.store(WaitingCharges), parts, runtime.clock, zone)
    work_on_batches(runtime, batches, charges, parts, rows)
    runtime.due.handle(COLLECT, CollectBySchedule(build, rules))
    listed = runtime.add_list(CHARGE_LIST)
    attempts = runtime.add_list(ATTEMPT_LIST)
    for declared in (BATCH_LIST, EXCEPTION_LIST, MEMBER_LIST):
        runtime.add_list(declared)
    resolve = ResolveException(charges, rows.charge_of, rules)
    return runtime.service(
        charge_routes(charges, runtime.clock),
        upcoming_routes(rows.planned, runtime.clock, zone),
        attempt_routes(attempts, charges),
        exception_routes(runtime.commands, resolve),
        policy_routes(runtime.commands, RetryPolicies(policies)),
        member_routes(runtime.commands, members, BlockMember(members)),
        dispute_routes(charges, members, runtime.store(DisputeReads)),
        build_routes(runtime.commands, build, DecideBatch(batches)),
        batch_routes(batches, listed, rows, runtime.cursors, runtime.clock),
        settlement(settings, runtime),
    )


def settlement(settings: Settings, runtime: Runtime) -> APIRouter:
    """Billing cycles: what settlement says of them, their closing, and what moves afterwards."""
    cycles = MongoRepository(
        runtime.store(CycleStore), missing=cycle_not_found, says=cycle_messages
    )
    consume_cycles(runtime, cycles)
    runtime.restore(RestoredCycles)
    kept = runtime.store(Settlement)
    runtime.due.handle(ADJUSTMENT_DUE, NoteAdjustment(cycles, kept))
    runtime.worker.store({}, views=[cycle_rows(settings.zone), CYCLE_FINDINGS])
    for declared in (CYCLE_LIST, ADJUSTMENT_LIST, FINDING_LIST):
        runtime.add_list(declared)
    reads = runtime.store(CycleReads, kept)
    return cycle_routes(runtime.commands, SettleCycle(cycles, kept), cycles, reads)


async def begin_to_collect(runtime: Runtime) -> None:
    """The fixed times begin with the first start; from then on each makes the next one due."""
    rows = runtime.due.rows
    if not await rows.about(COLLECT):
        first = DueRow(COLLECT, NEXT, BEGINNING, {}, about=COLLECT)
        await in_transaction(runtime.mongo, lambda session: rows.schedule_many([first], session))


def work_on_charges(runtime: Runtime, charges: MongoRepository[Charge]) -> None:
    """Name what does each kind of due work of charges."""
    runtime.due.handle(DEBIT_DUE, DebitWhenDue(charges), together=True)
    runtime.due.handle(RESULT_DUE, NoticeNoResult(charges), together=True)
    runtime.due.handle(ASK_AGAIN, AskAgain(charges), together=True)


def work_on_batches(
    runtime: Runtime,
    batches: MongoRepository[Batch],
    charges: MongoRepository[Charge],
    parts: BatchParts,
    rows: PartRows,
) -> None:
    """What is told of batches, and what does each kind of their due work."""
    runtime.restore(RestoredBatches)
    consume_batches(runtime, batches)
    runtime.prepare(partial(begin_to_collect, runtime))
    for kind, handler in (
        (BATCH_SEAL, SealBatch(batches, charges, parts)),
        (BATCH_SUBMIT, SubmitBatch(batches, charges, parts)),
        (BATCH_RELEASE, ReleaseBatch(batches, charges, parts)),
        (BATCH_ANSWER, NoticeNoAnswer(batches, charges, rows)),
        (BATCH_GRACE, NoticeNoResults(charges, rows)),
        (BATCH_TALLY, TallyBatch(batches, parts, runtime.due.rows)),
    ):
        runtime.due.handle(kind, handler)

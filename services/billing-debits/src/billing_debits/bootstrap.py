"""The only place that builds concrete things and joins them."""

from collections.abc import Iterable

from fastapi import APIRouter

from billing_debits.api.attempt_list import ATTEMPT_LIST
from billing_debits.api.attempts import attempt_routes
from billing_debits.api.charge_list import CHARGE_LIST
from billing_debits.api.charges import charge_routes
from billing_debits.api.cycle_list import ADJUSTMENT_LIST, CYCLE_LIST, FINDING_LIST
from billing_debits.api.cycles import cycle_routes
from billing_debits.api.exception_list import EXCEPTION_LIST
from billing_debits.api.exceptions import exception_routes
from billing_debits.consumers import consume, consume_cycles
from billing_debits.domain.charge import Charge
from billing_debits.domain.policies import Rules
from billing_debits.publishing import cycle_messages, step_messages
from billing_debits.settings import Settings
from billing_debits.store.charges import ChargeStore
from billing_debits.store.cycle_reads import CycleReads
from billing_debits.store.cycle_rows import CYCLE_FINDINGS, cycle_rows
from billing_debits.store.cycles import CycleStore
from billing_debits.store.restoring import RestoredCharges
from billing_debits.store.rows import PartRows
from billing_debits.store.settlement import Settlement
from billing_debits.use_cases.collect import AskAgain, DebitWhenDue, NoticeNoResult
from billing_debits.use_cases.due_after_step import (
    ASK_AGAIN,
    DEBIT_DUE,
    RESULT_DUE,
    DueAfterStep,
)
from billing_debits.use_cases.read_charges import charge_not_found
from billing_debits.use_cases.resolve_exception import ResolveException
from billing_debits.use_cases.settle_cycles import (
    ADJUSTMENT_DUE,
    MovedAfterwards,
    NoteAdjustment,
    SettleCycle,
    cycle_not_found,
)
from payops_kernel.ports import DueRow
from payops_kernel.repository import MongoRepository
from payops_kernel.runtime import Runtime, Service

SERVICE = "billing-debits"


def bootstrap(settings: Settings, runtime: Runtime) -> Service[Runtime]:
    """Join the parts; nothing connects before the app starts."""
    decided = settings.rules()

    def rules() -> Rules:
        return decided

    collecting = DueAfterStep(runtime.clock, rules, settings.answered_within)
    afterwards = MovedAfterwards(runtime.clock)

    def due(charge: Charge) -> Iterable[DueRow]:
        return (*collecting(charge), *afterwards(charge))

    rows = runtime.store(PartRows)
    charges = MongoRepository(
        runtime.store(ChargeStore),
        missing=charge_not_found,
        says=step_messages,
        due=due,
        rows=rows,
    )
    consume(runtime, charges, rules)
    runtime.restore(RestoredCharges, charges, runtime.due.rows, rules, runtime.clock)
    runtime.due.handle(DEBIT_DUE, DebitWhenDue(charges))
    runtime.due.handle(RESULT_DUE, NoticeNoResult(charges))
    runtime.due.handle(ASK_AGAIN, AskAgain(charges))
    runtime.add_list(CHARGE_LIST)
    attempts = runtime.add_list(ATTEMPT_LIST)
    runtime.add_list(EXCEPTION_LIST)
    resolve = ResolveException(charges, rows.charge_of, rules)
    return runtime.service(
        charge_routes(charges),
        attempt_routes(attempts, charges),
        exception_routes(runtime.commands, resolve),
        _settlement(settings, runtime),
    )


def _settlement(settings: Settings, runtime: Runtime) -> APIRouter:
    """Billing cycles: what settlement says of them, their closing, and what moves afterwards."""
    cycles = MongoRepository(
        runtime.store(CycleStore), missing=cycle_not_found, says=cycle_messages
    )
    consume_cycles(runtime, cycles)
    settlement = runtime.store(Settlement)
    runtime.due.handle(ADJUSTMENT_DUE, NoteAdjustment(cycles, settlement))
    runtime.worker.store({}, views=[cycle_rows(settings.zone), CYCLE_FINDINGS])
    for declared in (CYCLE_LIST, ADJUSTMENT_LIST, FINDING_LIST):
        runtime.add_list(declared)
    reads = CycleReads(runtime.mongo.db, settlement)
    return cycle_routes(runtime.commands, SettleCycle(cycles, settlement), cycles, reads)

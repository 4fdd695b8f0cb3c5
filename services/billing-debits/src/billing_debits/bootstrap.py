"""The only place that builds concrete things and joins them."""

from billing_debits.api.attempt_list import ATTEMPT_LIST
from billing_debits.api.attempts import attempt_routes
from billing_debits.api.charge_list import CHARGE_LIST
from billing_debits.api.charges import charge_routes
from billing_debits.api.dispute import dispute_routes
from billing_debits.api.exception_list import EXCEPTION_LIST
from billing_debits.api.exceptions import exception_routes
from billing_debits.api.member_list import MEMBER_LIST
from billing_debits.api.members import member_routes
from billing_debits.consumers import consume, consume_members
from billing_debits.domain.policies import Rules
from billing_debits.publishing import standing_messages, step_messages
from billing_debits.settings import Settings
from billing_debits.store.charges import ChargeStore
from billing_debits.store.dispute import DisputeReads
from billing_debits.store.members import MemberStore
from billing_debits.store.restoring import RestoredCharges
from billing_debits.store.rows import PartRows
from billing_debits.use_cases.block_member import BlockMember, member_not_found
from billing_debits.use_cases.collect import AskAgain, DebitWhenDue, NoticeNoResult
from billing_debits.use_cases.due_after_step import (
    ASK_AGAIN,
    DEBIT_DUE,
    RESULT_DUE,
    DueAfterStep,
)
from billing_debits.use_cases.read_charges import charge_not_found
from billing_debits.use_cases.resolve_exception import ResolveException
from payops_kernel.repository import MongoRepository
from payops_kernel.runtime import Runtime, Service

SERVICE = "billing-debits"


def bootstrap(settings: Settings, runtime: Runtime) -> Service[Runtime]:
    """Join the parts; nothing connects before the app starts."""
    decided = settings.rules()

    def rules() -> Rules:
        return decided

    rows = runtime.store(PartRows)
    charges = MongoRepository(
        runtime.store(ChargeStore),
        missing=charge_not_found,
        says=step_messages,
        due=DueAfterStep(runtime.clock, rules, settings.answered_within),
        rows=rows,
    )
    consume(runtime, charges, rules)
    members = MongoRepository(
        runtime.store(MemberStore), missing=member_not_found, says=standing_messages
    )
    consume_members(runtime, members, settings.block_after_rejection)
    runtime.restore(RestoredCharges, charges, runtime.due.rows, rules, runtime.clock)
    runtime.due.handle(DEBIT_DUE, DebitWhenDue(charges))
    runtime.due.handle(RESULT_DUE, NoticeNoResult(charges))
    runtime.due.handle(ASK_AGAIN, AskAgain(charges))
    runtime.add_list(CHARGE_LIST)
    attempts = runtime.add_list(ATTEMPT_LIST)
    runtime.add_list(EXCEPTION_LIST)
    runtime.add_list(MEMBER_LIST)
    resolve = ResolveException(charges, rows.charge_of, rules)
    return runtime.service(
        charge_routes(charges),
        attempt_routes(attempts, charges),
        exception_routes(runtime.commands, resolve),
        member_routes(runtime.commands, members, BlockMember(members)),
        dispute_routes(charges, members, runtime.store(DisputeReads)),
    )

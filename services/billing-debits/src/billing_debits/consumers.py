"""Which topics this service reads, and what folds them: a table of contents."""

from collections.abc import Callable
from functools import partial

from billing_debits.domain.batch import Batch, fold_batch
from billing_debits.domain.charge import Charge
from billing_debits.domain.cycles import BillingCycle, fold_cycle
from billing_debits.domain.facts import Fact
from billing_debits.domain.folding import fold
from billing_debits.domain.following import follow
from billing_debits.domain.member import Member
from billing_debits.domain.policies import Rules
from billing_debits.events import batch_fact, charge_fact, charge_told, cycle_fact, result_fact
from payops_contracts.topics import (
    BILLING_DEBITS_ON_BATCHES,
    BILLING_DEBITS_ON_CHARGES,
    BILLING_DEBITS_ON_CYCLES,
    BILLING_DEBITS_ON_RESULTS,
    MEMBERS_ON_CHARGES,
)
from payops_kernel.repository import MongoRepository
from payops_kernel.runtime import Runtime


def consume_batches(runtime: Runtime, batches: MongoRepository[Batch]) -> None:
    """``upstream.batch-results`` → batches."""
    runtime.consume(
        BILLING_DEBITS_ON_BATCHES,
        batches,
        fact=batch_fact,
        key=lambda fact: fact.batch_code,
        fold=fold_batch,
        contradiction=lambda batch: batch.contradiction,
    )


def consume_cycles(runtime: Runtime, cycles: MongoRepository[BillingCycle]) -> None:
    """``upstream.billing-cycles`` → billing cycles; whichever event comes first opens one."""
    runtime.consume(
        BILLING_DEBITS_ON_CYCLES,
        cycles,
        fact=cycle_fact,
        key=lambda fact: fact.code,
        fold=fold_cycle,
        contradiction=lambda cycle: cycle.contradiction,
    )


def consume(runtime: Runtime, charges: MongoRepository[Charge], rules: Callable[[], Rules]) -> None:
    """``upstream.charges`` and ``upstream.debit-results`` → charges."""

    def folding(charge: Charge | None, fact: Fact) -> Charge:
        return fold(charge, fact, rules(), runtime.clock.now())

    for subscription, fact_of in (
        (BILLING_DEBITS_ON_CHARGES, charge_fact),
        (BILLING_DEBITS_ON_RESULTS, result_fact),
    ):
        runtime.consume(
            subscription,
            charges,
            fact=fact_of,
            key=lambda fact: fact.charge_id,
            fold=folding,
            contradiction=lambda charge: charge.contradiction,
        )


def consume_members(
    runtime: Runtime, members: MongoRepository[Member], block_after_rejection: bool
) -> None:
    """``payops.charges`` → members."""
    runtime.consume(
        MEMBERS_ON_CHARGES,
        members,
        fact=charge_told,
        key=lambda fact: fact.mpass_number,
        fold=partial(follow, block_after_rejection=block_after_rejection),
    )

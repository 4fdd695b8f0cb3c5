"""Which topics this service reads, and what folds them: a table of contents."""

from collections.abc import Callable

from billing_debits.domain.batch import Batch, fold_batch
from billing_debits.domain.charge import Charge
from billing_debits.domain.facts import Fact
from billing_debits.domain.folding import fold
from billing_debits.domain.policies import Rules
from billing_debits.events import batch_fact, charge_fact, result_fact
from payops_contracts.topics import (
    BILLING_DEBITS_ON_BATCHES,
    BILLING_DEBITS_ON_CHARGES,
    BILLING_DEBITS_ON_RESULTS,
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

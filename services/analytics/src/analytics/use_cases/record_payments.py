"""Record payments: a slice of facts into the stored facts and buckets."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from analytics.domain.payment_facts import (
    Changes,
    Contribution,
    PaymentFact,
    changes,
    latest,
    renewals,
)
from payops_kernel.faults import crash_point


class StoredPayments(Protocol):
    """What a slice needs of the store, within the slice's own transaction."""

    async def contributions(self, ids: Collection[str]) -> Mapping[str, Contribution]:
        """What the stored facts among ``ids`` add to which bucket."""
        ...

    async def write(self, changed: Changes) -> None:
        """Facts in place of the stored ones, differences added to their buckets."""
        ...


async def record_payments(payments: StoredPayments, facts: Iterable[PaymentFact]) -> None:
    """Take in the facts of one slice, in any order, duplicates among them."""
    newest = latest(facts)
    stored = await payments.contributions(newest.keys())
    crash_point("consumer.after_load")
    changed = changes(newest, stored)
    crash_point("consumer.after_fold")
    await payments.write(changed)


async def renew_payments(payments: StoredPayments, told: Sequence[PaymentFact]) -> None:
    """Have stored facts of an old form tell all, by states that were counted before."""
    stored = await payments.contributions({fact.transaction_id for fact in told})
    await payments.write(renewals(told, stored))

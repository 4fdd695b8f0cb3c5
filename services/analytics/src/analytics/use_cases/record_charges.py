"""Record charges: a slice of facts into the stored facts and buckets."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from analytics.domain.debit_facts import ChargeFact, DebitChanges, debit_changes
from payops_kernel.faults import crash_point


class StoredCharges(Protocol):
    """What a slice needs of the store, within the slice's own transaction."""

    async def known(self, ids: Collection[str]) -> Mapping[str, ChargeFact]:
        """The stored facts among ``ids``."""
        ...

    async def write(self, changed: DebitChanges) -> None:
        """Facts in place of the stored ones, differences added to their buckets."""
        ...


async def record_charges(charges: StoredCharges, facts: Sequence[ChargeFact]) -> None:
    """Take in the facts of one slice, in any order, duplicates among them."""
    stored = await charges.known({fact.charge_id for fact in facts})
    crash_point("consumer.after_load")
    changed = debit_changes(facts, stored)
    crash_point("consumer.after_fold")
    await charges.write(changed)

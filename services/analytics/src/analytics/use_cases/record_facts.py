"""Record charges and subscriptions: a slice of facts into the stored facts and buckets."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from analytics.domain.day_buckets import DayChanges, F, day_changes
from payops_kernel.faults import crash_point


class StoredFacts(Protocol[F]):
    """What a slice needs of the store, within the slice's own transaction."""

    async def known(self, ids: Collection[str]) -> Mapping[str, F]:
        """The stored facts among ``ids``."""
        ...

    async def write(self, changed: DayChanges[F]) -> None:
        """Facts in place of the stored ones, differences added to their buckets."""
        ...


async def record_facts(stored: StoredFacts[F], facts: Sequence[F]) -> None:
    """Take in the facts of one slice, in any order, duplicates among them."""
    known = await stored.known({fact.key for fact in facts})
    crash_point("consumer.after_load")
    changed = day_changes(facts, known)
    crash_point("consumer.after_fold")
    await stored.write(changed)

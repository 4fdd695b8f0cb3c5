"""Charges by the consumption transactions that they are made of."""

from collections.abc import Sequence

from billing_debits.domain.charge import Charge
from billing_debits.domain.searching import CONSUMPTION_PREFIX
from billing_debits.store.charges import ChargeStore
from payops_kernel.mongo import Collections

CHARGES_MAX = 100
"""A consumption transaction is in one charge, or in a few when it was billed anew."""


class DisputeReads:
    """Reads what a dispute is about; found by the index of searches."""

    indexes = ChargeStore.indexes

    def __init__(self, db: Collections) -> None:
        self._store = ChargeStore(db)

    async def holding(self, transaction_ids: Sequence[str]) -> list[Charge]:
        """Charges that hold any of these, newest first, at most :data:`CHARGES_MAX`."""
        words = [CONSUMPTION_PREFIX + each for each in transaction_ids]
        found = self._store.collection.find(
            {"search": {"$in": words}, "version": {"$gt": 0}},
            sort=[("created_at", -1), ("_id", -1)],
            limit=CHARGES_MAX,
        )
        return [self._store.from_document(row) for row in await found.to_list(CHARGES_MAX)]

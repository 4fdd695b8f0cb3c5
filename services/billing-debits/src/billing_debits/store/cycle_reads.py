"""Reads of one billing cycle for its page."""

from typing import NamedTuple

from billing_debits.store.charges import COLLECTION as CHARGES
from billing_debits.store.cycle_rows import findings_of, rows_of
from billing_debits.store.cycles import CYCLES
from billing_debits.store.settlement import ADJUSTMENTS, Settlement
from billing_debits.use_cases.settle_cycles import OpenCharges
from payops_kernel.mongo import Collections, Document, aggregate_rows, find_rows

CURRENCIES_MAX = 200
FINDINGS_SHOWN = 100
ADJUSTMENTS_SHOWN = 50


class FoundOfCycle(NamedTuple):
    """What is counted of a cycle, beside its own document."""

    rows: list[Document]
    opened: OpenCharges
    adjustments: list[Document]


class CycleReads:
    """Bounded in rows and time; raises ``QueryTooBroad`` past the time."""

    indexes = Settlement.indexes

    def __init__(self, db: Collections, settlement: Settlement) -> None:
        self._cycles, self._charges = db[CYCLES], db[CHARGES]
        self._adjustments = db[ADJUSTMENTS]
        self._settlement = settlement

    async def of(self, code: str) -> FoundOfCycle:
        """Its rows, the charges that bar its closing, and its latest adjustments."""
        opened = await self._settlement.open_charges(code, None)
        return FoundOfCycle(await self.rows(code), opened, await self._adjusted(code))

    async def _adjusted(self, code: str) -> list[Document]:
        return await find_rows(
            self._adjustments,
            {"$or": [{"open_code": code}, {"closed_code": code}]},
            sort=[("at", -1), ("_id", -1)],
            limit=ADJUSTMENTS_SHOWN,
            projection={},
        )

    async def rows(self, code: str) -> list[Document]:
        """The cycle in each currency."""
        return await aggregate_rows(self._cycles, rows_of(code), limit=CURRENCIES_MAX)

    async def findings(self, code: str) -> list[Document]:
        """The first charges whose consumption transactions do not agree."""
        first: list[Document] = [{"$sort": {"_id": 1}}, {"$limit": FINDINGS_SHOWN}]
        pipeline = [*findings_of(code), *first]
        return await aggregate_rows(self._charges, pipeline, limit=FINDINGS_SHOWN)

    async def finding_counts(self, code: str) -> dict[str, int]:
        """How many there are of each kind."""
        count: Document = {"$group": {"_id": "$finding", "count": {"$sum": 1}}}
        found = await aggregate_rows(self._charges, [*findings_of(code), count], limit=10)
        return {row["_id"]: row["count"] for row in found}

"""Reads of one billing cycle for its page."""

from typing import NamedTuple

from billing_debits.store.cycle_rows import CYCLE_ROWS, FINDINGS
from billing_debits.store.settlement import ADJUSTMENTS, Settlement
from billing_debits.use_cases.settle_cycles import OpenCharges
from payops_kernel.mongo import Database, Document, aggregate_rows, find_rows

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

    def __init__(self, db: Database, settlement: Settlement) -> None:
        self._rows, self._findings = db[CYCLE_ROWS], db[FINDINGS]
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
        pipeline: list[Document] = [{"$match": {"code": code}}, {"$sort": {"currency": 1}}]
        return await aggregate_rows(self._rows, pipeline, limit=CURRENCIES_MAX)

    async def findings(self, code: str) -> list[Document]:
        """The first charges whose consumption transactions do not agree."""
        return await find_rows(
            self._findings, {"cycle": code}, sort=[("_id", 1)], limit=FINDINGS_SHOWN, projection={}
        )

    async def finding_counts(self, code: str) -> dict[str, int]:
        """How many there are of each kind."""
        pipeline: list[Document] = [
            {"$match": {"cycle": code}},
            {"$group": {"_id": "$finding", "count": {"$sum": 1}}},
        ]
        found = await aggregate_rows(self._findings, pipeline, limit=10)
        return {row["_id"]: row["count"] for row in found}

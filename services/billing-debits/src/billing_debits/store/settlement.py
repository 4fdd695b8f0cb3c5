"""What a billing cycle comes to, counted from its charges, and the adjustments behind its closing.

Totals are computed from the index ``by_cycle`` of the charges, so that they agree with the charges
by construction, however they changed.
"""

from typing import Any

from billing_debits.domain.cycles import Adjustment, Totals
from billing_debits.domain.facts import EndKind
from billing_debits.domain.settling import OPEN
from billing_debits.store.charges import BY_CYCLE
from billing_debits.store.charges import COLLECTION as CHARGES
from billing_debits.store.charges import INDEXES as CHARGE_INDEXES
from billing_debits.store.cycles import CYCLES, totals_of
from billing_debits.store.cycles import INDEXES as CYCLE_INDEXES
from billing_debits.use_cases.settle_cycles import ADJUSTMENT_DUE, OpenCharges
from payops_contracts.charges import ChargeStatus
from payops_contracts.cycles import CycleStatus
from payops_kernel.due_rows import COLLECTION as DUE
from payops_kernel.due_rows import INDEXES as DUE_INDEXES
from payops_kernel.mongo import (
    ASCENDING,
    DESCENDING,
    Collections,
    Document,
    IndexModel,
    Int64,
    Session,
    present,
)

ADJUSTMENTS = "cycle_adjustments"
OPEN_CHARGES_NAMED = 50

_OPEN = sorted(status.value for status in OPEN)
_SETTLED: Document = {"$eq": ["$ended.kind", EndKind.SETTLED.value]}
_WITHDRAWN: Document = {"$eq": ["$status", ChargeStatus.WITHDRAWN.value]}
_REJECTED = [ChargeStatus.PERMANENT_REJECTED.value, ChargeStatus.REVERSED.value]
_FATES: dict[str, Document] = {
    "collected": {"$eq": ["$status", ChargeStatus.FINALIZED.value]},
    "outstanding": {"$in": ["$status", _OPEN]},
    "permanently_rejected": {"$in": ["$status", _REJECTED]},
    "withdrawn": {"$and": [_WITHDRAWN, {"$not": [_SETTLED]}]},
    "settled_otherwise": {"$and": [_WITHDRAWN, _SETTLED]},
}
"""What became of a charge; each is in exactly one."""


def _sum_of(value: Any, condition: Document | None = None) -> Document:
    return {"$sum": value if condition is None else {"$cond": [condition, value, 0]}}


TOTALS: Document = {
    "charges": _sum_of(1),
    "charged_minor": _sum_of("$amount_minor"),
    "tax_minor": _sum_of("$tax_minor"),
    "owed_back_minor": _sum_of(
        {"$max": [Int64(0), {"$subtract": ["$collected_minor", "$amount_minor"]}]},
        _FATES["collected"],
    ),
    **{name: _sum_of(1, fate) for name, fate in _FATES.items()},
    **{f"{name}_minor": _sum_of("$amount_minor", fate) for name, fate in _FATES.items()},
    "collected_minor": _sum_of("$collected_minor"),
}
"""The accumulators of a group of charges in one currency; named as in :class:`Totals`."""

INDEXES: dict[str, list[IndexModel]] = {
    ADJUSTMENTS: [
        IndexModel([("at", DESCENDING), ("_id", DESCENDING)], name="by_date"),
        IndexModel(
            [("closed_code", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)],
            name="by_closed_cycle",
        ),
        IndexModel(
            [("open_code", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)],
            name="by_open_cycle",
        ),
        IndexModel([("charge_id", ASCENDING)], name="by_charge"),
    ],
}


class Settlement:
    """Satisfies ``KeepsSettlement``: reads and writes of a closing's transaction."""

    indexes = {
        **CHARGE_INDEXES,
        **CYCLE_INDEXES,
        **INDEXES,
        DUE: DUE_INDEXES[DUE],
    }

    def __init__(self, db: Collections) -> None:
        self._charges, self._cycles = db[CHARGES], db[CYCLES]
        self._adjustments, self._due = db[ADJUSTMENTS], db[DUE]

    async def totals(self, code: str, session: Session) -> list[Totals]:
        """Of a cycle's charges as they are, by currency."""
        group: list[Document] = [
            {"$match": {"cycle": code}},
            {"$group": {"_id": "$currency", **TOTALS}},
            {"$sort": {"_id": 1}},
        ]
        found = self._charges.aggregate(group, hint=BY_CYCLE, session=session)
        return [totals_of({"currency": row["_id"], **row}) async for row in found]

    async def open_charges(self, code: str, session: Session | None) -> OpenCharges:
        """Those whose debits are open, and the first of their ids."""
        query = {"cycle": code, "status": {"$in": _OPEN}}
        count = await self._charges.count_documents(query, hint=BY_CYCLE, session=session)
        if not count:
            return OpenCharges(0, ())
        found = self._charges.find(
            query, {"_id": 1}, limit=OPEN_CHARGES_NAMED, hint=BY_CYCLE, session=session
        )
        return OpenCharges(count, tuple([row["_id"] async for row in found]))

    async def open_cycle(self, session: Session) -> str | None:
        """The newest cycle that is open, else the newest that has ended and is not closed."""
        for status in (CycleStatus.OPEN, CycleStatus.ENDED):
            found = await self._cycles.find_one(
                {"status": status.value}, {"_id": 1}, sort=[("_id", -1)], session=session
            )
            if found is not None:
                return str(found["_id"])
        return None

    async def add(self, adjustment: Adjustment, session: Session) -> None:
        """Keep an adjustment; the same one again changes nothing."""
        key = f"{adjustment.charge_id}:{adjustment.charge_version}"
        row = {
            "_id": key,
            "version": 1,
            "charge_id": adjustment.charge_id,
            "at": adjustment.at,
            "currency": adjustment.currency,
            "adjusted_minor": Int64(adjustment.adjusted_minor),
            "closed_code": adjustment.closed_code,
            "open_code": adjustment.open_code,
        } | present(debit_id=adjustment.debit_id)
        await self._adjustments.replace_one({"_id": key}, row, upsert=True, session=session)

    async def look_at(self, code: str, session: Session) -> None:
        """Be seen by a closing that read the charges before they moved: it begins anew."""
        await self._cycles.update_one({"_id": code}, {"$inc": {"looks": 1}}, session=session)

    async def forget_moves(self, code: str, session: Session) -> None:
        """What moved before a closing is in its totals, and needs no adjustment."""
        moved = {"about": code, "kind": ADJUSTMENT_DUE}
        await self._due.delete_many(moved, session=session)

"""Charges that wait to be debited, as building batches reads them."""

from collections.abc import Sequence

from billing_debits.domain.building import Chosen, Waiting
from billing_debits.store.charges import COLLECTION, INDEXES
from payops_contracts.charges import ChargeStatus, ChargeType, Rail
from payops_kernel.mongo import Collections, Document

IDS_A_READ = 5_000
OPEN = (ChargeStatus.PENDING.value, ChargeStatus.TEMP_REJECTED.value)
_FIELDS = dict.fromkeys(
    ["created_at", "type", "amount_minor", "currency", "rail", "status", "batch", "collect_at"], 1
)
_TYPES, _RAILS = {each.value: each for each in ChargeType}, {each.value: each for each in Rail}


class WaitingCharges:
    """Reads of the charges' collection."""

    indexes = INDEXES

    def __init__(self, db: Collections) -> None:
        self._charges = db[COLLECTION]

    async def chosen(self, chosen: Chosen, most: int) -> list[Waiting]:
        """Open charges that were chosen, oldest first, at most so many; by id also others."""
        if chosen.charge_ids:
            return await self.named(chosen.charge_ids[:most])
        found = self._charges.find(
            _query(chosen), _FIELDS, sort=[("created_at", 1), ("_id", 1)], limit=most,
            batch_size=5_000, allow_disk_use=True,
        )  # fmt: skip
        return [_waiting(row) async for row in found]

    async def named(self, ids: Sequence[str]) -> list[Waiting]:
        """The charges with these ids, as far as there are any."""
        rows: list[Waiting] = []
        for start in range(0, len(ids), IDS_A_READ):
            some = {"_id": {"$in": list(ids[start : start + IDS_A_READ])}, "version": {"$gt": 0}}
            found = self._charges.find(some, _FIELDS, batch_size=IDS_A_READ)
            rows += [_waiting(row) async for row in found]
        return rows


def _query(chosen: Chosen) -> Document:
    statuses = OPEN[1:] if chosen.retries_only else OPEN
    query: Document = {"status": {"$in": list(statuses)}}
    for field, values in (("type", chosen.types), ("rail", chosen.rails)):
        if values:
            query[field] = {"$in": sorted(each.value for each in values)}
    if chosen.cycles:
        query["cycle"] = {"$in": sorted(chosen.cycles)}
    if chosen.currency is not None:
        query["currency"] = chosen.currency
    return query


def _waiting(row: Document) -> Waiting:
    return Waiting(
        row["_id"],
        row["created_at"],
        _TYPES[row["type"]],
        int(row["amount_minor"]),
        row["currency"],
        _RAILS[row["rail"]],
        row["status"] in OPEN,
        row.get("batch"),
        row.get("collect_at"),
    )

"""After a restore from backup: batches and billing cycles said again, and what was forgotten."""

from collections.abc import Sequence
from datetime import datetime

import orjson

from billing_debits.publishing.batches import restated_batch
from billing_debits.publishing.cycles import restated_cycle
from billing_debits.store.batch_parts import BatchParts
from billing_debits.store.batches import BatchStore
from billing_debits.store.cycles import CycleStore
from payops_contracts.cycles import CycleStatus
from payops_contracts.topics import BILLING_CYCLES, DEBIT_BATCHES
from payops_kernel.mongo import Collection, Collections, Document, Session
from payops_kernel.ports import OutgoingMessage

NAMED_MAX = 20


class RestoredBatches:
    """Satisfies ``RestoringRules``."""

    indexes = BatchParts.indexes

    def __init__(self, db: Collections) -> None:
        self._store, self._parts = BatchStore(db), BatchParts(db)
        self.topic = DEBIT_BATCHES.name
        self.collection = self._store.collection

    def lesson(self) -> "GivenBatches":
        """A new reading of what was published."""
        return GivenBatches(self._parts, self.collection)

    def restated(self, document: Document, at: datetime, restoration: str) -> OutgoingMessage:
        """A batch's state, its version raised already."""
        return restated_batch(self._store.from_document(document), at, restoration)


class GivenBatches:
    """Satisfies ``Lesson``: the Batch IDs that were given out, and what became of each batch."""

    def __init__(self, parts: BatchParts, batches: Collection) -> None:
        self._parts = parts
        self._batches = batches
        self.highest = 0
        self.status: dict[str, str] = {}

    def learn(self, value: bytes) -> None:
        """Of a batch its number, and how far it came."""
        data = orjson.loads(value)["data"]
        self.highest = max(self.highest, int(data["batch_number"]))
        self.status[data["batch_code"]] = data["status"]

    async def settle(self, session: Session) -> Sequence[str]:
        """Count on behind what was given; name the batches that stand elsewhere now."""
        last = await self._parts.last_number(session)
        if self.highest > last:
            await self._parts.give_out(last, self.highest, session)
        known = await _statuses(self._batches, session)
        other = sorted(code for code, status in self.status.items() if known.get(code) != status)
        if not other:
            return []
        return [
            f"{len(other)} batches stood elsewhere after the backup ({_named(other)}): their "
            "debits are put back into their charges; cancel what is sealed here and was submitted."
        ]


class RestoredCycles:
    """Satisfies ``RestoringRules``."""

    indexes = CycleStore.indexes

    def __init__(self, db: Collections) -> None:
        self._store = CycleStore(db)
        self.topic = BILLING_CYCLES.name
        self.collection = self._store.collection

    def lesson(self) -> "ClosedCycles":
        """A new reading of what was published."""
        return ClosedCycles(self.collection)

    def restated(self, document: Document, at: datetime, restoration: str) -> OutgoingMessage:
        """A cycle's state, its version raised already."""
        return restated_cycle(self._store.from_document(document), at, restoration)


class ClosedCycles:
    """Satisfies ``Lesson``: the cycles that people closed."""

    def __init__(self, cycles: Collection) -> None:
        self._cycles = cycles
        self.status: dict[str, str] = {}

    def learn(self, value: bytes) -> None:
        """Of a cycle whether it is closed."""
        event = orjson.loads(value)
        self.status[event["subject"]] = event["data"]["status"]

    async def settle(self, session: Session) -> Sequence[str]:
        """Name those whose closing, or reopening, is forgotten."""
        known, closed = await _statuses(self._cycles, session), CycleStatus.CLOSED.value
        other = sorted(
            code
            for code, status in self.status.items()
            if (known.get(code) == closed) is not (status == closed)
        )
        if not other:
            return []
        return [
            f"{len(other)} billing cycles were closed or reopened after the backup "
            f"({_named(other)}): do it again."
        ]


async def _statuses(collection: Collection, session: Session) -> dict[str, str]:
    found = collection.find({"version": {"$gt": 0}}, {"status": 1}, session=session)
    return {row["_id"]: row["status"] async for row in found}


def _named(codes: Sequence[str]) -> str:
    more = f" and {len(codes) - NAMED_MAX} more" if len(codes) > NAMED_MAX else ""
    return ", ".join(codes[:NAMED_MAX]) + more

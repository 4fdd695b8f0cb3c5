"""What belongs to a batch and lies beside it: what is to be taken into it, and what its debits
came to; and the numbers and codes of batches."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from billing_debits.domain.attempts import Attempt
from billing_debits.domain.batch import Progress
from billing_debits.domain.charge import Charge
from billing_debits.store.batches import COLLECTION as BATCHES
from billing_debits.store.batches import INDEXES as BATCH_INDEXES
from billing_debits.store.slots import ASKED, SLOTS, slot_of
from payops_contracts.charges import AttemptStatus
from payops_contracts.ids import BatchCode, ChargeId
from payops_kernel.mongo import (
    ASCENDING,
    Collections,
    Document,
    IndexModel,
    Int64,
    Session,
    UpdateOne,
)

PIECES, PREVIEWS, NUMBERS, PROGRESS = (
    "debit_batch_pieces",
    "debit_batch_previews",
    "debit_batch_numbers",
    "debit_batch_progress",
)
PIECE = 500
"""Charges that one transaction takes into a batch, or submits."""
PREVIEW_PIECE = 5_000
PREVIEW_LIVES = timedelta(hours=1)

INDEXES: dict[str, list[IndexModel]] = {
    PIECES: [],
    NUMBERS: [],
    PROGRESS: [],
    PREVIEWS: [
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    ],
    BATCHES: BATCH_INDEXES[BATCHES],
}


class Previewed(NamedTuple):
    """A charge of a preview."""

    charge_id: str
    amount_minor: int
    currency: str


class BatchParts:
    """The collections beside the batches."""

    indexes = INDEXES

    def __init__(self, db: Collections) -> None:
        self._pieces, self._previews = db[PIECES], db[PREVIEWS]
        self._numbers, self._progress = db[NUMBERS], db[PROGRESS]
        self._batches = db[BATCHES]

    async def keep_preview(self, preview_id: str, owner: str, rows: Sequence[Previewed]) -> None:
        """Keep what a person was shown, for an hour."""
        expires_at = datetime.now(UTC) + PREVIEW_LIVES
        pieces: list[Document] = [
            {
                "_id": f"{preview_id}:{start:06d}",
                "owner": owner,
                "rows": [list(row) for row in rows[start : start + PREVIEW_PIECE]],
                "expires_at": expires_at,
            }
            for start in range(0, max(1, len(rows)), PREVIEW_PIECE)
        ]
        await self._previews.insert_many(pieces)

    async def previewed(self, preview_id: str, owner: str) -> list[Previewed] | None:
        """What that person was shown; None when it is not there any more."""
        of_it = {"_id": {"$gte": f"{preview_id}:", "$lt": f"{preview_id};"}}
        alive = {"owner": owner, "expires_at": {"$gt": datetime.now(UTC)}}
        found = await self._previews.find(of_it | alive, sort=[("_id", 1)]).to_list(None)
        if not found:
            return None
        return [Previewed(*row) for piece in found for row in piece["rows"]]

    async def add_pieces(self, code: BatchCode, ids: Sequence[str], session: Session) -> None:
        """Keep what is to be taken into a batch, in the order of the ids."""
        pieces: list[Document] = [
            {"_id": _piece_id(code, start // PIECE), "ids": list(ids[start : start + PIECE])}
            for start in range(0, len(ids), PIECE)
        ]
        await self._pieces.insert_many(pieces, session=session)

    async def piece(self, code: BatchCode, number: int, session: Session) -> list[ChargeId]:
        """One of them."""
        found = await self._pieces.find_one({"_id": _piece_id(code, number)}, session=session)
        return [] if found is None else list(found["ids"])

    async def forget_pieces(self, code: BatchCode, session: Session) -> None:
        """Its members are known by themselves from now on."""
        of_it = {"_id": {"$gte": f"{code}:", "$lt": f"{code};"}}
        await self._pieces.delete_many(of_it, session=session)

    async def last_number(self, session: Session) -> int:
        """The highest Batch ID that was given out."""
        found = await self._numbers.find_one({"_id": "last"}, session=session)
        return 0 if found is None else int(found["number"])

    async def give_out(self, last: int, number: int, session: Session) -> None:
        """Remember the highest Batch ID; who gives some out at the same time does it anew."""
        await self._numbers.update_one(
            {"_id": "last"}, {"$set": {"number": number}, "$inc": {"times": 1}},
            upsert=True, session=session,
        )  # fmt: skip

    async def codes_like(self, stem: str, session: Session) -> set[str]:
        """The batch codes that begin with one."""
        of_it = {"_id": {"$gte": stem, "$lt": f"{stem}~"}}
        found = await self._batches.find(of_it, {"_id": 1}, session=session).to_list(None)
        return {row["_id"] for row in found}

    async def progress(self, code: BatchCode, session: Session | None) -> Progress:
        """What its debits came to until now."""
        ids = [f"{code}:{slot}" for slot in (*range(SLOTS), ASKED)]
        found = await self._progress.find({"_id": {"$in": ids}}, session=session).to_list(None)
        return progress_of(found)

    async def count(self, changed: Iterable[Charge], session: Session) -> set[BatchCode]:
        """Count what became of debits in batches since their charges were read; those batches.

        Not the batches whose debits were only asked for.
        """
        updates = dict(_updates(changed))
        if updates:
            writes = [UpdateOne({"_id": key}, each, upsert=True) for key, each in updates.items()]
            await self._progress.bulk_write(writes, ordered=False, session=session)
        parts = (key.rpartition(":") for key in updates)
        return {BatchCode(code) for code, _, slot in parts if slot != ASKED}


def _piece_id(code: BatchCode, number: int) -> str:
    return f"{code}:{number:06d}"


def progress_of(found: Sequence[Document]) -> Progress:
    """The parts of a batch's progress, added up."""
    counts: dict[str, int] = defaultdict(int)
    sums: dict[str, int] = defaultdict(int)
    for row in found:
        for status, count in row.get("counts", {}).items():
            counts[status] += int(count)
        for status, amount in row.get("minor", {}).items():
            sums[status] += int(amount)
    firsts = [row["first"] for row in found if "first" in row]
    lasts = [row["last"] for row in found if "last" in row]
    gone, here = AttemptStatus.REVERSED.value, AttemptStatus.FINALIZED.value
    failed = (AttemptStatus.TEMP_REJECTED.value, AttemptStatus.PERMANENT_REJECTED.value)
    return Progress(
        submitted=sum(counts.values()),
        succeeded=counts[here] + counts[gone],
        succeeded_minor=sums[here] + sums[gone],
        failed=sum(counts[each] for each in failed),
        unknown=counts[AttemptStatus.UNKNOWN.value],
        reversed=counts[gone],
        reversed_minor=sums[gone],
        first_result_at=min(firsts, default=None),
        last_result_at=max(lasts, default=None),
    )


def _updates(changed: Iterable[Charge]) -> Iterable[tuple[str, Document]]:
    incs: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    results: dict[str, list[datetime]] = defaultdict(list)
    for charge in changed:
        for attempt in charge.attempts:
            if attempt.batch is None or not attempt.touched or attempt.was is attempt.status:
                continue
            asked = attempt.was is None and attempt.status is AttemptStatus.SUBMITTED
            key = f"{attempt.batch}:{ASKED if asked else slot_of(charge.id)}"
            _count(incs[key], attempt, charge.raised.amount_minor)
            if attempt.outcome is not None:
                results[key].append(attempt.outcome.at)
    for key, inc in incs.items():
        update: dict[str, Any] = {"$inc": {name: Int64(by) for name, by in inc.items()}}
        if came := results.get(key):
            update |= {"$min": {"first": min(came)}, "$max": {"last": max(came)}}
        yield key, update


def _count(inc: dict[str, int], attempt: Attempt, amount_minor: int) -> None:
    for status, by in ((attempt.was, -1), (attempt.status, 1)):
        if status is not None:
            inc[f"counts.{status.value}"] += by
            inc[f"minor.{status.value}"] += by * amount_minor

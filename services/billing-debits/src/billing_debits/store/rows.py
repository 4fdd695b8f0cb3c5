"""Attempts and exceptions as rows of lists of their own, written with their charge."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence, Set
from datetime import UTC, date, datetime
from typing import Protocol

from billing_debits.domain.attempts import Attempt
from billing_debits.domain.charge import Charge
from billing_debits.domain.exceptions import DebitException
from billing_debits.domain.searching import attempt_words, exception_words
from payops_contracts.charges import AttemptStatus
from payops_contracts.ids import BatchCode, ChargeId, DebitId
from payops_kernel.mongo import (
    ASCENDING,
    DESCENDING,
    Collections,
    Document,
    IndexModel,
    IndexWay,
    InsertOne,
    Int64,
    ReplaceOne,
    Session,
    present,
)

ATTEMPTS, EXCEPTIONS = "debit_attempts", "debit_exceptions"
EARLIEST = datetime.min.replace(tzinfo=UTC)
BY_DATE, BY_STATUS, BY_RETRY = "by_date", "by_status", "by_next_retry"

INDEXES: dict[str, list[IndexModel]] = {
    ATTEMPTS: [
        IndexModel(
            [
                ("submitted_at", DESCENDING),
                ("_id", DESCENDING),
                ("status", ASCENDING),
                ("currency", ASCENDING),
                ("amount_minor", ASCENDING),
            ],
            name=BY_DATE,
        ),
        IndexModel(
            [
                ("status", ASCENDING),
                ("submitted_at", DESCENDING),
                ("_id", DESCENDING),
                ("currency", ASCENDING),
                ("amount_minor", ASCENDING),
            ],
            name=BY_STATUS,
        ),
        IndexModel(
            [("search", ASCENDING), ("submitted_at", DESCENDING), ("_id", DESCENDING)],
            name="by_search",
        ),
        # Upcoming retries: few rows have one. It covers their sums.
        IndexModel(
            [
                ("next_retry_at", ASCENDING),
                ("_id", ASCENDING),
                ("currency", ASCENDING),
                ("amount_minor", ASCENDING),
            ],
            name=BY_RETRY,
            partialFilterExpression={"next_retry_at": {"$exists": True}},
        ),
        IndexModel([("charge_id", ASCENDING), ("number", ASCENDING)], name="by_charge"),
        # The debits of a batch, and those of them without a result.
        IndexModel(
            [
                ("batch_code", ASCENDING),
                ("status", ASCENDING),
                ("resolved_at", ASCENDING),
                ("amount_minor", ASCENDING),
            ],
            name="by_batch",
            partialFilterExpression={"batch_code": {"$exists": True}},
        ),
    ],
    EXCEPTIONS: [
        IndexModel(
            [("state", ASCENDING), ("opened_at", DESCENDING), ("_id", DESCENDING)],
            name="by_state",
        ),
        IndexModel([("opened_at", DESCENDING), ("_id", DESCENDING)], name=BY_DATE),
        IndexModel(
            [
                ("kind", ASCENDING),
                ("state", ASCENDING),
                ("opened_at", DESCENDING),
                ("_id", DESCENDING),
            ],
            name="by_kind",
        ),
        IndexModel([("charge_id", ASCENDING)], name="by_charge"),
        IndexModel(
            [("batch_code", ASCENDING), ("opened_at", DESCENDING), ("_id", DESCENDING)],
            name="by_batch",
            partialFilterExpression={"batch_code": {"$exists": True}},
        ),
        IndexModel(
            [("search", ASCENDING), ("opened_at", DESCENDING), ("_id", DESCENDING)],
            name="by_search",
        ),
    ],
}
ATTEMPT_WAYS = (
    IndexWay(BY_DATE, ("submitted_at",), in_order_of="submitted_at", covers=True),
    IndexWay(
        BY_STATUS,
        ("status", "submitted_at"),
        in_order_within="submitted_at",
        covers=True,
        every={"status": {"$in": sorted(status.value for status in AttemptStatus)}},
    ),
)


class CountsDebits(Protocol):
    """Counts what became of debits in batches."""

    async def count(self, changed: Iterable[Charge], session: Session) -> Set[BatchCode]:
        """Since these charges were read; the batches with other results than before."""
        ...


Tally = Callable[[Set[BatchCode], Session], Awaitable[None]]
"""Has the results of batches read back into them."""


class PartRows:
    """Satisfies the kernel's ``Rows``: what a change touched is written anew."""

    indexes = INDEXES

    def __init__(self, db: Collections, batches: CountsDebits, tally: Tally) -> None:
        """``batches`` count what became of debits in them."""
        self._attempts, self._exceptions = db[ATTEMPTS], db[EXCEPTIONS]
        self._batches = batches
        self._tally = tally

    async def charge_of(self, exception_id: str) -> str | None:
        """The charge that an exception is of; None when there is no such exception."""
        found = await self._exceptions.find_one({"_id": exception_id}, {"charge_id": 1})
        return None if found is None else str(found["charge_id"])

    async def planned(self, zone: str) -> list[tuple[date, str, int, int]]:
        """Day in a zone, currency, number and sum of the retries that are planned, in order."""
        day = {"$dateToString": {"date": "$next_retry_at", "format": "%Y-%m-%d", "timezone": zone}}
        sums = {"count": {"$sum": 1}, "amount_minor": {"$sum": "$amount_minor"}}
        found = self._attempts.aggregate(
            [
                {"$match": {"next_retry_at": {"$gte": EARLIEST}}},
                {"$group": {"_id": {"day": day, "currency": "$currency"}} | sums},
                {"$sort": {"_id": 1}},
            ],
            hint=BY_RETRY,
        )
        return [
            (
                date.fromisoformat(row["_id"]["day"]),
                str(row["_id"]["currency"]),
                int(row["count"]),
                int(row["amount_minor"]),
            )
            for row in await found.to_list(length=None)
        ]

    async def write(self, changed: Sequence[Charge], session: Session) -> None:
        """A row each, of attempts and exceptions that changed since the charge was read.

        A planned retry stands on the latest attempt alone, so that one is always written with it.
        """
        attempts = [
            _attempt_write(charge, each) for charge in changed for each in shown_anew(charge)
        ]
        exceptions = [_write(row) for charge in changed for row in exception_rows(charge)]
        for collection, writes in ((self._attempts, attempts), (self._exceptions, exceptions)):
            if writes:
                await collection.bulk_write(writes, ordered=False, session=session)
        if codes := await self._batches.count(changed, session):
            await self._tally(codes, session)

    async def results(self, code: BatchCode, charge_ids: Sequence[str]) -> dict[str, Document]:
        """What came of charges in a batch, by charge; none of those that were not submitted."""
        of_it = {"charge_id": {"$in": list(charge_ids)}, "batch_code": code}
        fields = dict.fromkeys(["charge_id", "status", "failure_reason"], 1)
        found = await self._attempts.find(of_it, fields, hint="by_charge").to_list(None)
        return {row["charge_id"]: row for row in found}

    async def collected_since(self, code: BatchCode, since: datetime) -> int:
        """What debits of a batch that succeeded after an instant brought, in minor units."""
        asked: list[Document] = [
            {
                "$match": {
                    "batch_code": code,
                    "status": AttemptStatus.FINALIZED.value,
                    "resolved_at": {"$gt": since},
                }
            },
            {"$group": {"_id": None, "minor": {"$sum": "$amount_minor"}}},
        ]
        found = await self._attempts.aggregate(asked, hint="by_batch").to_list(1)
        return int(found[0]["minor"]) if found else 0

    async def unanswered(
        self, code: BatchCode, limit: int, session: Session
    ) -> list[tuple[ChargeId, DebitId]]:
        """The first debits of a batch that have no result: their charges, and their ids."""
        of_it = {"batch_code": code, "status": AttemptStatus.SUBMITTED.value}
        fields = {"charge_id": 1}
        found = self._attempts.find(of_it, fields, session=session, limit=limit)
        return [(row["charge_id"], row["_id"]) for row in await found.to_list(limit)]


def _attempt_write(charge: Charge, attempt: Attempt) -> InsertOne[Document] | ReplaceOne[Document]:
    # One that was made since the charge was read is in no collection yet.
    row = attempt_row(charge, attempt)
    return InsertOne(row) if attempt.was is None else _write(row)


def _write(row: Document) -> ReplaceOne[Document]:
    return ReplaceOne({"_id": row["_id"]}, row, upsert=True)


def shown_anew(charge: Charge) -> Iterator[Attempt]:
    """The attempts that were touched, and the last."""
    for attempt in charge.attempts:
        if attempt.touched or attempt is charge.attempts[-1]:
            yield attempt


def attempt_rows(charge: Charge) -> Iterator[Document]:
    """The rows of these."""
    return (attempt_row(charge, attempt) for attempt in shown_anew(charge))


def attempt_row(charge: Charge, attempt: Attempt) -> Document:
    """One row of the debit history."""
    raised, failure, stand = charge.raised, attempt.failure, charge.standing()
    decision = charge.decision if stand.retry_due_at is not None else None
    last = attempt is charge.attempts[-1]
    shown = stand.retry_count if attempt.retry_count is None else attempt.retry_count
    return {
        "_id": attempt.debit_id,
        "version": charge.version,
        "charge_id": charge.id,
        "number": attempt.number,
        "status": attempt.status.value,
        "submitted_at": attempt.submitted_at,
        "mpass_number": raised.mpass_number,
        "user": present(id=raised.payer.id, name=raised.payer.name),
        "billing_code": raised.billing_code,
        "description": raised.description,
        "amount_minor": Int64(raised.amount_minor),
        "currency": raised.currency,
        "rail": raised.rail.value,
        "retry_count": shown,
        "retries_max": charge.retries_max,
        "search": attempt_words(charge, attempt),
    } | present(
        batch_code=attempt.batch,
        initial=attempt.initial or None,
        resolved_at=attempt.resolved_at,
        failure_code=None if failure is None else failure.code,
        failure_reason=None if failure is None else failure.message or failure.code,
        next_retry_at=decision.next_at if decision is not None and last else None,
    )


def exception_rows(charge: Charge) -> Iterator[Document]:
    """Of the exceptions that were touched."""
    for each in charge.exceptions:
        if each.touched:
            yield exception_row(charge, each)


def exception_row(charge: Charge, each: DebitException) -> Document:
    """One row of the exceptions."""
    raised = charge.raised
    attempt = charge.attempt(each.debit_id)
    return {
        "_id": each.id_of(charge.id),
        "version": charge.version,
        "charge_id": charge.id,
        "kind": each.kind.value,
        "state": "OPEN" if each.open else "RESOLVED",
        "opened_at": each.opened_at,
        "amount_minor": Int64(each.amount_minor),
        "currency": raised.currency,
        "mpass_number": raised.mpass_number,
        "search": exception_words(charge, each),
    } | present(
        debit_id=each.debit_id,
        batch_code=None if attempt is None else attempt.batch,
        owner=each.owner,
        resolved_at=each.resolved_at,
        resolved_by=each.resolved_by,
        resolution=each.resolution,
    )

"""The due work behind batches: take charges in, submit them, let go of them, look for results.

Each is one piece of at most 500 charges in one transaction, which remembers the next; a process
that is killed leaves the piece to whoever comes next.
"""

import asyncio
from collections.abc import Iterable, Sequence, Set
from datetime import datetime, timedelta
from typing import Protocol
from uuid import uuid4

from billing_debits.domain.batch import (
    Batch,
    Progress,
    begin_submission,
    exclude,
    not_answered,
    progressed,
    seal_member,
    sealed_piece,
    submitted_piece,
)
from billing_debits.domain.charge import Charge
from billing_debits.domain.collecting import bar, leave, miss, submit, take_into
from billing_debits.use_cases.collect import new_order
from payops_contracts.debit_batches import BatchHistoryEvent, BatchStatus
from payops_contracts.ids import BatchCode, ChargeId, DebitId
from payops_kernel.clock import Clock
from payops_kernel.ports import DueRow, Repository, Session, Work

BATCH_SEAL = "batch-seal"
BATCH_SUBMIT = "batch-submit"
BATCH_RELEASE = "batch-release"
BATCH_ANSWER = "batch-answer"
"""A batch should have been processed."""
BATCH_GRACE = "batch-grace"
"""A batch was processed: what has no result by now has none."""
BATCH_TALLY = "batch-tally"
"""Debits of a batch have changed."""
GRACE = timedelta(minutes=15)
PIECE_MAX = 500
"""Charges of one transaction."""


class Parts(Protocol):
    """What lies beside a batch."""

    async def piece(self, code: BatchCode, number: int, session: Session) -> list[ChargeId]:
        """Charges that are to be taken into it."""
        ...

    async def forget_pieces(self, code: BatchCode, session: Session) -> None:
        """They are not wanted any more."""
        ...

    async def progress(self, code: BatchCode, session: Session | None) -> Progress:
        """What its debits came to until now."""
        ...


class PlansDueWork(Protocol):
    """Keeps what is due."""

    async def schedule_many(self, rows: Sequence[DueRow], session: Session) -> None:
        """Have things done when they are due."""
        ...

    async def cancel_about(self, kind: str, subject: str, session: Session) -> None:
        """Forget those of a kind that are about one thing."""
        ...


class DueAfterBatchStep:
    """What the last step of a batch makes due: one thing at most."""

    def __init__(self, clock: Clock, answered_within: timedelta) -> None:
        self._clock = clock
        self._answered_within = answered_within

    def __call__(self, batch: Batch) -> Iterable[DueRow]:
        """The row for the last step."""
        step = batch.step
        if step is None or not step.row.applied:
            return ()
        if step.row.status is BatchStatus.PROCESSED is not step.status_before:
            return (_row(BATCH_GRACE, batch, self._clock, GRACE),)
        match BatchHistoryEvent(step.row.event):
            case BatchHistoryEvent.DRAFTED:
                return (_row(BATCH_SEAL, batch, self._clock),)
            case BatchHistoryEvent.SUBMITTING:
                return (_row(BATCH_SUBMIT, batch, self._clock),)
            case BatchHistoryEvent.SUBMITTED:
                return (_row(BATCH_ANSWER, batch, self._clock, self._answered_within),)
            case BatchHistoryEvent.CANCELLED:
                return (_row(BATCH_RELEASE, batch, self._clock),)
            case _:
                return ()


def tally_row(code: BatchCode, now: datetime) -> DueRow:
    """Has a batch's results read back: a row of its own each time, so that no slice of results
    writes what another one, or who does the tally, is writing."""
    return DueRow(BATCH_TALLY, uuid4().hex, now, {"batch": code}, about=code)


class PlanTally:
    """Has the results of batches read back into them."""

    def __init__(self, due: PlansDueWork, clock: Clock) -> None:
        self._due = due
        self._clock = clock

    async def __call__(self, codes: Set[BatchCode], session: Session) -> None:
        """With the transaction that counted them."""
        rows = [tally_row(code, self._clock.now()) for code in sorted(codes)]
        await self._due.schedule_many(rows, session)


def _row(kind: str, batch: Batch, clock: Clock, after: timedelta = timedelta(0)) -> DueRow:
    return DueRow(kind, batch.code, clock.now() + after, {}, about=batch.code)


async def find_all(
    work: Work, charges: Repository[Charge], ids: Sequence[ChargeId]
) -> list[Charge | None]:
    """Many charges with one read, in the order of their ids."""

    async def find(charge_id: ChargeId) -> Charge | None:
        return await work.find(charges, charge_id)

    return await asyncio.gather(*map(find, ids))


class _Piecewise:
    def __init__(
        self, batches: Repository[Batch], charges: Repository[Charge], parts: Parts
    ) -> None:
        self._batches = batches
        self._charges = charges
        self._parts = parts

    async def _piece(self, work: Work, batch: Batch) -> list[tuple[ChargeId, Charge | None]]:
        """The charges of its next piece."""
        code, number = batch.code, batch.cursor
        ids = await work.read(lambda session: self._parts.piece(code, number, session))
        return list(zip(ids, await find_all(work, self._charges, ids), strict=True))

    def _go_on(self, work: Work, row: DueRow) -> None:
        work.schedule(DueRow(row.kind, row.key, work.now, {}, about=row.about))

    def _over(self, work: Work, batch: Batch) -> None:
        code = batch.code
        work.write(lambda session: self._parts.forget_pieces(code, session))


class SealBatch(_Piecewise):
    """Take the next piece of what was chosen into the batch."""

    async def __call__(self, work: Work, row: DueRow) -> None:
        """What cannot be debited any more, or is in another batch, is left out and counted."""
        batch = await work.find(self._batches, row.key)
        if batch is None or batch.phase not in {BatchStatus.DRAFT, BatchStatus.SEALING}:
            return
        for charge_id, charge in await self._piece(work, batch):
            why = "There is no such charge." if charge is None else _why_not(charge, work)
            if charge is None or why is not None:
                batch.left_out[why or ""] += 1
                continue
            take_into(charge, batch.code, work.now)
            work.save(charge)
            seal_member(batch, charge_id, charge.raised.type, charge.raised.amount_minor)
        sealed_piece(batch, work.now)
        work.save(batch)
        if batch.sealed_at is not None and batch.submit_when_sealed:
            begin_submission(batch, batch.created_by, work.now)
            work.save(batch)
        elif batch.cancelled_at is not None:
            self._over(work, batch)
        elif batch.sealed_at is None:
            self._go_on(work, row)


def _why_not(charge: Charge, work: Work) -> str | None:
    if charge.batch is not None:
        return f"It is in batch {charge.batch}."
    return bar(charge, work.now)


class SubmitBatch(_Piecewise):
    """Ask for the debits of the next piece of its members."""

    async def __call__(self, work: Work, row: DueRow) -> None:
        """What was withdrawn or collected meanwhile is excluded, and named."""
        batch = await work.find(self._batches, row.key)
        if batch is None or batch.phase is not BatchStatus.SUBMITTING:
            return
        for charge_id, charge in await self._piece(work, batch):
            if charge is None or charge.batch != batch.code:
                continue  # it was never taken in
            raised, why = charge.raised, bar(charge, work.now)
            if why is None:
                submit(charge, new_order(batch.code), work.now)
                batch.submitted = batch.submitted.plus(raised.type, raised.amount_minor)
            else:
                exclude(batch, charge_id, raised.amount_minor, why)
                leave(charge, batch.code, work.now, why)
            work.save(charge)
        submitted_piece(batch, work.now)
        work.save(batch)
        if batch.phase is BatchStatus.SUBMITTING:
            self._go_on(work, row)
        else:
            self._over(work, batch)
            work.schedule(tally_row(batch.code, work.now))


class ReleaseBatch(_Piecewise):
    """Let go of the next piece of a cancelled batch's members."""

    async def __call__(self, work: Work, row: DueRow) -> None:
        """They are free for another batch."""
        batch = await work.find(self._batches, row.key)
        if batch is None or batch.phase is not BatchStatus.CANCELLED:
            return
        for _, charge in await self._piece(work, batch):
            if charge is not None and charge.batch == batch.code:
                leave(charge, batch.code, work.now, "The batch was cancelled.")
                work.save(charge)
        batch.step = None
        batch.cursor += 1
        work.save(batch)
        if batch.cursor < batch.plan.chunks:
            self._go_on(work, row)
        else:
            self._over(work, batch)


class TallyBatch:
    """Read back what debits of a batch came to, so that its rate grows with every result."""

    def __init__(self, batches: Repository[Batch], parts: Parts, due: PlansDueWork) -> None:
        self._batches = batches
        self._parts = parts
        self._due = due

    async def __call__(self, work: Work, row: DueRow) -> None:
        """Nothing when it is what is known, nor while it is being submitted: that ends with a
        tally, and does not wait for one."""
        code = BatchCode(row.payload["batch"])
        batch = await work.find(self._batches, code)
        if batch is None or batch.phase is BatchStatus.SUBMITTING:
            return
        # What was planned until now is in this snapshot, like the results that it was planned for.
        work.write(lambda session: self._due.cancel_about(BATCH_TALLY, code, session))
        progress = await work.read(lambda session: self._parts.progress(code, session))
        if progressed(batch, progress, work.now):
            work.save(batch)


class FindsUnansweredDebits(Protocol):
    """Debits of a batch that have no result."""

    async def unanswered(
        self, code: BatchCode, limit: int, session: Session
    ) -> list[tuple[ChargeId, DebitId]]:
        """The first of them."""
        ...


class NoticeNoResults:
    """A batch was processed, and the grace is over: debits without a result have none."""

    def __init__(self, charges: Repository[Charge], rows: FindsUnansweredDebits) -> None:
        self._charges = charges
        self._rows = rows

    async def __call__(self, work: Work, row: DueRow) -> None:
        """A piece of them; their outcome is unknown until a late result says it."""
        code = BatchCode(row.key)
        found = await work.read(lambda session: self._rows.unanswered(code, PIECE_MAX, session))
        charges = await find_all(work, self._charges, [charge_id for charge_id, _ in found])
        for charge, (_, debit_id) in zip(charges, found, strict=True):
            if charge is not None and miss(charge, debit_id, work.now):
                work.save(charge)
        if len(found) == PIECE_MAX:
            work.schedule(DueRow(row.kind, row.key, work.now, {}, about=row.about))


class NoticeNoAnswer(NoticeNoResults):
    """A batch, and each debit of it, should have been answered by now."""

    def __init__(
        self, batches: Repository[Batch], charges: Repository[Charge], rows: FindsUnansweredDebits
    ) -> None:
        super().__init__(charges, rows)
        self._batches = batches

    async def __call__(self, work: Work, row: DueRow) -> None:
        """It is flagged, once; what has no result by now has none."""
        batch = await work.find(self._batches, row.key)
        if batch is None or batch.phase is not BatchStatus.SUBMITTED:
            return
        if batch.unanswered_since is None and not_answered(batch, work.now):
            work.save(batch)
        await super().__call__(work, row)

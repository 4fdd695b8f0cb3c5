"""A debit batch: built, sealed, submitted, answered, or cancelled.

Its members are charges that name it: nothing is derived from its date. What becomes of their debits
is counted beside it and read back into ``progress``. One version and one event belong together;
every step but ``progressed`` is a history row too.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from billing_debits.domain.errors import BatchNotCancellable, BatchNotSubmittable
from billing_debits.domain.facts import Cause
from payops_contracts.charges import ChargeType, Rail
from payops_contracts.debit_batches import BatchHistoryEvent, BatchOrigin, BatchStatus
from payops_contracts.ids import BatchCode, ChargeId
from payops_kernel.contradictions import Contradiction, contradicts
from payops_kernel.errors import Park
from payops_kernel.facts import (
    HistoryFull,
    IdentityContradiction,
    contradiction_in,
    seen_in,
)

SOURCE = "/payops/billing-debits"
HISTORY_ROWS_MAX = 1_000
EXCLUDED_NAMED_MAX = 1_000
"""How many members that were not submitted a batch names; it counts the rest."""
BEFORE_SUBMISSION = frozenset({BatchStatus.DRAFT, BatchStatus.SEALING, BatchStatus.SEALED})


@dataclass(frozen=True, slots=True)
class Total:
    """What a batch holds, in minor units of its currency; both parts add up, always."""

    count: int = 0
    unpaid_minor: int = 0
    spending_limit_minor: int = 0

    @property
    def total_minor(self) -> int:
        """Unpaid and Spending Limit together."""
        return self.unpaid_minor + self.spending_limit_minor

    def plus(self, kind: ChargeType, amount_minor: int) -> "Total":
        """With one more charge."""
        if kind is ChargeType.LIMIT_EXCEED:
            limit = self.spending_limit_minor + amount_minor
            return Total(self.count + 1, self.unpaid_minor, limit)
        return Total(self.count + 1, self.unpaid_minor + amount_minor, self.spending_limit_minor)


@dataclass(frozen=True, slots=True, order=True)
class Told:
    """What the processor said of the whole batch."""

    at: datetime
    count: int
    sum_minor: int


@dataclass(frozen=True, slots=True)
class TellsBatch:
    """The processor's word on a whole batch."""

    cause: Cause
    batch_code: BatchCode
    event: BatchHistoryEvent
    """Acknowledged, or processed."""
    count: int
    sum_minor: int
    currency: str


class Excluded(NamedTuple):
    """A member that was sealed and not submitted."""

    charge_id: ChargeId
    amount_minor: int
    reason: str


class Progress(NamedTuple):
    """Results of its debits so far."""

    submitted: int = 0
    succeeded: int = 0
    """Finalized at some time; a later reversal changes nothing here."""
    succeeded_minor: int = 0
    failed: int = 0
    unknown: int = 0
    reversed: int = 0
    reversed_minor: int = 0
    first_result_at: datetime | None = None
    last_result_at: datetime | None = None

    @property
    def resolved(self) -> int:
        """Debits with a result."""
        return self.succeeded + self.failed


class BatchRow(NamedTuple):
    """One thing that happened to a batch, and the status after it."""

    at: datetime
    event: str
    """A ``BatchHistoryEvent``, as it is stored."""
    status: BatchStatus
    source: str
    event_id: str
    applied: bool = True
    note: str | None = None
    actor: str | None = None
    detail: str | None = None
    digest: int | None = None


class BatchStep(NamedTuple):
    """The last step, with what an event about it needs."""

    row: BatchRow
    status_before: BatchStatus | None
    traceparent: str | None = None


class Plan(NamedTuple):
    """What a batch is made of: one currency and one rail."""

    currency: str
    rail: Rail
    drafted: Total
    chunks: int
    """In how many pieces its selection is kept."""


@dataclass(slots=True)
class Batch:
    """The aggregate."""

    code: BatchCode
    number: int
    created_at: datetime
    plan: Plan
    origin: BatchOrigin
    created_by: str | None = None
    submit_when_sealed: bool = False
    version: int = 0
    phase: BatchStatus = BatchStatus.DRAFT
    """How far we are with it; that it is processed, the processor says."""
    cursor: int = 0
    """The next piece of the selection, of sealing, and then of submitting."""
    sealed: Total = field(default_factory=Total)
    left_out: Counter[str] = field(default_factory=Counter)
    """Why chosen charges were not taken in, counted."""
    digest: str = ""
    submitted: Total = field(default_factory=Total)
    excluded: list[Excluded] = field(default_factory=list)
    excluded_count: int = 0
    excluded_minor: int = 0
    sealed_at: datetime | None = None
    submitted_at: datetime | None = None
    cancelled_at: datetime | None = None
    unanswered_since: datetime | None = None
    acknowledged: Told | None = None
    processed: Told | None = None
    progress: Progress = field(default_factory=Progress)
    history: list[BatchRow] = field(default_factory=list)
    step: BatchStep | None = None
    contradiction: Contradiction | None = None

    @property
    def status(self) -> BatchStatus:
        """Where it stands."""
        done = self.phase is BatchStatus.SUBMITTED and self.processed is not None
        return BatchStatus.PROCESSED if done else self.phase

    @property
    def shown(self) -> Total:
        """What lists show of it: sealed, or drafted until then."""
        sealing = self.sealed_at is None
        return self.plan.drafted if sealing else self.sealed

    def agrees(self, told: Told) -> bool:
        """Whether the processor names what was submitted."""
        submitted = self.submitted
        return (told.count, told.sum_minor) == (submitted.count, submitted.total_minor)

    def has_seen(self, cause: Cause) -> bool:
        """Whether this very event is in the history; one that says something else now is kept."""
        seen = seen_in(self.history, cause)
        if seen is None:
            return False
        if contradicts(seen.digest, cause.digest):
            event = BatchHistoryEvent.EVENT_CONTRADICTED
            self.contradiction, note = contradiction_in(self.history, cause, seen, event)
            if note is not None and len(self.history) < HISTORY_ROWS_MAX:
                self.record(event, cause, self.status, note=note)
        return True

    def record(
        self,
        event: BatchHistoryEvent,
        cause: Cause,
        before: BatchStatus | None,
        *,
        note: str | None = None,
        actor: str | None = None,
        detail: str | None = None,
    ) -> None:
        """One row, one version, one step; the state has changed already."""
        row = BatchRow(
            cause.occurred_at, event.value, self.status, cause.source, cause.event_id,
            note is None, note, actor, detail, cause.digest,
        )  # fmt: skip
        if event is not BatchHistoryEvent.PROGRESSED:
            self.history.append(row)
        self.version += 1
        self.step = BatchStep(row, before, cause.traceparent)

    def say(
        self,
        event: BatchHistoryEvent,
        now: datetime,
        before: BatchStatus | None,
        actor: str | None = None,
        detail: str | None = None,
    ) -> None:
        """Record a step of our own."""
        key = event.value.removeprefix("batch_")
        cause = Cause(SOURCE, f"{self.code}:{key}:{self.version + 1}", now)
        self.record(event, cause, before, actor=actor, detail=detail)


def drafted(batch: Batch) -> Batch:
    """A batch that was just made, with its first step."""
    batch.say(BatchHistoryEvent.DRAFTED, batch.created_at, None, batch.created_by)
    return batch


def seal_member(batch: Batch, charge_id: ChargeId, kind: ChargeType, amount_minor: int) -> None:
    """One more member, behind those with lower ids."""
    batch.sealed = batch.sealed.plus(kind, amount_minor)
    said = f"{batch.digest}{charge_id} {amount_minor}\n"
    batch.digest = sha256(said.encode()).hexdigest()


def sealed_piece(batch: Batch, now: datetime) -> None:
    """A piece of the selection was taken in; after the last one the batch is sealed, or cancelled
    when nothing is in it."""
    before = batch.status
    batch.cursor += 1
    batch.step = None
    batch.phase = BatchStatus.SEALING
    if batch.cursor < batch.plan.chunks:
        return
    batch.cursor = 0
    if not batch.sealed.count:
        batch.phase, batch.cancelled_at = BatchStatus.CANCELLED, now
        batch.say(BatchHistoryEvent.CANCELLED, now, before, detail="Nothing was left to take in.")
        return
    batch.phase, batch.sealed_at = BatchStatus.SEALED, now
    batch.say(BatchHistoryEvent.SEALED, now, before)


def not_submittable(batch: Batch) -> str | None:
    """Why its debits cannot be asked for now; None when they can."""
    if batch.phase is BatchStatus.SEALED:
        return None
    return f"It is {batch.status.value.capitalize()}, and not sealed."


def not_cancellable(batch: Batch) -> str | None:
    """Why it cannot be cancelled now; None when it can."""
    if batch.phase in BEFORE_SUBMISSION:
        return None
    return f"It is {batch.status.value.capitalize()}."


def begin_submission(batch: Batch, actor: str | None, now: datetime) -> None:
    """Ask for its debits; raises unless it is sealed."""
    if (refusal := not_submittable(batch)) is not None:
        raise BatchNotSubmittable(refusal)
    batch.phase = BatchStatus.SUBMITTING
    batch.say(BatchHistoryEvent.SUBMITTING, now, BatchStatus.SEALED, actor)


def exclude(batch: Batch, charge_id: ChargeId, amount_minor: int, reason: str) -> None:
    """A member that is not submitted; the digest stays, totals are stated apart."""
    batch.excluded_count += 1
    batch.excluded_minor += amount_minor
    if len(batch.excluded) < EXCLUDED_NAMED_MAX:
        batch.excluded.append(Excluded(charge_id, amount_minor, reason))


def submitted_piece(batch: Batch, now: datetime) -> None:
    """A piece of its members was asked for; after the last one it is submitted."""
    before = batch.status
    batch.cursor += 1
    batch.step = None
    if batch.cursor < batch.plan.chunks:
        return
    batch.phase, batch.submitted_at = BatchStatus.SUBMITTED, now
    batch.say(BatchHistoryEvent.SUBMITTED, now, before)


def cancel(batch: Batch, actor: str, reason: str | None, now: datetime) -> None:
    """Not submit it; raises once its submission has begun."""
    if (refusal := not_cancellable(batch)) is not None:
        raise BatchNotCancellable(refusal)
    before = batch.status
    batch.phase, batch.cancelled_at, batch.cursor = BatchStatus.CANCELLED, now, 0
    batch.say(BatchHistoryEvent.CANCELLED, now, before, actor, reason)


def progressed(batch: Batch, progress: Progress, now: datetime) -> bool:
    """Whether results came since; then a step, without a history row."""
    batch.step = None
    if progress == batch.progress:
        return False
    batch.progress = progress
    batch.say(BatchHistoryEvent.PROGRESSED, now, batch.status)
    return True


def not_answered(batch: Batch, now: datetime) -> bool:
    """Whether the processor has not said in time that it has done with it."""
    batch.step = None
    if batch.processed is not None or batch.phase is not BatchStatus.SUBMITTED:
        return False
    batch.unanswered_since = now
    batch.say(BatchHistoryEvent.UNANSWERED, now, batch.status)
    return True


def fold_batch(batch: Batch | None, fact: TellsBatch) -> Batch:
    """The batch after the processor's word; unchanged when it has seen it.

    Raises ``IdentityContradiction`` or ``HistoryFull`` before changing anything, and ``Park`` for
    a batch that is not known yet. Of several words of a kind the earliest stands.
    """
    if batch is None:
        raise Park(f"batch '{fact.batch_code}' is not known yet")
    batch.step = batch.contradiction = None
    if batch.has_seen(fact.cause):
        return batch
    if len(batch.history) >= HISTORY_ROWS_MAX:
        raise HistoryFull(f"the batch has {HISTORY_ROWS_MAX} history rows")
    if fact.currency != batch.plan.currency:
        raise IdentityContradiction(f"{fact.currency} for a batch of {batch.plan.currency}")
    before, told = batch.status, Told(fact.cause.occurred_at, fact.count, fact.sum_minor)
    if batch.phase in BEFORE_SUBMISSION or batch.phase is BatchStatus.CANCELLED:
        batch.record(fact.event, fact.cause, before, note="ignored: it was not submitted")
        return batch
    acknowledged = fact.event is BatchHistoryEvent.ACKNOWLEDGED
    known = batch.acknowledged if acknowledged else batch.processed
    note = None if known is None or told < known else "ignored: it was said before"
    if note is None and acknowledged:
        batch.acknowledged = told
    elif note is None:
        batch.processed, batch.unanswered_since = told, None
    batch.record(fact.event, fact.cause, before, note=note)
    return batch

"""A charge: what is owed, every attempt to collect it, and what follows.

Its status is derived from all that is known, so that it cannot depend on the order of arrival. One
history row, one version and one event belong together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from billing_debits.domain.attempts import Attempt
from billing_debits.domain.exceptions import DebitException
from billing_debits.domain.facts import Cause, EndKind, Raised
from billing_debits.domain.policies import Decision
from payops_contracts.charges import AttemptStatus, ChargeHistoryEvent, ChargeStatus
from payops_contracts.ids import BatchCode, ChargeId, DebitId
from payops_kernel.contradictions import Contradiction, contradicts
from payops_kernel.facts import contradiction_in, seen_in

HISTORY_ROWS_MAX = 1_000
COMMAND_ROWS_RESERVED = 100
"""Rows that people and the schedule leave free, so that answers to what they asked still fit."""

NOTHING_OWED = frozenset({ChargeStatus.FINALIZED, ChargeStatus.WITHDRAWN})
"""Collected, or ended by settlement: withdrawn, or settled otherwise."""

DONE = "Done"
FAILED = "failed"
NO_RESULT = "Batch processed but charge result not found"
NO_ANSWER = "No result arrived in time"


class HistoryRow(NamedTuple):
    """One thing that happened: when, what, and the status after it."""

    at: datetime
    event: str
    """A ``ChargeHistoryEvent``, as it is stored."""
    status: ChargeStatus
    source: str
    event_id: str
    applied: bool = True
    note: str | None = None
    debit_id: DebitId | None = None
    collected_minor: int | None = None
    reversed_minor: int | None = None
    actor: str | None = None
    detail: str | None = None
    """More about it, such as the processor's words."""
    digest: int | None = None
    """Of the content of upstream's event."""


class Step(NamedTuple):
    """A history row that is new, with what an event about it needs."""

    row: HistoryRow
    status_before: ChargeStatus | None
    traceparent: str | None
    correlation_id: str | None


class Ending(NamedTuple):
    """Settlement wants it no longer."""

    at: datetime
    kind: EndKind
    reason: str | None = None


class Standing(NamedTuple):
    """What follows from a charge's status, worked out once for all that is written of a step."""

    status: ChargeStatus
    retry_count: int
    retry_due_at: datetime | None
    failed_reason: str | None
    outstanding_minor: int


@dataclass(slots=True)
class Charge:
    """The aggregate. ``version`` counts history rows; 0 before the first."""

    raised: Raised
    version: int = 0
    attempts: list[Attempt] = field(default_factory=list)
    ended: Ending | None = None
    decision: Decision | None = None
    """What follows the last failure or reversal; None while nothing failed."""
    retries_max: int = 0
    batch: BatchCode | None = None
    """The open batch that it is in, to be submitted or cancelled; none other may take it."""
    batches: list[BatchCode] = field(default_factory=list)
    """Every batch that it was ever in, oldest first."""
    exceptions: list[DebitException] = field(default_factory=list)
    history: list[HistoryRow] = field(default_factory=list)
    step: Step | None = None
    contradiction: Contradiction | None = None
    """What the last fact was, when its event had said something else before."""

    @property
    def id(self) -> ChargeId:
        """Settlement's."""
        return self.raised.charge_id

    @property
    def status(self) -> ChargeStatus:
        """Where it stands."""
        stand = [each.status for each in self.attempts]
        if AttemptStatus.FINALIZED in stand:
            return ChargeStatus.FINALIZED
        if AttemptStatus.SUBMITTED in stand:
            return ChargeStatus.SUBMITTED
        if AttemptStatus.UNKNOWN in stand:
            return ChargeStatus.TEMP_REJECTED
        if self.ended is not None:
            return ChargeStatus.WITHDRAWN
        if not self.attempts:
            return ChargeStatus.PENDING
        if self.decision is not None and self.decision.due_at is not None:
            return ChargeStatus.TEMP_REJECTED
        last = self.attempts[-1]
        reversed_ = last.status is AttemptStatus.REVERSED
        not_reopened = self.decision is None or self.decision.not_reopened
        if reversed_ and not_reopened:
            return ChargeStatus.REVERSED
        return ChargeStatus.PERMANENT_REJECTED

    @property
    def collected_minor(self) -> int:
        """What is here: the sum of successes, less what went back."""
        return self.raised.amount_minor * sum(each.collected for each in self.attempts)

    @property
    def owed_back_minor(self) -> int:
        """What was collected twice."""
        return max(0, self.collected_minor - self.raised.amount_minor)

    @property
    def outstanding_minor(self) -> int:
        """What the member still owes: nothing once it is collected or has ended."""
        return self._outstanding_minor(self.status)

    def _outstanding_minor(self, status: ChargeStatus) -> int:
        return 0 if status in NOTHING_OWED else self.raised.amount_minor

    def standing(self) -> Standing:
        """As it stands now."""
        status = self.status
        return Standing(
            status,
            self._retry_count(status),
            self._retry_due_at(status),
            self._failed_reason(status),
            self._outstanding_minor(status),
        )

    @property
    def open_attempt(self) -> Attempt | None:
        """The one whose outcome nobody knows yet."""
        return next((each for each in self.attempts if each.open), None)

    @property
    def withdrawal_pending(self) -> bool:
        """Whether it ends as soon as the debit under way has failed."""
        return self.ended is not None and self.open_attempt is not None

    @property
    def settled_otherwise(self) -> bool:
        """Whether the member paid in another way."""
        return self.ended is not None and self.ended.kind is EndKind.SETTLED

    @property
    def failures(self) -> int:
        """Declared failures and reversals: retry numbers that were used."""
        return sum(each.failed for each in self.attempts)

    @property
    def retry_count(self) -> int:
        """The n of "n of max": retries that were made, and the one that is planned."""
        return self._retry_count(self.status)

    def _retry_count(self, status: ChargeStatus) -> int:
        last = status in {ChargeStatus.PERMANENT_REJECTED, ChargeStatus.REVERSED}
        return min(self.failures - last, self.retries_max)

    @property
    def retry_due_at(self) -> datetime | None:
        """From when it may be debited again; None when no retry is planned."""
        return self._retry_due_at(self.status)

    def _retry_due_at(self, status: ChargeStatus) -> datetime | None:
        if status is not ChargeStatus.TEMP_REJECTED or self.open_attempt is not None:
            return None
        return None if self.decision is None else self.decision.due_at

    @property
    def failed_reason(self) -> str | None:
        """The last result in the words of the requirements; None before any."""
        return self._failed_reason(self.status)

    def _failed_reason(self, status: ChargeStatus) -> str | None:
        if status is ChargeStatus.FINALIZED:
            return DONE
        if status is ChargeStatus.PERMANENT_REJECTED:
            return FAILED
        if status is ChargeStatus.WITHDRAWN and self.ended is not None:
            otherwise = self.ended.kind is EndKind.SETTLED
            return self.ended.reason or ("Settled otherwise" if otherwise else "Withdrawn")
        return self._last_result()

    def _last_result(self) -> str | None:
        for attempt in reversed(self.attempts):
            if attempt.status is AttemptStatus.UNKNOWN:
                return NO_ANSWER if attempt.batch is None else NO_RESULT
            if attempt.failure is not None:
                return attempt.failure.message or attempt.failure.code
            if attempt.failed:
                return "Reversed" if attempt.status is AttemptStatus.REVERSED else FAILED
        return None

    @property
    def open_exceptions(self) -> Sequence[DebitException]:
        """What a person has to settle."""
        return [each for each in self.exceptions if each.open]

    def attempt(self, debit_id: DebitId | None) -> Attempt | None:
        """The attempt with this id, if there is one."""
        return next((each for each in self.attempts if each.debit_id == debit_id), None)

    def has_seen(self, cause: Cause) -> bool:
        """Whether this very event is in the history; one that says something else now is kept.

        A contradiction takes one row for each different content, up to a limit; what an event
        without a digest said is not known, so that nothing contradicts it.
        """
        seen = seen_in(self.history, cause)
        if seen is None:
            return False
        if contradicts(seen.digest, cause.digest):
            event = ChargeHistoryEvent.EVENT_CONTRADICTED
            self.contradiction, note = contradiction_in(self.history, cause, seen, event)
            if note is not None and self.has_room():
                self.record(event, cause, self.status, note=note)
        return True

    def has_room(self, reserved: int = COMMAND_ROWS_RESERVED) -> bool:
        """Whether the history takes another row and leaves as many ``reserved`` ones free."""
        return len(self.history) < HISTORY_ROWS_MAX - reserved

    def record(
        self,
        event: ChargeHistoryEvent,
        cause: Cause,
        before: ChargeStatus | None,
        *,
        note: str | None = None,
        debit_id: DebitId | None = None,
        collected_minor: int | None = None,
        reversed_minor: int | None = None,
        actor: str | None = None,
        detail: str | None = None,
    ) -> None:
        """One row, one version, one step; the state has changed already."""
        row = HistoryRow(
            cause.occurred_at,
            event._value_,  # plain, as it is stored; `value` costs thrice as much
            self.status,
            cause.source,
            cause.event_id,
            note is None,
            note,
            debit_id,
            collected_minor,
            reversed_minor,
            actor,
            detail,
            cause.digest,
        )
        self.history.append(row)
        self.version += 1
        self.step = Step(row, before, cause.traceparent, cause.correlation_id)

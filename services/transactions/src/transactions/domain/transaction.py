"""A transaction: its status, its history, its refunds, and how upstream facts fold.

Facts fold by precedence, not by arrival, so that every order of arrival ends in the same state.
One history row, one version and one event belong together.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from payops_contracts.ids import DisputeId, RefundId, TransactionId
from payops_contracts.payments import HistoryEvent, TransactionFlag, TransactionStatus
from payops_contracts.refunds import DisputeStatus
from payops_kernel.contradictions import Contradiction, contradicts
from payops_kernel.facts import contradiction_in, seen_in
from transactions.domain.description import Described
from transactions.domain.facts import Cause, Failure
from transactions.domain.refunds import Dispute, Refund

HISTORY_ROWS_MAX = 1_000
COMMAND_ROWS_RESERVED = 100
"""Rows that people leave free, so that upstream's answers to what they asked still fit."""


class HistoryRow(NamedTuple):
    """One thing that happened: when, what, and the status after it."""

    at: datetime
    event: str
    """A ``HistoryEvent``, as it is stored."""
    status: TransactionStatus
    source: str
    event_id: str
    applied: bool = True
    note: str | None = None
    refunded_minor: int | None = None
    refund_id: RefundId | None = None
    dispute_id: DisputeId | None = None
    actor: str | None = None
    detail: str | None = None
    """More about it, such as why a refund failed or a mail was refused."""
    returned_minor: int | None = None
    digest: int | None = None
    """Of the content of upstream's event."""


class Step(NamedTuple):
    """A history row that is new, with what an event about it needs."""

    row: HistoryRow
    status_before: TransactionStatus | None
    traceparent: str | None
    correlation_id: str | None


@dataclass(slots=True)
class Transaction:
    """The aggregate. ``version`` counts history rows; 0 before the first."""

    id: TransactionId
    amount_minor: int
    currency: str
    described: Described
    version: int = 0
    paid_at: datetime | None = None
    failed_at: datetime | None = None
    failure: Failure | None = None
    refunds: list[Refund] = field(default_factory=list)
    disputes: list[Dispute] = field(default_factory=list)
    history: list[HistoryRow] = field(default_factory=list)
    step: Step | None = None
    contradiction: Contradiction | None = None
    """What the last fact was, when its event had said something else before."""

    @property
    def status(self) -> TransactionStatus:
        """Derived from what is known, so that it cannot depend on the order of arrival."""
        if self.paid_at is None:
            failed = self.failed_at is not None
            return TransactionStatus.FAILED if failed else TransactionStatus.CREATED
        refunded = self.total_refunded_minor
        if refunded == 0:
            return TransactionStatus.PAID
        whole = refunded >= self.amount_minor
        return TransactionStatus.TOTALLY_REFUNDED if whole else TransactionStatus.PARTIALLY_REFUNDED

    @property
    def total_refunded_minor(self) -> int:
        """What went back, external refunds included."""
        if not self.refunds:
            return 0
        return sum(refund.given_back_minor for refund in self.refunds)

    @property
    def in_flight_minor(self) -> int:
        """What refunds without a final answer reserve."""
        return sum(refund.amount_minor for refund in self.refunds if refund.in_flight)

    @property
    def lost_minor(self) -> int:
        """What disputes took."""
        return sum(dispute.lost_minor for dispute in self.disputes)

    @property
    def open_disputes(self) -> int:
        """How many disputes have no outcome yet."""
        return sum(dispute.status is DisputeStatus.OPEN for dispute in self.disputes)

    @property
    def flags(self) -> tuple[TransactionFlag, ...]:
        """What a person should know about it."""
        flags = []
        if self.paid_at is not None and self.failed_at is not None:
            flags.append(TransactionFlag.FAILED_AND_PAID)
        if self.refunds or self.disputes:
            refunded = self.total_refunded_minor
            if refunded + self.lost_minor > self.amount_minor:
                flags.append(TransactionFlag.REFUNDED_OVER_AMOUNT)
            if refunded and self.paid_at is None:
                flags.append(TransactionFlag.REFUNDED_BEFORE_PAID)
            if any(refund.returned for refund in self.refunds):
                flags.append(TransactionFlag.REFUND_RETURNED)
            if any(refund.told_otherwise for refund in self.refunds):
                flags.append(TransactionFlag.CUSTOMER_TOLD_REFUNDED)
        return tuple(flags)

    def has_seen(self, cause: Cause) -> bool:
        """Whether this very event is in the history; one that says something else now is kept.

        A contradiction takes one row for each different content, up to a limit; what an event
        without a digest said is not known, so that nothing contradicts it.
        """
        seen = seen_in(self.history, cause)
        if seen is None:
            return False
        if contradicts(seen.digest, cause.digest):
            event = HistoryEvent.EVENT_CONTRADICTED
            self.contradiction, note = contradiction_in(self.history, cause, seen, event)
            if note is not None and self.has_room():
                self.record(event, cause, self.status, note=note)
        return True

    def has_room(self, reserved: int = COMMAND_ROWS_RESERVED) -> bool:
        """Whether the history takes another row and leaves as many ``reserved`` ones free."""
        return len(self.history) < HISTORY_ROWS_MAX - reserved

    def refund(self, refund_id: RefundId | None) -> Refund | None:
        """The refund with this id, if there is one."""
        return next((refund for refund in self.refunds if refund.id == refund_id), None)

    def dispute(self, dispute_id: DisputeId) -> Dispute | None:
        """The dispute with this id."""
        return next((dispute for dispute in self.disputes if dispute.id == dispute_id), None)

    def record(
        self,
        event: HistoryEvent,
        cause: Cause,
        before: TransactionStatus | None,
        *,
        note: str | None = None,
        refund: Refund | None = None,
        dispute_id: DisputeId | None = None,
        refunded_minor: int | None = None,
        returned_minor: int | None = None,
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
            refunded_minor,
            None if refund is None else refund.id,
            dispute_id,
            actor,
            detail,
            returned_minor,
            cause.digest,
        )
        self.history.append(row)
        self.version += 1
        self.step = Step(row, before, cause.traceparent, cause.correlation_id)

"""Refunds and disputes of a transaction: what was asked, what upstream answered.

Answers fold by precedence, not by arrival: succeeded beats failed beats pending. A refund that
nobody answered in time is of unknown outcome, and keeps its reserve.
"""

from dataclasses import dataclass
from datetime import datetime

from payops_contracts.refunds import DisputeStatus, RefundStatus
from transactions.domain.facts import (
    DisputeFact,
    DisputeFactKind,
    Failure,
    RefundFact,
    failure_order,
)
from transactions.domain.facts import RefundFactKind as Kind

_OPEN = {
    RefundStatus.AWAITING_APPROVAL,
    RefundStatus.REQUESTED,
    RefundStatus.PENDING,
    RefundStatus.UNKNOWN,
}


@dataclass(slots=True)
class Refund:
    """One refund. ``key`` is the idempotency key of our command; None for an external one."""

    id: str
    amount_minor: int
    external: bool
    key: str | None = None
    attempt: int = 1
    requested_at: datetime | None = None
    requested_by: str | None = None
    reason: str | None = None
    comment: str | None = None
    pending: bool = False
    unanswered: bool = False
    succeeded_at: datetime | None = None
    failed_at: datetime | None = None
    failure: Failure | None = None

    @property
    def status(self) -> RefundStatus:
        """Where it stands, whatever the order in which the answers came."""
        if self.succeeded_at is not None:
            return RefundStatus.SUCCEEDED
        if self.failed_at is not None:
            return RefundStatus.FAILED
        if self.unanswered:
            return RefundStatus.UNKNOWN
        return RefundStatus.PENDING if self.pending else RefundStatus.REQUESTED

    @property
    def in_flight(self) -> bool:
        """Whether its amount is still reserved."""
        return self.status in _OPEN

    @property
    def settled_at(self) -> datetime | None:
        """When it succeeded or failed."""
        return self.succeeded_at or self.failed_at

    def answer(self, fact: RefundFact) -> str | None:
        """Take upstream's answer; say why it changes nothing, when it changes nothing."""
        before = self.status
        at = fact.cause.occurred_at
        match fact.kind:
            case Kind.SUCCEEDED:
                self.succeeded_at = min(self.succeeded_at or at, at)
            case Kind.FAILED:
                self._fail(at, fact.failure)
            case Kind.PENDING:
                self.pending, self.unanswered = True, False
        if before is RefundStatus.SUCCEEDED:
            return "ignored: the refund had succeeded already"
        if before is RefundStatus.FAILED and fact.kind is not Kind.SUCCEEDED:
            return "ignored: the refund had failed already"
        return None

    def _fail(self, at: datetime, failure: Failure | None) -> None:
        said = (at, failure_order(failure))
        if self.failed_at is None or said < (self.failed_at, failure_order(self.failure)):
            self.failed_at, self.failure = at, failure


@dataclass(slots=True)
class Dispute:
    """One dispute. Won and lost beat opened; the earlier of won and lost stands."""

    id: str
    amount_minor: int
    opened_at: datetime | None = None
    settled_at: datetime | None = None
    lost: bool = False

    @property
    def status(self) -> DisputeStatus:
        """Where it stands."""
        if self.settled_at is None:
            return DisputeStatus.OPEN
        return DisputeStatus.LOST if self.lost else DisputeStatus.WON

    def answer(self, fact: DisputeFact) -> str | None:
        """Take what upstream says; say why it changes nothing, when it changes nothing."""
        settled = self.settled_at is not None
        at = fact.cause.occurred_at
        lost = fact.kind is DisputeFactKind.LOST
        if fact.kind is DisputeFactKind.OPENED:
            self.opened_at = min(self.opened_at or at, at)
        elif self.settled_at is None or (at, lost) < (self.settled_at, self.lost):
            self.settled_at, self.lost = at, lost
        return "ignored: the dispute had ended already" if settled else None

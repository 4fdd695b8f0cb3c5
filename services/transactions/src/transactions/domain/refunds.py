"""Refunds and disputes of a transaction: what was asked, what upstream answered.

Outcomes fold by the instant at which upstream says they happened, not by arrival: the latest stands
(of one instant, a refund's success and a dispute's loss). An outcome beats what is no outcome:
pending, opened. A refund that nobody answered in time is of unknown outcome, and keeps its reserve.
"""

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

from payops_contracts.ids import DisputeId, RefundId
from payops_contracts.refunds import AWAITING_ANSWER, DisputeStatus, RefundStatus
from transactions.domain.facts import (
    DisputeFact,
    DisputeFactKind,
    Failure,
    RefundFact,
    failure_order,
)
from transactions.domain.facts import RefundFactKind as Kind

IN_FLIGHT = AWAITING_ANSWER | {RefundStatus.AWAITING_APPROVAL}
"""Without an outcome: the amount is reserved."""

_NOT_YET = datetime.max.replace(tzinfo=UTC)


class RefundOutcome(NamedTuple):
    """What upstream said became of a refund."""

    at: datetime
    succeeded: bool
    failure: Failure | None = None

    @property
    def order(self) -> tuple[datetime, bool, tuple[str, str]]:
        """Sorts outcomes the same way in every order of arrival."""
        return self.at, self.succeeded, failure_order(self.failure)


class DisputeOutcome(NamedTuple):
    """How upstream said a dispute ended, and over how much, in minor units."""

    at: datetime
    lost: bool
    amount_minor: int


T = TypeVar("T", RefundOutcome, DisputeOutcome)


def _last_run(outcomes: Sequence[T], word: bool) -> Sequence[T]:
    """The last outcomes in a row that succeeded, or were lost, or did not."""
    end = len(outcomes)
    while end and outcomes[end - 1][1] is not word:
        end -= 1
    start = end
    while start and outcomes[start - 1][1] is word:
        start -= 1
    return outcomes[start:end]


@dataclass(slots=True)
class Refund:
    """One refund. ``key`` is the idempotency key of our command; None for an external one."""

    id: RefundId
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
    outcomes: list[RefundOutcome] = field(default_factory=list)
    """Every different one that was told, in the order of their instants."""
    told_refunded: bool = False
    """Whether the last mail about it told the customer that it had succeeded."""

    @property
    def status(self) -> RefundStatus:
        """Where it stands, whatever the order in which the answers came."""
        if self.outcomes:
            succeeded = self.outcomes[-1].succeeded
            return RefundStatus.SUCCEEDED if succeeded else RefundStatus.FAILED
        if self.unanswered:
            return RefundStatus.UNKNOWN
        return RefundStatus.PENDING if self.pending else RefundStatus.REQUESTED

    @property
    def in_flight(self) -> bool:
        """Whether its amount is still reserved."""
        return self.status in IN_FLIGHT

    @property
    def given_back_minor(self) -> int:
        """What the customer has of it now."""
        return self.amount_minor if self.status is RefundStatus.SUCCEEDED else 0

    @property
    def returned(self) -> bool:
        """Whether it had succeeded and its money came back."""
        return self.status is RefundStatus.FAILED and self.succeeded_at is not None

    @property
    def told_otherwise(self) -> bool:
        """Whether the customer believes, by our mail, in a refund that has failed."""
        return self.told_refunded and self.status is RefundStatus.FAILED

    @property
    def succeeded_at(self) -> datetime | None:
        """When it last began to be a success."""
        said = _last_run(self.outcomes, True)
        return said[0].at if said else None

    @property
    def failed_at(self) -> datetime | None:
        """When it last began to be a failure."""
        said = _last_run(self.outcomes, False)
        return said[0].at if said else None

    @property
    def failure(self) -> Failure | None:
        """Why it failed then."""
        said = _last_run(self.outcomes, False)
        return said[0].failure if said else None

    @property
    def settled_at(self) -> datetime | None:
        """Since when it is as it stands; None while it has no outcome."""
        return self.succeeded_at if self.status is RefundStatus.SUCCEEDED else self.failed_at

    @property
    def place(self) -> tuple[datetime, str]:
        """Where it stands among the refunds of its payment, whatever the order of arrival."""
        told = self.requested_at or (self.outcomes[0].at if self.outcomes else _NOT_YET)
        return told, self.id

    def answer(self, fact: RefundFact) -> str | None:
        """Take upstream's answer; say why it changes nothing, when it changes nothing."""
        before = self.status
        if fact.kind is Kind.PENDING:
            self.pending, self.unanswered = True, False
        else:
            succeeded = fact.kind is Kind.SUCCEEDED
            why = None if succeeded else fact.failure
            outcome = RefundOutcome(fact.cause.occurred_at, succeeded, why)
            if outcome not in self.outcomes:
                insort(self.outcomes, outcome, key=lambda each: each.order)
        if before in IN_FLIGHT or self.status is not before:
            return None
        stands = before.value.lower()
        if fact.kind is Kind.PENDING or fact.kind.value == f"refund_{stands}":
            return f"ignored: the refund had {stands} already"
        return f"ignored: the refund {stands} then or later"


@dataclass(slots=True)
class Dispute:
    """One dispute."""

    id: DisputeId
    opened_at: datetime | None = None
    """The earliest that was told."""
    disputed: tuple[datetime, int] | None = None
    """What was said last, by its instant, of how much is disputed, in minor units."""
    outcomes: list[DisputeOutcome] = field(default_factory=list)
    """Every different one that was told, in the order of their instants."""

    @property
    def status(self) -> DisputeStatus:
        """Where it stands, whatever the order in which the facts came."""
        if not self.outcomes:
            return DisputeStatus.OPEN
        return DisputeStatus.LOST if self.outcomes[-1].lost else DisputeStatus.WON

    @property
    def amount_minor(self) -> int:
        """What is disputed; by its outcome while nobody has said so."""
        return self.outcomes[-1].amount_minor if self.disputed is None else self.disputed[1]

    @property
    def lost_minor(self) -> int:
        """What was lost, which may be less than was disputed."""
        lost = self.outcomes and self.outcomes[-1].lost
        return self.outcomes[-1].amount_minor if lost else 0

    @property
    def settled_at(self) -> datetime | None:
        """Since when it is won or lost."""
        if not self.outcomes:
            return None
        return _last_run(self.outcomes, self.outcomes[-1].lost)[0].at

    @property
    def place(self) -> tuple[datetime, str]:
        """Where it stands among the disputes of its payment, whatever the order of arrival."""
        return self.opened_at or (self.outcomes[0].at if self.outcomes else _NOT_YET), self.id

    def answer(self, fact: DisputeFact) -> str | None:
        """Take what upstream says; say why it changes nothing, when it changes nothing."""
        at, amount_minor = fact.cause.occurred_at, fact.amount_minor
        if fact.kind is DisputeFactKind.OPENED:
            return self._open(at, amount_minor)
        before = self.status, self.lost_minor
        outcome = DisputeOutcome(at, fact.kind is DisputeFactKind.LOST, amount_minor)
        if outcome not in self.outcomes:
            insort(self.outcomes, outcome)
        if (self.status, self.lost_minor) != before:
            return None
        if outcome.lost is self.outcomes[-1].lost:
            return "ignored: the dispute had ended already"
        return f"ignored: the dispute was {self.status.value.lower()} then or later"

    def _open(self, at: datetime, amount_minor: int) -> str | None:
        before = self.disputed
        self.opened_at = min(self.opened_at or at, at)
        self.disputed = max(before or (at, amount_minor), (at, amount_minor))
        if self.outcomes:
            return "ignored: the dispute had ended already"
        if before is None or before[1] != self.disputed[1]:
            return None
        if before[1] == amount_minor:
            return "ignored: the dispute was open already"
        return "ignored: another amount was told of later"

"""A transaction: its status, its history, and how upstream facts about it fold.

Facts fold by precedence, not by arrival, so that every order of arrival ends in the same state.
One history row, one version and one event belong together.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from payops_contracts.payments import TransactionFlag, TransactionStatus
from transactions.domain.description import Described
from transactions.domain.errors import HistoryFull, IdentityContradiction
from transactions.domain.facts import FactKind, Failure, PaymentFact
from transactions.domain.precedence import outcome

HISTORY_ROWS_MAX = 1_000

_EVENT_NAMES = {kind: kind.value for kind in FactKind}


class HistoryRow(NamedTuple):
    """One thing that happened: when, what, and the status after it."""

    at: datetime
    event: str
    status: TransactionStatus
    source: str
    event_id: str
    applied: bool = True
    note: str | None = None
    refunded_minor: int | None = None


class Step(NamedTuple):
    """A history row that is new since the load, with what an event about it needs."""

    row: HistoryRow
    status_before: TransactionStatus | None
    traceparent: str | None
    correlation_id: str | None


@dataclass(slots=True)
class Transaction:
    """The aggregate. ``version`` counts history rows; 0 before the first."""

    id: str
    amount_minor: int
    currency: str
    described: Described
    status: TransactionStatus = TransactionStatus.CREATED
    version: int = 0
    total_refunded_minor: int = 0
    paid_at: datetime | None = None
    failed_at: datetime | None = None
    failure: Failure | None = None
    history: list[HistoryRow] = field(default_factory=list)
    step: Step | None = None

    @property
    def flags(self) -> tuple[TransactionFlag, ...]:
        """What a person should know about it."""
        if self.paid_at is not None and self.failed_at is not None:
            return (TransactionFlag.FAILED_AND_PAID,)
        return ()

    def has_seen(self, source: str, event_id: str) -> bool:
        """Whether this very upstream event is in the history."""
        for row in self.history:  # noqa: SIM110 - runs for every record, and any() costs double
            if row.event_id == event_id and row.source == source:
                return True
        return False

    def record(self, fact: PaymentFact, *, opened: bool) -> None:
        """Take a fact that passed :func:`fold`'s checks: state, one row, one version."""
        before = None if opened else self.status
        result = outcome(before, fact.kind)
        self._note_instants(fact)
        changed = False if opened else self.described.merge(fact.description, fact.authority)
        if result.status is not None:
            self.status = result.status
        note = result.note
        if note is not None and changed:
            note += "; its description was filled in"
        row = HistoryRow(
            at=fact.occurred_at,
            event=_EVENT_NAMES[fact.kind],
            status=self.status,
            source=fact.source,
            event_id=fact.event_id,
            applied=note is None,
            note=note,
        )
        self.history.append(row)
        self.version += 1
        self.step = Step(row, before, fact.traceparent, fact.correlation_id)

    def _note_instants(self, fact: PaymentFact) -> None:
        # The earliest counts, whatever the order of arrival.
        if fact.kind is FactKind.PAID:
            self.paid_at = min(self.paid_at or fact.occurred_at, fact.occurred_at)
        elif fact.kind is FactKind.FAILED and (self.failed_at is None or self._failed_before(fact)):
            self.failed_at, self.failure = fact.occurred_at, fact.failure

    def _failed_before(self, fact: PaymentFact) -> bool:
        mine = (self.failed_at, _failure_key(self.failure))
        return (fact.occurred_at, _failure_key(fact.failure)) < mine


def _failure_key(failure: Failure | None) -> tuple[str, str]:
    return ("", "") if failure is None else (failure.code, failure.message or "")


def fold(transaction: Transaction | None, fact: PaymentFact) -> Transaction:
    """The transaction after a fact; unchanged when it has seen it.

    Raises :class:`IdentityContradiction` or :class:`HistoryFull` before changing anything.
    """
    if transaction is None:
        opened = Transaction(
            id=fact.transaction_id,
            amount_minor=fact.amount_minor,
            currency=fact.currency,
            described=Described(fact.description, fact.authority),
        )
        opened.record(fact, opened=True)
        return opened
    transaction.step = None
    if transaction.has_seen(fact.source, fact.event_id):
        return transaction
    if (fact.amount_minor, fact.currency) != (transaction.amount_minor, transaction.currency):
        raise IdentityContradiction(
            f"{fact.amount_minor} {fact.currency} for a transaction of "
            f"{transaction.amount_minor} {transaction.currency}"
        )
    if len(transaction.history) >= HISTORY_ROWS_MAX:
        raise HistoryFull(f"the transaction has {HISTORY_ROWS_MAX} history rows")
    transaction.record(fact, opened=False)
    return transaction

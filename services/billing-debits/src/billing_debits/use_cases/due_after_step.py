"""What a step of a charge makes due: a debit, the look for its result, or asking for it again."""

from collections.abc import Callable, Iterable
from datetime import timedelta

from billing_debits.domain.charge import Charge, HistoryRow
from billing_debits.domain.collecting import ASKS_PROCESSOR
from billing_debits.domain.policies import CollectionMode, Rules
from billing_debits.use_cases.batch_work import BATCH_TALLY
from payops_contracts.charges import ChargeHistoryEvent, ChargeStatus
from payops_contracts.ids import BatchCode, ChargeId
from payops_kernel.clock import Clock
from payops_kernel.ports import DueRow

DEBIT_DUE = "debit-due"
"""A charge is debited by itself."""
RESULT_DUE = "debit-result-due"
"""A debit should have been answered."""
ASK_AGAIN = "debit-ask-again"
"""A debit that was not answered is asked for again."""


class DueAfterStep:
    """At most one row a step, and one more for the batch of its debit; what is due looks first
    whether it still is."""

    def __init__(
        self,
        clock: Clock,
        rules: Callable[[], Rules],
        answered_within: timedelta,
        part_of: Callable[[BatchCode, ChargeId], str],
    ) -> None:
        """``answered_within`` is how long a result may take; ``part_of`` names the part of a
        batch's progress in which a charge is counted."""
        self._part_of = part_of
        self._clock = clock
        self._rules = rules
        self._answered_within = answered_within

    def __call__(self, charge: Charge) -> Iterable[DueRow]:
        """The rows for the last step of the charge."""
        if charge.step is None:
            return ()
        return (*self._tally(charge, charge.step.row), *self._follows(charge, charge.step.row))

    def _tally(self, charge: Charge, row: HistoryRow) -> Iterable[DueRow]:
        attempt = None if row.debit_id is None else charge.attempt(row.debit_id)
        if attempt is None or attempt.batch is None:
            return ()
        part = self._part_of(attempt.batch, charge.id)
        return (DueRow(BATCH_TALLY, part, self._clock.now(), {"batch": attempt.batch}),)

    def _follows(self, charge: Charge, row: HistoryRow) -> Iterable[DueRow]:
        if row.debit_id is not None and row.event in ASKS_PROCESSOR:
            at = row.at + self._answered_within
            return (
                DueRow(RESULT_DUE, row.debit_id, at, {"charge_id": charge.id}, about=charge.id),
            )
        if row.debit_id is not None and row.event == ChargeHistoryEvent.UNANSWERED.value:
            at = row.at + self._patience(charge)
            return (DueRow(ASK_AGAIN, row.debit_id, at, {"charge_id": charge.id}, about=charge.id),)
        return self._next_debit(charge)

    def _patience(self, charge: Charge) -> timedelta:
        """The policy's next delay."""
        delays = self._rules().policy.delays
        return delays[min(charge.failures, len(delays) - 1)]

    def _next_debit(self, charge: Charge) -> Iterable[DueRow]:
        if self._rules().policy.mode is not CollectionMode.IMMEDIATE:
            return ()
        waits = charge.status is ChargeStatus.PENDING and charge.batch is None
        at = self._clock.now() if waits else charge.retry_due_at
        return () if at is None else (DueRow(DEBIT_DUE, charge.id, at, {}, about=charge.id),)
